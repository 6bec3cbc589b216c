"""The S3 server of clusters without a cloud. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import OBJECT_STORE_NAMESPACE
from components.records.model import ImageSource, PodRequest, ServiceRecord

SERVER: Final = "object-store"
"""Name of the server's StatefulSet, Service and pods."""

SETUP: Final = "setup"
"""What makes its buckets, accounts and policies: the container of a Job."""

S3_PORT: Final = 7070
"""Port of the S3 API."""

ADMIN_PORT: Final = 7071
"""Port of the server's own API for accounts; apart from S3, so that the network can guard it by itself."""

RECORD: Final = ServiceRecord(
    title="the S3 server of clusters without a cloud",
    namespaces=(OBJECT_STORE_NAMESPACE,),
    images={
        "object-store": ImageSource(
            repository="object-store",
            version=versions.VERSITYGW,
            parent="base",
            pins=("VERSITYGW",),
            module="core",
            arguments={"VERSITYGW_VERSION": versions.VERSITYGW},
        )
    },
    ports={"S3": S3_PORT, "accounts, for its own set-up": ADMIN_PORT},
    pods={SERVER: PodRequest(cpu="100m", memory="1Gi")},
    passing={SETUP: PodRequest(cpu="50m", memory="128Mi")},
)
"""It costs nothing on AWS, where S3 is in its place."""
