"""The S3 server of clusters without a cloud. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import OBJECT_STORE_NAMESPACE
from components.records.model import ImageSource, ServiceRecord

RECORD: Final = ServiceRecord(
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
)
"""It costs nothing on AWS, where S3 is in its place."""
