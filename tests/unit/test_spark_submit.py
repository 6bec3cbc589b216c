"""The operator's spark-submit: what the script makes of the templates that the operator writes.

The templates below are what operator 2.5.2 wrote in a run; a stand-in for spark-class records how Spark would
have been called.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.services.spark_operator.release import submit_data
from components.spark.pod_templates import driver_template, executor_template, render_template

SCRIPT = (
    Path(__file__).resolve().parents[2] / "components" / "services" / "spark_operator" / "spark_submit.sh"
)

METADATA = """\
metadata:
  creationTimestamp: null
  ownerReferences:
  - apiVersion: sparkoperator.k8s.io/v1beta2
    blockOwnerDeletion: true
    controller: true
    kind: SparkApplication
    name: j1
    uid: 92bc35c8-0aa0-4a8b-87b0-fbedd787523f
"""
EMPTY = METADATA + "spec:\n  containers:\n  - name: spark-kubernetes-{role}\n    resources: {{}}\n"
OWN = METADATA + (
    "spec:\n  containers:\n  - name: spark-kubernetes-{role}\n    resources: {{}}\n"
    "    securityContext:\n      runAsUser: 1000\n  hostname: mine\n"
)
# What the script must end in, and with what.
STAND_IN = """\
#!/bin/bash
printf '%s\\n' "$@" > "$RECORD"
for value in "$SPARK_SUBMIT_OPTS" "$SPARK_LAUNCHER_OPTS" "$SPARK_DIST_CLASSPATH" "$PYTHONHASHSEED"; do
  printf '%s\\n' "$value" >> "$RECORD"
done
exit "${STATUS:-0}"
"""


@dataclass(frozen=True)
class Home:
    """A Spark installation with the platform's configuration."""

    path: Path

    def submit(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", str(SCRIPT), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "SPARK_HOME": str(self.path),
                "SPARK_SUBMIT_DIR": str(self.path / "submit"),
                "RECORD": str(self.record),
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def record(self) -> Path:
        return self.path / "record"

    def write(self, role: str, text: str) -> Path:
        target = self.path / f"{role}-pod-template.yaml"
        target.write_text(text.format(role=role))
        return target


@pytest.fixture
def home(tmp_path: Path) -> Home:
    for folder in ("bin", "conf", "submit"):
        (tmp_path / folder).mkdir()
    spark_class = tmp_path / "bin" / "spark-class"
    spark_class.write_text(STAND_IN)
    spark_class.chmod(0o755)
    templates = {"driver": driver_template, "executor": executor_template}
    for role, template in templates.items():
        text = render_template(template(priority_class="spark-normal"))
        (tmp_path / "conf" / f"{role}-pod.yaml").write_text(text)
    for name, text in submit_data(["data-dev", "science-dev"], {"science-dev": "spark-high"}).items():
        (tmp_path / "submit" / name).write_text(text)
    return Home(tmp_path)


def arguments(
    home: Home,
    namespace: str = "data-dev",
    *,
    settings: Sequence[str] = (),
    mode: str = "cluster",
    program: Sequence[str] = ("s3a://artifacts/data-dev/job.py",),
) -> list[str]:
    """Arguments in the operator's order: its own, the job's settings, the templates, the program."""
    given = ["--master", "k8s://https://192.0.2.1:443", "--deploy-mode", mode, "--name", "j1"]
    confs = [f"spark.kubernetes.namespace={namespace}", *settings]
    confs += [
        f"spark.kubernetes.{role}.podTemplateFile={home.path / f'{role}-pod-template.yaml'}"
        for role in ("driver", "executor")
    ]
    for conf in confs:
        given += ["--conf", conf]
    return [*given, *program]


def read(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_a_job_without_templates_gets_the_platforms_and_keeps_its_owner(home: Home) -> None:
    written = {role: home.write(role, EMPTY) for role in ("driver", "executor")}
    done = home.submit(arguments(home))
    assert done.returncode == 0, done.stderr
    templates = {"driver": driver_template, "executor": executor_template}
    for role, path in written.items():
        found = read(path)
        assert found["spec"] == templates[role](priority_class="spark-normal")["spec"]
        assert found["metadata"] == yaml.safe_load(METADATA)["metadata"], "the pod goes when its job goes"


def test_pods_get_the_priority_of_the_jobs_tenant(home: Home) -> None:
    written = [home.write(role, EMPTY) for role in ("driver", "executor")]
    assert home.submit(arguments(home, "science-dev")).returncode == 0
    assert [read(path)["spec"]["priorityClassName"] for path in written] == ["spark-high"] * 2


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_a_template_that_the_job_brought_stays_as_it_is(home: Home, role: str) -> None:
    for each in ("driver", "executor"):
        home.write(each, EMPTY)
    own = home.write(role, OWN)
    before = own.read_text()
    assert home.submit(arguments(home)).returncode == 0
    assert own.read_text() == before


def test_spark_is_called_as_it_would_have_been(home: Home) -> None:
    for role in ("driver", "executor"):
        home.write(role, EMPTY)
    given = arguments(home)
    assert home.submit(given, {"SPARK_SUBMIT_OPTS": "-Da=b"}).returncode == 0
    lines = home.record.read_text().splitlines()
    assert lines[0] == "org.apache.spark.deploy.SparkSubmit"
    assert lines[1 : 1 + len(given)] == given
    options, launcher, classpath, seed = lines[1 + len(given) :]
    assert "-XX:TieredStopAtLevel=1" in options
    assert options.endswith("-Da=b"), "what was set already stays"
    assert "-XX:TieredStopAtLevel=1" in launcher
    assert classpath == str(home.path / "submit"), "where core-site.xml is"
    assert seed == "0"


def test_sparks_own_failure_is_the_scripts(home: Home) -> None:
    for role in ("driver", "executor"):
        home.write(role, EMPTY)
    assert home.submit(arguments(home), {"STATUS": "7"}).returncode == 7


@pytest.mark.parametrize("other", ["science-dev", "data-dev=x", ""])
def test_a_job_can_not_leave_its_namespace(home: Home, other: str) -> None:
    for role in ("driver", "executor"):
        home.write(role, EMPTY)
    done = home.submit(arguments(home, settings=[f"spark.kubernetes.namespace={other}"]))
    assert done.returncode == 1
    assert "the job of namespace 'data-dev' sets spark.kubernetes.namespace=" in done.stderr
    assert not home.record.exists(), "Spark must not have been called"


def test_what_follows_the_program_is_the_jobs_own(home: Home) -> None:
    driver, _ = (home.write(role, EMPTY) for role in ("driver", "executor"))
    own = ["s3a://a/job.py", "--deploy-mode", "blue", "--conf", "spark.kubernetes.namespace=x", "two words"]
    done = home.submit(arguments(home, program=own))
    assert done.returncode == 0, done.stderr
    assert home.record.read_text().splitlines()[:-4][-len(own) :] == own
    assert read(driver)["spec"]["priorityClassName"] == "spark-normal"


def test_an_option_without_a_value_does_not_shift_the_others(home: Home) -> None:
    driver, _ = (home.write(role, EMPTY) for role in ("driver", "executor"))
    given = arguments(home, "science-dev")
    assert home.submit([*given[:4], "--load-spark-defaults", *given[4:]]).returncode == 0
    assert read(driver)["spec"]["priorityClassName"] == "spark-high"


def test_a_job_can_not_run_inside_the_operator(home: Home) -> None:
    done = home.submit(arguments(home, mode="client"))
    assert done.returncode == 1
    assert (
        "deploy mode 'client' would run the job inside the operator; set spec.mode to cluster" in done.stderr
    )
    assert not home.record.exists()


def test_a_namespace_that_is_no_tenant_is_refused(home: Home) -> None:
    for role in ("driver", "executor"):
        home.write(role, EMPTY)
    done = home.submit(arguments(home, "kube-system"))
    assert done.returncode == 1
    assert "namespace 'kube-system' is no tenant of the platform" in done.stderr


def test_what_asks_for_no_templates_passes_through(home: Home) -> None:
    assert home.submit(["--version"]).returncode == 0
    assert home.record.read_text().splitlines()[:2] == ["org.apache.spark.deploy.SparkSubmit", "--version"]


def test_files_of_the_store_are_taken_by_their_names(home: Home) -> None:
    text = (home.path / "submit" / "core-site.xml").read_text()
    assert "<name>fs.s3a.impl</name>" in text
    assert "<value>org.apache.hadoop.fs.http.HttpFileSystem</value>" in text
