"""From settings to the history server."""

from __future__ import annotations

from typing import Final

from components.naming import CANARY_NAMESPACE, LOGIN_NAMESPACE, MONITORING_NAMESPACE
from components.object_store.policies import HISTORY_ACCOUNT
from components.records.history import PAGE, SERVER
from components.services.history.server import HistoryServer, HistoryServerArgs, log_places
from components.settings import Settings
from components.spark.conf import history_server_conf
from components.spark.log_links import HISTORY_URL
from components.wiring.ground import Ground
from components.wiring.logs import log_links
from components.wiring.presence import Presence

HISTORY_CHART: Final = "./charts/spark-history-server"


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    return Presence(
        memory={SERVER: settings.history.memory}, volumes={"the history server": settings.history.disk}
    )


def history_server(ground: Ground) -> HistoryServer:
    """Make the history server.

    Args:
        ground: what every service is wired with.
    """
    settings, foundation = ground.settings, ground.foundation
    return HistoryServer(
        "spark-history",
        HistoryServerArgs(
            chart=HISTORY_CHART,
            # Not the jobs' image: a newer server reads older applications' logs, not the other way round.
            image=ground.image("spark"),
            conf=history_server_conf(
                foundation.storage,
                overrides={**settings.history.conf, **log_links(ground, HISTORY_URL)},
            ),
            credentials=foundation.credentials.get(HISTORY_ACCOUNT),
            egress=log_places(foundation.storage),
            address=ground.shown(PAGE) if foundation.pages else None,
            memory=settings.history.memory,
            store_size=settings.history.disk,
            storage_class=foundation.storage_class,
            tenants=ground.namespaces,
            allowed_namespaces=[
                *([LOGIN_NAMESPACE] if foundation.pages else []),
                *([MONITORING_NAMESPACE] if settings.observability.enabled else []),
                *([CANARY_NAMESPACE] if settings.observability.canary.enabled else []),
            ],
            after=foundation.ready,
            digests=foundation.digests,
        ),
        ground.options,
    )
