"""The S3 server of clusters without a cloud. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import OBJECT_STORE_NAMESPACE
from components.records.model import ImageSource, PodRequest, ServiceRecord

SERVER: Final = "object-store"
"""Name of the server's StatefulSet, Service and pods."""

S3_PORT: Final = 7070
"""Port of the S3 API."""

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
    ports={"S3": S3_PORT},
    pods={SERVER: PodRequest(cpu="100m", memory="1Gi")},
)
"""It costs nothing on AWS, where S3 is in its place."""
