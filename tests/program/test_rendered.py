"""The charts of every stack, rendered by helm with the program's values: the same rules hold inside."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import versions
from components.domain import size_bytes
from tests.binaries import binary
from tests.kubernetes_fields import problems
from tests.support.kube import containers, pod_spec, restricted_faults
from tests.support.stacks import ROOT, STACKS, world_of

pytestmark = pytest.mark.charts

UPSTREAM = ROOT / "charts" / ".upstream"

REMOTE = ("Karpenter$kubernetes:helm.sh", "MonitoringChart$kubernetes:helm.sh")
"""Their charts are only in an OCI registry: no test without a network can render them."""

URNS = ROOT / "tests" / "golden" / "urns"
"""Every resource of every stack: building the stacks to learn their charts would slow each test run down."""

CASES = [
    (stack, line.rpartition("::")[2])
    for stack in STACKS
    for line in (URNS / f"{stack}.txt").read_text().splitlines()
    if "kubernetes:helm.sh/v4:Chart::" in line and not any(each in line for each in REMOTE)
]


def _folder(chart: str) -> Path:
    """The chart's folder; one that is given by name lies with the upstream charts."""
    folder = ROOT / chart if chart.startswith("./") else UPSTREAM / f"{chart.rsplit('/', 1)[-1]}-chart"
    assert folder.is_dir(), f"{folder} is missing: `make up` puts the upstream charts there"
    return folder


@cache
def _rendered(stack: str, name: str) -> list[dict[str, Any]]:
    given = world_of(stack).one("Chart", name).inputs
    done = subprocess.run(
        [
            str(binary("helm")),
            "template",
            given["name"],
            str(_folder(given["chart"])),
            "--namespace",
            given["namespace"],
            "--include-crds",
            "--kube-version",
            versions.KUBERNETES_LOCAL,
            "--values",
            "-",
        ],
        input=json.dumps(given.get("values") or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def objects(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return _rendered(*request.param)


def _pods(objects: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    found = [(each["metadata"]["name"], pod_spec(each["kind"], each)) for each in objects]
    return [(name, pod) for name, pod in found if pod]


def test_the_chart_makes_something_that_runs(objects: list[dict[str, Any]]) -> None:
    assert _pods(objects), "nothing would run"


def test_kubernetes_knows_every_field(objects: list[dict[str, Any]]) -> None:
    for each in objects:
        group = each["apiVersion"].rpartition("/")[0]
        own = "." not in group or group.endswith(".k8s.io")
        # The client has no strict model of a CRD's schema; the API server judges those on a real node.
        if own and each["kind"] != "CustomResourceDefinition":
            assert problems(each) == []


def test_every_pod_is_restricted(objects: list[dict[str, Any]]) -> None:
    for name, pod in _pods(objects):
        assert list(restricted_faults(pod)) == [], name


def test_every_container_has_requests_and_a_memory_limit(objects: list[dict[str, Any]]) -> None:
    for name, pod in _pods(objects):
        for container in containers(pod):
            resources = container.get("resources") or {}
            assert resources.get("requests", {}).get("cpu"), (
                f"{name}: {container['name']} lacks a CPU request"
            )
            asked, limit = resources["requests"].get("memory"), resources.get("limits", {}).get("memory")
            assert asked, f"{name}: {container['name']} lacks a memory request"
            assert limit, f"{name}: {container['name']} could take the node's memory"
            assert size_bytes(limit) >= size_bytes(asked)


def test_every_image_has_a_fixed_tag(objects: list[dict[str, Any]]) -> None:
    for name, pod in _pods(objects):
        for container in containers(pod):
            image = container["image"]
            assert ":" in image.rsplit("/", 1)[-1], f"{name}: {image} has no tag"
            assert not image.endswith(":latest"), f"{name}: nobody knows what {image} is tomorrow"


def test_no_role_is_a_wildcard(objects: list[dict[str, Any]]) -> None:
    for each in objects:
        if each["kind"] in ("Role", "ClusterRole"):
            for rule in each["rules"]:
                cells = [*rule.get("apiGroups", ()), *rule.get("resources", ()), *rule.get("verbs", ())]
                assert "*" not in cells, f"{each['metadata']['name']}: {rule}"


def test_rights_in_the_whole_cluster_touch_no_pods_and_no_secrets(objects: list[dict[str, Any]]) -> None:
    for each in objects:
        if each["kind"] == "ClusterRole":
            for rule in each["rules"]:
                assert not {"pods", "secrets", "configmaps"} & set(rule["resources"]), (
                    f"{each['metadata']['name']} reaches into every namespace: {rule}"
                )


def test_namespaced_objects_are_where_they_belong(objects: list[dict[str, Any]]) -> None:
    release = {each["metadata"].get("namespace") for each in objects if each["kind"] == "Deployment"}
    assert len(release) == 1, "one release, one namespace"


def test_everything_says_that_it_is_ours(objects: list[dict[str, Any]]) -> None:
    for each in objects:
        if each["kind"] != "CustomResourceDefinition":
            labels = each["metadata"].get("labels") or {}
            assert labels.get("app.kubernetes.io/part-of") == "spark-on-eks", (
                f"{each['kind']} {each['metadata']['name']} can't be found by its label"
            )
