"""What the program pushes itself is named by its digest, and everything else is left as it is."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.kube.image_digests import in_pods, in_texts
from components.spark.conf import IMAGE_PROPERTY

BY_TAG = "registry.example/spark:4.1.2-abc"
BY_DIGEST = f"{BY_TAG}@sha256:{'0' * 64}"
DIGESTS = {BY_TAG: BY_DIGEST}


def _landed(props: dict[str, Any]) -> Any:
    """What a chart's transform makes of an object; None if it leaves it alone."""
    transforms = in_pods(DIGESTS)
    assert transforms is not None
    result = transforms[0](
        pulumi.ResourceTransformArgs(
            custom=True, type_="any", name="any", props=props, opts=pulumi.ResourceOptions()
        )
    )
    return result.props if isinstance(result, pulumi.ResourceTransformResult) else result


def _workload(**lists: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": "Deployment", "spec": {"replicas": 1, "template": {"metadata": {}, "spec": lists}}}


def test_each_container_of_the_image_gets_it_by_its_digest_and_keeps_the_rest() -> None:
    given = _workload(
        initContainers=[{"name": "first", "image": BY_TAG}],
        containers=[
            {"name": "main", "image": BY_TAG, "args": ["x"]},
            {"name": "side", "image": "other:1"},
            {"name": "bare"},
        ],
    )
    landed = _landed(given)
    assert landed == _workload(
        initContainers=[{"name": "first", "image": BY_DIGEST}],
        containers=[
            {"name": "main", "image": BY_DIGEST, "args": ["x"]},
            {"name": "side", "image": "other:1"},
            {"name": "bare"},
        ],
    )
    assert given["spec"]["template"]["spec"]["containers"][0]["image"] == BY_TAG, (
        "the given one is not changed"
    )


@pytest.mark.parametrize(
    "props",
    [
        {"kind": "Service", "spec": {"ports": [{"port": 80}]}},
        {"kind": "ConfigMap", "data": {"image": BY_TAG}},
        {"kind": "ServiceAccount"},
        _workload(containers=[{"name": "side", "image": "other:1"}]),
    ],
)
def test_what_runs_no_such_image_is_left_alone(props: dict[str, Any]) -> None:
    assert _landed(props) is None, "an object that is rewritten without need may lose what is not known yet"


def test_without_digests_a_chart_has_no_transform() -> None:
    assert in_pods({}) is None


def test_jobs_are_given_the_digest() -> None:
    conf = {"spark.a": "1", IMAGE_PROPERTY: BY_TAG}
    found = in_texts(conf.values(), DIGESTS, lambda named: named[BY_TAG])
    assert isinstance(found, pulumi.Output), "it may not be known yet"


@pytest.mark.parametrize("conf", [{}, {IMAGE_PROPERTY: "registry.example/own:1"}])
def test_an_image_of_somebody_elses_stays_as_it_is_written(conf: dict[str, str]) -> None:
    assert in_texts(conf.values(), DIGESTS, lambda named: (named, conf)) == ({}, conf)
