"""The operator's Deployment waits for its kinds: a transform of the chart, since no option of it says so.

The operator ends with an error where the API server does not know its kinds yet, and the kubelet waits longer
each time before it starts it again. helm.v4.Chart has an object wait for a definition only if it is of that
kind, and the annotation that says more (config.kubernetes.io/depends-on) has no place in this chart. Names,
dependencies and everything else in the state stay as they are.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc  # type: ignore[import-untyped]
import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import serialize_properties
from pulumi.runtime.settings import get_monitor

from components.records.rights import SPARK_GROUP
from components.services.spark_operator.crds import CRD

KINDS: Final = tuple(
    f"{plural}.{SPARK_GROUP}"
    for plural in ("scheduledsparkapplications", "sparkapplications", "sparkconnects")
)
"""Names of the chart's definitions; a test compares them with the chart."""

DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"

MOST_SECONDS: Final = 60.0
"""How long the Deployment waits for its kinds: two busy cores took 16 s for all of them. A chart of another
release may have fewer; its operator starts that much later."""

BETWEEN_SECONDS: Final = 0.2
"""Between two questions to the engine."""

Landed = Callable[[str], Awaitable[bool]]
"""URN of a resource -> whether the engine is done with it in this run, made or found as it was."""


async def has_landed(urn: str) -> bool:
    """Ask the engine whether it is done with a resource in this run.

    Args:
        urn: the resource's URN.
    """
    request = resource_pb2.ResourceInvokeRequest(
        tok="pulumi:pulumi:getResource", args=await serialize_properties({"urn": urn}, {})
    )
    monitor: Any = get_monitor()
    try:
        await asyncio.get_running_loop().run_in_executor(None, monitor.Invoke, request)
    except grpc.RpcError:
        # The engine's word for a resource that it does not know is an error without a code of its own.
        return False
    return True


def kinds_first(
    landed: Landed = has_landed, *, most_seconds: float = MOST_SECONDS
) -> Callable[[pulumi.ResourceTransformArgs], Awaitable[pulumi.ResourceTransformResult | None]]:
    """Make the transform of the operator's chart: its Deployment is made once its kinds are.

    Args:
        landed: whether the engine is done with a resource.
        most_seconds: how long the Deployment waits for all of them.
    """

    async def wait(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != DEPLOYMENT or args.opts.parent is None:
            return None
        chart = await args.opts.parent.urn.future()
        within, _, name = str(chart).rpartition("::")
        deadline = time.monotonic() + most_seconds
        for kind in KINDS:
            while not await landed(f"{within}${CRD}::{name}:{kind}") and time.monotonic() < deadline:
                await asyncio.sleep(BETWEEN_SECONDS)
        return None

    return wait
