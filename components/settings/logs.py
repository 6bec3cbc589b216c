"""Settings of the logs: what becomes of what drivers and executors print."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, Strict

from components.settings.fields import BinarySize, Flag, PageUrl, Section, SizeQuantity, Text, why

_NOT_IN_RE2: Final = re.compile(r"\(\?(<?[=!]|P=|>|\()|\\[1-9]|[*+?}]\+")
"""What Python's expressions have and the collector's (RE2) don't: looking around, going back, and giving
nothing back."""


def _check_pattern(pattern: str) -> str:
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    if _NOT_IN_RE2.search(pattern):
        raise ValueError("looks around or back, which the collector's RE2 can't; write it without")
    if found.match(""):
        raise ValueError(
            "matches nothing at all, and would stand between all letters; write what it is about"
        )
    return pattern


Pattern = Annotated[Text, AfterValidator(_check_pattern)]


class LokiSettings(Section):
    """A search index over the newest logs, for Grafana; the archive in the object store stays as it is."""

    enabled: Flag = Field(
        False,
        description="Whether Loki runs, and gets every line as well.",
        json_schema_extra=why("It takes a pod and a disk; the archive alone answers what a run printed."),
    )
    retention_days: Annotated[int, Strict(), Field(ge=1, le=365)] = Field(
        7,
        description="Days that lines can be searched.",
        json_schema_extra=why("What is searched is mostly from this week; older lines are in the archive."),
    )
    memory: BinarySize = Field(
        "2Gi",
        description="Memory of the pod, request and limit.",
        json_schema_extra=why("Upstream's single binary holds what was not yet written to disk."),
    )
    disk: BinarySize = Field(
        "50Gi",
        description="Volume that holds the lines and their index.",
        json_schema_extra=why("A week of some gigabytes a day, packed; it can be enlarged, not shrunk."),
    )


class LogSettings(Section):
    """Logs of drivers and executors, kept in the object store after their pods are gone."""

    enabled: Flag = Field(
        True,
        description="Whether the logs are kept.",
        json_schema_extra=why("A pod's log goes with the pod, and Spark deletes executors as it goes."),
    )
    retention_days: Annotated[int, Strict(), Field(ge=1, le=3650)] = Field(
        30,
        description="Days after which a stored log is deleted.",
        json_schema_extra=why("As long as the event logs, so that a run's links lead somewhere."),
    )
    flush_seconds: Annotated[int, Strict(), Field(ge=1, le=300)] = Field(
        15,
        description="Longest time in seconds until a printed line is stored.",
        json_schema_extra=why("Each time is a request for each pod, and paid: 240 an hour for a busy one."),
    )
    memory: SizeQuantity = Field(
        "256Mi",
        description="Memory of the collector on each node, request and limit.",
        json_schema_extra=why("It stops reading at three quarters of it, so no flood of lines ends it."),
    )
    masked: tuple[Pattern, ...] = Field(
        (),
        max_length=20,
        description="Regular expressions (RE2) of what is replaced by `***` in each line before it is kept.",
        json_schema_extra=why(
            "A log is stored as it was printed: a pattern hides what people look for, misses what it does "
            "not know, and takes time for each line. Passwords belong in Secrets, not in logs."
        ),
    )
    pod_logs: Text = Field(
        "/var/log/pods",
        description="Folder of a node in which the kubelet keeps the logs of pods.",
        json_schema_extra=why("The kubelet's own default (podLogsDir), and EKS's."),
    )
    state_folder: Text = Field(
        "/var/lib/log-collector",
        description="Folder of a node in which the collector notes how far it has read.",
        json_schema_extra=why("It has to outlive the collector, so that no line is lost or stored twice."),
    )
    address: PageUrl | None = Field(
        None,
        description="URL of the log page as browsers reach it; none means behind the login, or a forwarded "
        "port.",
        json_schema_extra=why(
            "It stands in the links of alerts and of the history server, which can't know how it is seen."
        ),
    )
    loki: LokiSettings = Field(
        default_factory=LokiSettings, description="A search index over the newest logs."
    )
