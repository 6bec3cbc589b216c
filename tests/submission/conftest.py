"""The operator and Spark, without a cluster."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.spark.conf import spark_defaults
from components.versions import SPARK
from images import fetch
from tests.jobs.conftest import distribution
from tests.submission import operator, submitter
from tests.submission.jobs import SECRET, job, plant
from tests.support.definitions import Definitions, definition, serve
from tests.support.distributions import Distribution
from tests.support.object_storages import AWS

__all__ = ["distribution"]


def _misread(found: submitter.Outcome) -> list[str]:
    """What Spark's parser read in another way than the operator meant it; empty if it refused to read on."""
    if not found.mode and found.failure and not found.requests:
        return []
    read = (found.mode, found.master)
    return [] if read == ("cluster", submitter.MASTER) else [str(read)]


def _sent(found: submitter.Outcome) -> list[str]:
    """Requests and bodies, with a word for each id and time that Spark makes up."""
    made_up = re.compile(r"[0-9a-f]{32}|[0-9a-f]{16}|[0-9]{13}|\w{3} \w{3} \d\d [\d:]{8} \w+ \d{4}")
    return [made_up.sub("ID", text) for text in (*found.requests, *found.bodies)]


AT_A_FAILURE = "/META-INF/services/org.apache.spark.deploy.SparkDiagnosticsSetter"
"""What Spark looks for on its class path when a submission ends with an error (SparkSubmit, 4.1)."""


@dataclass(frozen=True)
class Chain:
    """From a job's definition to what its submission does.

    Args:
        operator: makes arguments of jobs.
        pod: where the script checks them.
        submitter: submits what the script hands on.
        ordinary: what the submission of any job touches on the machine.
        state: what the JVM is like after one.
        plain: what Spark gets for a plain job.
        sent: what that sends, without what is new each time.
    """

    operator: operator.Operator
    pod: submitter.Pod
    submitter: submitter.Submitter
    ordinary: frozenset[str]
    state: frozenset[str]
    plain: list[str]
    sent: list[str]

    def refusal(self, arguments: list[str]) -> str:
        """What the script says against the operator's arguments; empty if it hands them on."""
        done = self.pod.spark_submit(arguments)
        assert (done.returncode == 0) is (self.pod.handed_on() is not None)
        return done.stderr if done.returncode else ""

    def tried(self, made: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """The pods of a job that the script asks the API server about, by role, and all its properties.

        Args:
            made: a job that the script hands on.
        """
        (arguments,) = self.operator.arguments([made])
        assert arguments is not None
        api = self.pod.api
        api.application, before = made, len(api.tried)
        try:
            assert self.refusal(arguments) == ""
        finally:
            api.application = definition()
        pods = {each["metadata"]["labels"]["spark-role"]: each for each in api.tried[before:]}
        handed_on = self.pod.handed_on() or []
        given = dict(
            value.partition("=")[::2] for option, value in itertools.pairwise(handed_on) if option == "--conf"
        )
        lines = (self.pod.path / "conf" / "spark-defaults.conf").read_text().splitlines()
        defaults = dict(line.partition("=")[::2] for line in lines)
        return pods, {**defaults, **given}

    def harm(self, arguments: list[str]) -> list[str]:
        """What a submission did that no submission may do; empty if all is well.

        Args:
            arguments: what Spark gets.
        """
        found = self.submitter.submit(arguments)
        inside = "/api/v1/namespaces/data-dev/"
        paths = [request.partition(" ")[2] for request in found.requests]
        return [
            *(each for each in sorted(set(found.touched) - self.ordinary) if not each.endswith(AT_A_FAILURE)),
            *sorted(set(found.state) - self.state),
            *(path for path in paths if not path.startswith(inside) or "/../" in path),
            *(body for body in found.bodies if SECRET in body),
            *_misread(found),
        ]

    def difference(self) -> list[str]:
        """What a plain job's submission sends now and did not at first, or the other way round."""
        return sorted(set(_sent(self.submitter.submit(self.plain))) ^ set(self.sent))


@pytest.fixture(scope="session")
def jars(distribution: Distribution) -> list[Path]:
    """The jars of the image."""
    locked = fetch.read_lock(fetch.DEFAULT_LOCKS / "jars.lock")
    own = [fetch.cached(name, digest) for name, digest in locked.items()]
    missing = [path.name for path in own if not path.is_file()]
    assert not missing, f"{missing} are missing: `make images` downloads them"
    return [*sorted((distribution.home / "jars").glob("*.jar")), *own]


@pytest.fixture(scope="session")
def definitions() -> Iterator[Definitions]:
    """What gives the definitions of jobs."""
    with serve() as running:
        yield running


@pytest.fixture(scope="session")
def chain(
    jars: list[Path],
    distribution: Distribution,
    definitions: Definitions,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Chain]:
    """The operator's pod, in parts, with the platform's defaults for a job."""
    work = tmp_path_factory.mktemp("submission")
    plant()
    conf = spark_defaults(AWS, spark_version=SPARK, image="registry.example/spark:1")
    pod = submitter.pod(work / "pod", distribution.home, conf, definitions)
    running = submitter.Submitter(pod, jars, work / "jvm")
    made = operator.build()
    (arguments,) = made.arguments([job()])
    assert arguments
    assert pod.spark_submit(arguments).returncode == 0
    handed_on = pod.handed_on()
    assert handed_on
    outcomes = [running.submit(handed_on) for _ in range(3)]
    assert [each.failure for each in outcomes] == [""] * 3
    assert "POST /api/v1/namespaces/data-dev/pods" in outcomes[0].requests
    # The first loads classes and looks for native libraries; it is no job's doing.
    ordinary = frozenset(outcomes[1].touched) | frozenset(outcomes[2].touched)
    state = frozenset(outcomes[2].state)
    yield Chain(made, pod, running, ordinary, state, handed_on, _sent(outcomes[2]))
    running.close()
