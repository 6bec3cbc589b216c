"""Where the platform keeps its objects, as tests of what is derived from it want to see both kinds."""

from __future__ import annotations

from components.domain import ObjectStorage

IN_CLUSTER = ObjectStorage(
    endpoint="http://object-store.object-store.svc:7070",
    region="us-east-1",
    path_style=True,
    data_bucket="data",
    events_bucket="events",
    artifacts_bucket="artifacts",
    static_credentials=True,
)

AWS = ObjectStorage(
    endpoint=None,
    region="eu-central-1",
    path_style=False,
    data_bucket="acme-data",
    events_bucket="acme-events",
    artifacts_bucket="acme-artifacts",
    static_credentials=False,
)
