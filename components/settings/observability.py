"""Settings of how the platform is watched: what is collected, how long it is kept, and what it may cost."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from components import versions
from components.naming import RUNBOOKS
from components.settings.alerts import AlertSettings
from components.settings.aws_fields import WorkspaceId
from components.settings.canary import CanarySettings
from components.settings.fields import DnsLabel, Flag, PageUrl, Section, SizeQuantity, Text, why
from components.settings.jobs import HourPrice
from components.settings.logs import LogSettings

DEFINITIONS: Final = (
    "https://raw.githubusercontent.com/prometheus-operator/prometheus-operator/"
    f"v{versions.PROMETHEUS_OPERATOR}/example/prometheus-operator-crd"
)
"""Where upstream keeps the definitions of the pinned release."""


def _check_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("is no URL; write one such as https://mimir.example.com/api/v1/push")
    if parts.username or parts.password:
        raise ValueError("has credentials in it; put them into a Secret, and name it in secret")
    return url


RemoteUrl = Annotated[
    str,
    Strict(),
    AfterValidator(_check_url),
    WithJsonSchema({"type": "string", "$comment": "https or http URL", "pattern": "^https?://[^/@]+/.*$"}),
]


class RemoteWriteSettings(Section):
    """A store for metrics that outlive the cluster: a workspace on AWS, or one that speaks remote write."""

    workspace: WorkspaceId | None = Field(
        None,
        description="Id of a workspace of Amazon Managed Service for Prometheus, in the account and region "
        "of the cluster.",
        json_schema_extra=why("It outlives this cluster, so it is made elsewhere and only written to."),
    )
    url: RemoteUrl | None = Field(
        None,
        description="URL of another store, such as `https://mimir.example.com/api/v1/push`.",
        json_schema_extra=why("Mimir, Thanos, VictoriaMetrics and others speak Prometheus' protocol."),
    )
    secret: DnsLabel | None = Field(
        None,
        description="Secret in the namespace monitoring with the `username` and `password` for the URL.",
        json_schema_extra=why("Made by whoever owns that store: no password stands in a stack file."),
    )


class ObservabilitySettings(Section):
    """How the platform is watched."""

    enabled: Flag = Field(
        True,
        description="Whether metrics are collected, rules computed and dashboards shown.",
        json_schema_extra=why("A platform that nobody sees is found broken by its users."),
    )
    definitions: Text = Field(
        DEFINITIONS,
        description="Folder or URL of the Prometheus operator's kinds, on the foundation `kubernetes`.",
        json_schema_extra=why("Upstream's own files of the pinned release; on AWS the chart brings them."),
    )
    runbooks: Text = Field(
        RUNBOOKS,
        description="Where the alerts' runbooks are: what comes before `/<alert>.md` in their links.",
        json_schema_extra=why("The folder in this project; name the URL at which your people read it."),
    )
    address: PageUrl | None = Field(
        None,
        description="URL of the dashboards as browsers reach them; none means behind the login, and on AWS "
        "without one Grafana at a forwarded port.",
        json_schema_extra=why("It stands in the links of alerts, which know nothing of your network."),
    )
    scrape_interval_seconds: Annotated[int, Strict(), Field(ge=5, le=300)] = Field(
        30,
        description="Seconds between two scrapes, and two looks at the rules.",
        json_schema_extra=why(
            "Finished pods stay for minutes; one that is deleted sooner is not counted. Half costs double."
        ),
    )
    retention_days: Annotated[int, Strict(), Field(ge=1, le=3650)] = Field(
        15,
        description="Days that metrics are kept in the cluster.",
        json_schema_extra=why("Two weeks show this week beside the last; for longer, write elsewhere too."),
    )
    storage: SizeQuantity = Field(
        "50Gi",
        description="Volume of the metrics; when it is full the oldest go first.",
        json_schema_extra=why(
            "Two weeks at 15,000 samples a second and 2 bytes each (Prometheus, storage guide)."
        ),
    )
    memory: SizeQuantity = Field(
        "4Gi",
        description="Memory of Prometheus, request and limit.",
        json_schema_extra=why(
            "A series that is alive takes some 3 KiB: a million of them, and room for questions."
        ),
    )
    samples_per_driver: Annotated[int, Strict(), Field(ge=1000, le=500_000)] = Field(
        50_000,
        description="Series that one endpoint of a driver may show; one that shows more is not scraped.",
        json_schema_extra=why(
            "41 for each executor, and for the driver: 1,000 executors and room. Stops what a job invents."
        ),
    )
    drivers_per_tenant: Annotated[int, Strict(), Field(ge=1, le=100_000)] = Field(
        200,
        description="Most drivers of one tenant at a time; with more, none of the tenant's is scraped.",
        json_schema_extra=why(
            "Twice the default quota's pods, and never less than any quota's: one team's burst costs no "
            "other its metrics."
        ),
    )
    slow_run_seconds: Annotated[int, Strict(), Field(ge=1, le=86_400)] = Field(
        600,
        description="Seconds from which on a finished run gets alerts that say why it was slow.",
        json_schema_extra=why("Nobody mends a run of minutes; what is shorter stands on the dashboards."),
    )
    core_hour_price: HourPrice | None = Field(
        None,
        description="USD of an hour of one core that a job holds, for what its runs cost; none shows hours.",
        json_schema_extra=why("It depends on your nodes, and on how full they are: a bill says it."),
    )
    remote_write: RemoteWriteSettings | None = Field(
        None,
        description="Where what the rules compute is also written to; none means nowhere.",
        json_schema_extra=why("Every sample that is written there is paid for."),
    )
    alerts: AlertSettings = Field(default_factory=AlertSettings, description="Who is told of alerts.")
    logs: LogSettings = Field(
        default_factory=LogSettings, description="Logs of drivers and executors, kept after their pods."
    )
    canary: CanarySettings = Field(
        default_factory=CanarySettings, description="A small job that shows that jobs run."
    )
