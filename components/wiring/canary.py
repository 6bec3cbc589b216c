"""From settings to the canary."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.naming import POOL_LABEL
from components.records import history
from components.services.canary.component import Canary, CanaryArgs
from components.settings import Settings
from components.wiring.ground import Ground
from components.wiring.presence import Presence
from components.wiring.tenants import spark_image


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    if not settings.observability.canary.enabled:
        return None
    return Presence()


def canary(ground: Ground, after: Sequence[pulumi.Resource]) -> None:
    """Run a small job again and again, if the settings say so; it goes before the operator, as all jobs do.

    Args:
        ground: what every service is wired with.
        after: the tenants, the operator, what counts jobs, and the history server.
    """
    if wanted(ground.settings) is None:
        return
    chosen = ground.settings.observability.canary
    Canary(
        "canary",
        CanaryArgs(
            image=ground.image("canary_checker"),
            spark_image=spark_image(ground),
            spark_version=ground.settings.spark.version,
            interval_minutes=chosen.interval_minutes,
            network=ground.network,
            history_url=history.PAGE.url,
            driver_pool=ground.foundation.driver_placement.node_selector.get(POOL_LABEL),
            after=after,
            digests=ground.foundation.digests,
        ),
        ground.options_with_digests,
    )
