"""The operator image takes the arguments that the upstream chart gives it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.services.spark_operator.release import submit_data
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


RESIDENT = "sparkoneks.submission.SubmissionServer"


def test_the_jvm_for_submissions_stays_beside_the_operator_and_comes_back(
    unpacked: OpenImage, tmp_path: Path
) -> None:
    for name, text in submit_data(["data-dev"], {}).items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o555)
    tmp_path.chmod(0o755)
    # The operator ends without a cluster; what else the entry point starts ends with the container.
    program = tmp_path / "spark-operator"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    mounts = {tmp_path: "/opt/spark-submit", program: "/usr/bin/spark-operator"}
    container = unpacked("spark-operator").start("controller", "start", mounts=mounts)
    try:
        for times in (1, 2):

            def waits(times: int = times) -> bool:
                return container.output().count("a JVM waits for submissions") >= times

            container.until("the JVM waits", waits, timeout=240)
            assert container.execute("test", "-S", "/tmp/spark-submit/socket").returncode == 0
            assert container.execute("pkill", "--signal", "KILL", "--full", RESIDENT).returncode == 0
        parents = container.execute("ps", "-o", "ppid=", "-C", "resident").stdout.split()
        assert parents == ["1"], "it is the init process's, so that a signal reaches the operator alone"
        container.signal("TERM")
        assert container.wait(30) != 0
    finally:
        container.remove()
