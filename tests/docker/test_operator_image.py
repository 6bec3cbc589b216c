"""The operator image takes the arguments that the upstream chart gives it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import Any

import pytest
import yaml

from tests.binaries import binary
from tests.docker.conftest import OpenImage
from workspace.paths import ROOT

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

CHART = ROOT / "charts" / ".upstream" / "spark-operator-chart"


@pytest.fixture(scope="module")
def deployments() -> dict[str, Any]:
    """Pod specs of the rendered chart's Deployments, by component."""
    if not CHART.is_dir():
        pytest.skip("the toolchain has not put the upstream chart in place")
    rendered = subprocess.run(
        [str(binary("helm")), "template", "spark-operator", str(CHART), "--set", "webhook.enable=true"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    found = [document for document in yaml.safe_load_all(rendered) if document]
    return {
        document["metadata"]["labels"]["app.kubernetes.io/component"]: document["spec"]["template"]["spec"]
        for document in found
        if document["kind"] == "Deployment"
    }


@pytest.mark.parametrize("component", ["controller", "webhook"])
def test_a_pod_of_the_chart_gets_as_far_as_asking_for_its_cluster(
    deployments: dict[str, Any], unpacked: OpenImage, component: str
) -> None:
    (container,) = deployments[component]["containers"]
    assert "command" not in container, "the image's entrypoint is what turns the arguments into a command"
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"], "the test runs the image as strictly as the chart does"
    status, output = unpacked("spark-operator").run(*container["args"], timeout=60)
    assert "unknown flag" not in output, output
    assert status != 0, "there is no cluster here"
    assert "KUBERNETES_MASTER" in output or "in-cluster" in output or "kubeconfig" in output, output


def test_submissions_run_with_the_quick_compiler_alone(unpacked: OpenImage) -> None:
    image = replace(unpacked("spark-operator"), entrypoint=["/opt/entrypoint.sh"])
    status, output = image.run(
        "/opt/spark/bin/spark-submit", "--version", environment={"SPARK_PRINT_LAUNCH_COMMAND": "1"}
    )
    assert status == 0, output
    command = re.search(r"^Spark Command: (.*)", output, re.MULTILINE)
    assert command, output
    assert "-XX:TieredStopAtLevel=1" in command[1], "a submission takes almost twice the CPU without it"
