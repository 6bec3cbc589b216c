"""Settings of who is told of alerts."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from components.settings.fields import DnsLabel, Section, Text, why

SECRET_PREFIX: Final = "alertSecret-"  # noqa: S105 - how names of secrets begin, not a secret
"""What comes before a receiver's name in the key of its encrypted secret, beside `settings`."""

_SERVER: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?:[1-9][0-9]{0,4}")
_PORTS: Final = 65_535


def _check_server(server: str) -> str:
    if not _SERVER.fullmatch(server) or int(server.rsplit(":", 1)[1]) > _PORTS:
        raise ValueError("is no host with a port; write one such as smtp.example.com:587")
    return server


MailServer = Annotated[
    str,
    Strict(),
    AfterValidator(_check_server),
    WithJsonSchema({"type": "string", "$comment": "host:port, such as `smtp.example.com:587`"}),
]


Needed = Literal["default", "heartbeat"]
"""Who has to be told in production: somebody, and whoever notices that nobody is told any more."""


class ReceiverSettings(Section):
    """Somebody, or a program, that is told of alerts."""

    name: DnsLabel = Field(
        description="What the keys below call it.",
        json_schema_extra=why("The page of what was sent shows it."),
    )
    kind: Literal["webhook", "slack", "pagerduty", "email", "sns"] = Field(
        description="By what it is told.",
        json_schema_extra=why("What Alertmanager itself speaks."),
    )
    secret: DnsLabel | None = Field(
        None,
        description="Secret in the namespace monitoring with its address or key: `url` for webhook and "
        "slack, `routing-key` for pagerduty, `password` for email. None means the encrypted value of "
        "`pulumi config set --secret alertSecret-<name>`.",
        json_schema_extra=why(
            "Whoever knows a webhook's URL may write there: it stands in no file in clear."
        ),
    )
    port: Annotated[int, Strict(), Field(ge=1, le=_PORTS)] = Field(
        443,
        description="Port of a webhook's URL.",
        json_schema_extra=why("Nothing else is opened to Alertmanager, and the URL itself is not seen here."),
    )
    channel: Text | None = Field(
        None,
        description="Slack's channel, such as `#data-alerts`.",
        json_schema_extra=why("Shown in the message's address; an incoming webhook is for one channel."),
    )
    to: Text | None = Field(
        None,
        description="Mail address that is written to.",
        json_schema_extra=why("One that several people read, or nobody does on a day off."),
    )
    sender: Text | None = Field(
        None,
        description="Mail address that mails come from.",
        json_schema_extra=why("Mail servers take only those that they know."),
    )
    server: MailServer | None = Field(
        None,
        description="Mail server; it has to speak TLS.",
        json_schema_extra=why("Mails name teams and jobs."),
    )
    user: Text | None = Field(
        None,
        description="Name that the mail server knows us by; none needs no password either.",
        json_schema_extra=why("A server of one's own network may ask for none."),
    )
    topic: Text | None = Field(
        None,
        description="ARN of SNS' topic, on the foundation aws.",
        json_schema_extra=why("Alertmanager's own role may publish there, and nowhere else: no secret."),
    )


class TeamReceiverSettings(Section):
    """Where a team's alerts go."""

    team: DnsLabel = Field(
        description="A team of `tenants[].team`.",
        json_schema_extra=why("Its alerts then go there and not to the default."),
    )
    receiver: DnsLabel = Field(
        description="Name of a receiver.", json_schema_extra=why("Several teams may share one.")
    )
    warnings: DnsLabel | None = Field(
        None,
        description="Name of the receiver of its warnings; none means `receiver`.",
        json_schema_extra=why("A run that failed is for the day; only what is critical has to wake anybody."),
    )


class AlertSettings(Section):
    """Who is told of alerts. Severity `info` is told to nobody: it stands on the dashboards."""

    receivers: tuple[ReceiverSettings, ...] = Field(
        (),
        max_length=100,
        description="All who can be told.",
        json_schema_extra=why(
            "Without one, alerts are seen only by those who look; production is refused so."
        ),
    )
    default: DnsLabel | None = Field(
        None,
        description="Name of the receiver of what no team's receiver gets.",
        json_schema_extra=why("Those who run the platform."),
    )
    warnings: DnsLabel | None = Field(
        None,
        description="Name of the receiver of warnings that no team's receiver gets; none means `default`.",
        json_schema_extra=why("A ticket or a channel: somebody looks within the working day."),
    )
    teams: tuple[TeamReceiverSettings, ...] = Field(
        (),
        max_length=1000,
        description="Teams that are told by themselves.",
        json_schema_extra=why("Who wrote a job can mend it; those who run the platform can't."),
    )
    heartbeat: DnsLabel | None = Field(
        None,
        description="Name of a receiver, a webhook, that is called once a minute as long as Prometheus and "
        "Alertmanager live.",
        json_schema_extra=why("A service outside that notices its silence: who is dead can't tell."),
    )
    without: tuple[Needed, ...] = Field(
        (),
        max_length=2,
        description="What this stack goes without on purpose, of what all are asked for whose environment is "
        "not for trying things out.",
        json_schema_extra=why("Something else may watch it: whoever decides so says it here."),
    )

    @property
    def routed(self) -> tuple[str, ...]:
        """Names of the receivers that alerts are sent to, the heartbeat's only if alerts go there as well."""
        teams = (name for each in self.teams for name in (each.receiver, each.warnings))
        named = (self.default, self.warnings, *teams)
        return tuple(dict.fromkeys(each for each in named if each is not None))
