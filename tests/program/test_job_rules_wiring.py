"""What the rules for jobs know of the stack that they are for."""

from __future__ import annotations

import json
from typing import Any

from components import versions
from tests.support.recorder import World
from tests.support.stacks import build_stack, over, stack_settings


def _built(**spark: Any) -> World:
    """The local stack with other settings of Spark, unwatched: half of what is built."""
    changes = {"observability": {"enabled": False}, "spark": spark}
    return build_stack("local", over(stack_settings("local"), changes))


def test_the_rules_for_jobs_know_what_the_stack_says() -> None:
    said = {"spark.decommission.enabled": "False", "spark.hadoop.fs.defaultFS": "s3a://data"}
    world = _built(conf=said)
    policies = world.of("kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy")
    specs = {each.metadata["name"]: json.dumps(each.inputs["spec"]) for each in policies}
    assert "lowerAscii() == 'false' : true)" in specs["spark-on-eks-fields"]
    assert ".size() == 0 ? ['s3a://data'] : " in specs["spark-on-eks-places"]
    assert "^s3[an]?://data/" in specs["spark-on-eks-places"], "the bucket in which each tenant has a folder"
    assert f"'localhost/spark:{versions.SPARK}-" in specs["spark-on-eks-releases"]
    assert "the pods have a key of their namespace" in specs["spark-on-eks-releases"]


def test_the_rules_for_jobs_do_not_know_what_an_image_of_the_stacks_own_has() -> None:
    world = _built(version=versions.SPARK_LTS, image="registry.example/spark:3.5.8")
    policies = world.of("kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy")
    (built,) = (
        variable["expression"]
        for each in policies
        if each.metadata["name"] == "spark-on-eks-releases"
        for variable in each.inputs["spec"]["variables"]
        if variable["name"] == "built"
    )
    assert f"sparkVersion in ['{versions.SPARK_LTS}-python', '{versions.SPARK}'" in built
    assert "registry.example" not in built
