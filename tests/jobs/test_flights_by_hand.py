"""What the pages tell people to type makes the job that `make up` runs: their own lines, a real kubectl."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import flights
from components.naming import DEFAULTS_CONFIG_MAP
from flights import Kind, Platform
from flights.submit import FOLDER
from tests.binaries import binary
from tests.support.page_blocks import block
from tests.support.recorder import World
from tests.support.stacks import ROOT, world_of

pytestmark = pytest.mark.charts

PAGES = {
    "README.md": ("local", "data-dev"),
    "jobs/flights/README.md": ("local", "data-dev"),
    "docs/aws.md": ("dev", "data-dev"),
}
"""Page -> the stack whose names it writes, and the tenant."""

FILLED = "envsubst <"

ASKS = f"get configmap -n %s {DEFAULTS_CONFIG_MAP} "

KUBECTL = """kubectl() {
    test "${*:1:5} " = "$ASKED" || { echo "asks for $*" >&2; return 1; }
    command kubectl annotate --local -f "$ANSWER" seen=yes "${@:6}"
}"""
"""The real one reads a file in the place of an API server's answer; `--local` is not known to its `get`."""


def config_map(world: World, namespace: str) -> dict[str, Any]:
    """What a stack's tenant has, as the API server would give it."""
    (found,) = (
        each.inputs
        for each in world.of("kubernetes:core/v1:ConfigMap")
        if (each.metadata["namespace"], each.metadata["name"]) == (namespace, DEFAULTS_CONFIG_MAP)
    )
    return {"apiVersion": "v1", "kind": "ConfigMap", **found}


def looked_up(page: str, folder: Path) -> dict[str, str]:
    """What the lines of a page find that ask the cluster: variable -> value."""
    stack, namespace = PAGES[page]
    answer = folder / "configmap.json"
    answer.write_text(yaml.safe_dump(config_map(world_of(stack), namespace)))
    lines = [
        line.removeprefix("export ") for line in block(ROOT / page, FILLED) if "kubectl get configmap" in line
    ]
    names = [line.partition("=")[0] for line in lines]
    assert "SPARK_IMAGE" in names, f"{page} doesn't say how to find the image"
    shown = [f'printf "%s\\0" "${name}"' for name in names]
    done = subprocess.run(
        [str(shutil.which("bash")), "-euo", "pipefail", "-c", "\n".join([KUBECTL, *lines, *shown])],
        env={
            "PATH": f"{Path(binary('kubectl')).parent}:{os.environ['PATH']}",
            "NAMESPACE": namespace,
            "ANSWER": str(answer),
            "ASKED": ASKS % namespace,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(names, done.stdout.split("\0"), strict=False))


def platform(page: str) -> Platform:
    """What `make up` would find there."""
    stack, namespace = PAGES[page]
    data = config_map(world_of(stack), namespace)["data"]
    conf = dict(line.split("=", 1) for line in data["spark-defaults.conf"].splitlines())
    return Platform(
        kubeconfig=Path("unused"),
        namespace=namespace,
        image=conf["spark.kubernetes.container.image"],
        endpoint=None,
        priority_class=yaml.safe_load(data["driver-pod.yaml"])["spec"]["priorityClassName"],
    )


def filled(kind: Kind, values: dict[str, str]) -> Any:
    """A manifest as envsubst makes it of a page's variables."""
    done = subprocess.run(
        [str(shutil.which("envsubst"))],
        input=(FOLDER / kind.manifest).read_text(),
        env=values,
        capture_output=True,
        text=True,
        check=True,
    )
    return yaml.safe_load(done.stdout)


def rest(page: str) -> dict[str, str]:
    """The variables that a page's reader writes himself."""
    return {
        "RUN": "flights-1",
        "NAMESPACE": PAGES[page][1],
        "DATA_BUCKET": "data",
        "ARTIFACTS_BUCKET": "artifacts",
    }


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_fill_in_the_job_that_make_up_runs(page: str, tmp_path: Path) -> None:
    typed = filled(Kind.OPERATOR, {**rest(page), **looked_up(page, tmp_path)})
    assert typed == flights.render(Kind.OPERATOR, platform(page), "flights-1")


def test_the_page_of_the_flights_fills_in_the_job_by_spark_submit_as_well(tmp_path: Path) -> None:
    page = "jobs/flights/README.md"
    typed = filled(Kind.SPARK_SUBMIT, {**rest(page), **looked_up(page, tmp_path)})
    wanted = platform(page)
    assert typed == flights.render(Kind.SPARK_SUBMIT, wanted, "flights-1")
    assert typed != flights.render(Kind.SPARK_SUBMIT, replace(wanted, priority_class=""), "flights-1")
