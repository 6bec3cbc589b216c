"""The operator's Deployment is made once the API server knows its kinds: before, it ends with an error."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from components.services.spark_operator.crds import CRD
from components.services.spark_operator.kinds_first import DEPLOYMENT, KINDS, kinds_first

CHART = "urn:pulumi:dev::spark-on-eks::sparkeks:index:SparkOperator$kubernetes:helm.sh/v4:Chart::operator"


class Engine:
    """An engine that is done with a resource some questions later."""

    def __init__(self, *, after: int, without: str = "-") -> None:
        self.left = dict.fromkeys(KINDS, after)
        self.without = without
        self.asked: list[str] = []

    async def landed(self, urn: str) -> bool:
        self.asked.append(urn)
        kind = urn.rpartition(":")[2]
        self.left[kind] -= 1
        return self.left[kind] < 0 and not kind.startswith(self.without)


def wait(engine: Engine, type_: str, *, parent: str = CHART, most_seconds: float = 30.0) -> Any:
    async def whole() -> Any:
        options = pulumi.ResourceOptions(parent=pulumi.resource.DependencyResource(parent))
        args = pulumi.ResourceTransformArgs(
            custom=True, type_=type_, name="operator:a/b", props={}, opts=options
        )
        return await kinds_first(engine.landed, most_seconds=most_seconds)(args)

    # asyncio.run would leave the process without a loop, and Pulumi's mocks have only that one.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(whole())
    finally:
        loop.close()


def test_the_deployment_waits_for_each_definition_of_its_chart() -> None:
    engine = Engine(after=2)
    assert wait(engine, DEPLOYMENT) is None, "and lands as it was written"
    assert engine.left == dict.fromkeys(KINDS, -1)
    place = "urn:pulumi:dev::spark-on-eks::sparkeks:index:SparkOperator$kubernetes:helm.sh/v4:Chart"
    assert {*engine.asked} == {f"{place}${CRD}::operator:{kind}" for kind in KINDS}


@pytest.mark.parametrize("type_", [CRD, "kubernetes:core/v1:ServiceAccount", "kubernetes:helm.sh/v4:Chart"])
def test_nothing_else_waits(type_: str) -> None:
    engine = Engine(after=2)
    assert wait(engine, type_) is None
    assert engine.asked == []


def test_a_chart_without_one_of_the_kinds_keeps_nobody_waiting_for_ever() -> None:
    engine = Engine(after=0, without="sparkconnects")
    assert wait(engine, DEPLOYMENT, most_seconds=0.5) is None
    assert len(engine.asked) > len(KINDS), "it was asked for again"
