"""The databases of the platform's own services. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import DATABASE_NAMESPACE
from components.records.model import ImageSource, PodRequest, Scrape, ServiceRecord

SERVER: Final = "postgres"
"""Name of the server's StatefulSet, Service and pods."""

PORT: Final = 5432
"""Port of the server (PostgreSQL's default, and that of RDS)."""

EXPORTER: Final = "exporter"
"""The container beside it that shows its figures."""

METRICS_PORT: Final = 9187
"""Port of the exporter (its default)."""

ROLES: Final = "database-roles"
"""What makes databases and roles on a server that the cloud runs: its Job, pods and service account."""

SCRAPE: Final = Scrape(part=SERVER, namespace=DATABASE_NAMESPACE, port=METRICS_PORT, job="postgres")

RECORD: Final = ServiceRecord(
    title="databases of the platform's own services",
    namespaces=(DATABASE_NAMESPACE,),
    images={
        "postgres": ImageSource(
            repository="postgres",
            version=versions.POSTGRES,
            parent="base",
            pins=("POSTGRES",),
            arguments={"POSTGRES_VERSION": versions.POSTGRES},
        )
    },
    scraped=(SCRAPE,),
    ports={"PostgreSQL": PORT},
    pods={
        # Its memory is a setting.
        SERVER: PodRequest(cpu="100m", memory=None),
        EXPORTER: PodRequest(cpu="10m", memory="48Mi"),
    },
    # On a server that the cloud runs.
    passing={ROLES: PodRequest(cpu="50m", memory="128Mi")},
    reaches={SERVER: ()},
)
