"""Jobs: the worker that makes runs of what Git, schedules and people ask for, pages, a repository. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import JOBS_NAMESPACE
from components.records.model import (
    DatabaseClient,
    ImageSource,
    Page,
    PodRequest,
    Reach,
    Scrape,
    ServiceRecord,
    Viewers,
)
from components.records.rights import SPARK_GROUP, Grant, PolicyRule

WORKER: Final = "jobs-worker"
REPOSITORY: Final = "jobs-repository"
"""Names of the two, of their service accounts, and of the repository's Service."""

WEB: Final = "jobs-web"
"""Name of the pages, and of their service account."""

METRICS_PORT: Final = 8000
"""Port of the metrics of worker and pages (prometheus_client's usual one)."""

REPOSITORY_PORT: Final = 8080
"""Port of the repository."""

WEB_PORT: Final = 8080
"""Port of the pages."""

LIVE: Final = r"live/[A-Za-z0-9_-]+(/([A-Za-z0-9][^/]*)?)*"
"""A running driver's page: a pass, then a path whose parts begin as Spark's do, none with a dot."""

PAGE: Final = Page(
    title="Jobs and their runs",
    path="jobs",
    namespace=JOBS_NAMESPACE,
    service=WEB,
    port=WEB_PORT,
    start="runs",
    viewers=Viewers.OWN_TENANTS,
    passed=LIVE,
    position=20,
)

CLIENT: Final = DatabaseClient(database="jobs", namespace=JOBS_NAMESPACE, pods=(WORKER, WEB))
"""The index: the worker writes it, and the pages read it."""

TENANT_RULES: Final = (
    PolicyRule(
        ("sparkapplications",),
        ("get", "list", "watch", "create", "delete"),
        "makes runs, follows all that there are, and ends those that somebody stops; it changes none",
        SPARK_GROUP,
    ),
    PolicyRule(("pods",), ("get", "list", "watch"), "a driver's pod says more of a run than the operator"),
    PolicyRule(
        ("pods",),
        ("delete",),
        "takes executors away that wait for a node although their driver has ended, and no other pod: "
        "a rule of admission says so",
    ),
    PolicyRule(("pods/log",), ("get",), "the end of a failed driver's log says why"),
    PolicyRule(("events",), ("list",), "says why a pod waited, or was taken away"),
    PolicyRule(("limitranges",), ("list",), "bounds the memory that another attempt gets"),
)
"""Rights of the worker in each tenant's namespace."""

WORKERS: Final = Scrape(
    part=WORKER,
    namespace=JOBS_NAMESPACE,
    port=METRICS_PORT,
    job="spark-jobs",
    # Ends of runs have the namespace of their runs.
    honored=True,
    # The next worker goes on with the totals of the one before, so its series are the same. By pod, each
    # would begin anew, and what ended in between would be no increase of either. There is one at a time.
    dropped="pod|instance|container|endpoint",
)
PAGES: Final = Scrape(part=WEB, namespace=JOBS_NAMESPACE, port=METRICS_PORT, job="spark-jobs-pages")

RECORD: Final = ServiceRecord(
    title="runs of what Git, schedules and people ask for, and their pages",
    namespaces=(JOBS_NAMESPACE,),
    images={
        "jobs": ImageSource(
            repository="spark-jobs",
            version=versions.DEBIAN,
            parent="base",
            pins=("DEBIAN",),
            apps=("jobs",),
            packages=("costs",),
        )
    },
    scraped=(WORKERS, PAGES),
    ports={"the repository": REPOSITORY_PORT},
    page=PAGE,
    node_port=("jobs", "nodePort"),
    client=CLIENT,
    pods={
        WORKER: PodRequest(cpu="50m", memory="384Mi"),
        WEB: PodRequest(cpu="20m", memory="384Mi"),
        REPOSITORY: PodRequest(cpu="10m", memory="192Mi"),
    },
    reaches={
        WORKER: (Reach.API_SERVER, Reach.OBJECT_STORE, Reach.DATABASE, Reach.KARPENTER),
        WEB: (Reach.API_SERVER, Reach.OBJECT_STORE, Reach.DATABASE),
        REPOSITORY: (),
    },
    grants=(
        Grant(
            account=WORKER,
            home=JOBS_NAMESPACE,
            place=None,
            rules=(
                PolicyRule(
                    ("customresourcedefinitions",),
                    ("get",),
                    "holds definitions against the operator's kinds",
                    "apiextensions.k8s.io",
                ),
                PolicyRule(("nodes",), ("get",), "type, zone and size of a run's nodes decide its price"),
            ),
        ),
    ),
    # The pages act as their viewers alone: components/tenants/viewers.py.
    tenant_rules={WORKER: TENANT_RULES, WEB: ()},
)
