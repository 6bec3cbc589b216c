"""Settings of the jobs: the repository that their definitions are in."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from components.settings.fields import DnsLabel, Flag, NodePort, Section, SizeQuantity, Text, why


def _check_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("is no URL of a Git server; write one such as https://git.example.com/team/jobs.git")
    if parts.username or parts.password:
        raise ValueError("has credentials in it; put them into a Secret, and name it in jobs.secret")
    return url


GitUrl = Annotated[
    str,
    Strict(),
    AfterValidator(_check_url),
    WithJsonSchema({"type": "string", "$comment": "https or http URL", "pattern": "^https?://[^/@]+/.*$"}),
]


def _check_type(name: str) -> str:
    if not _TYPE.fullmatch(name):
        raise ValueError("is no instance type; write a node's label such as m5.xlarge")
    return name


def _check_price(text: str) -> str:
    if not _PRICE.fullmatch(text) or not Decimal(text):
        raise ValueError('is no price; write USD an hour as text, more than 0, such as "0.192"')
    return text


_TYPE: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PRICE: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")

InstanceType = Annotated[
    str,
    Strict(),
    AfterValidator(_check_type),
    WithJsonSchema({"type": "string", "$comment": "instance type"}),
]
"""Value of a node's label `node.kubernetes.io/instance-type`."""

HourPrice = Annotated[
    str,
    Strict(),
    AfterValidator(_check_price),
    WithJsonSchema({"type": "string", "$comment": "USD an hour", "pattern": f"^{_PRICE.pattern}$"}),
]


class JobsSettings(Section):
    """Runs that come from Git."""

    enabled: Flag = Field(
        False,
        description="Whether a worker makes runs of the definitions in a Git repository.",
        json_schema_extra=why("It starts jobs by itself: nobody gets that without having asked for it."),
    )
    repository: GitUrl | None = Field(
        None,
        description="URL of the repository; none makes one in the cluster, with a port or a forwarded one.",
        json_schema_extra=why("A platform without a Git server can be tried all the same."),
    )
    secret: DnsLabel | None = Field(
        None,
        description="Secret in the namespace spark-jobs with the `username` and `password` for it.",
        json_schema_extra=why("Made by whoever owns the repository: no token stands in a stack file."),
    )
    branch: Text = Field(
        "main",
        description="Branch that is followed.",
        json_schema_extra=why("Protect it: who may push to it may start jobs as every tenant."),
    )
    folder: Text | None = Field(
        None,
        description="Folder of the definitions in it; none means all of it.",
        json_schema_extra=why("Jobs often lie beside their code."),
    )
    sync_seconds: Annotated[int, Strict(), Field(ge=5, le=86_400)] = Field(
        300,
        description="Seconds between two looks at it.",
        json_schema_extra=why("A merged change runs within five minutes; Git servers count requests."),
    )
    keep_seconds: Annotated[int, Strict(), Field(ge=0, le=31_536_000)] = Field(
        32_400,
        description="Seconds from a run's end until it and its pods go, whatever it came by, if it names no "
        "`timeToLiveSeconds`; also where `enabled` is false.",
        json_schema_extra=why(
            "A night's failure is there in the morning. 1,000 runs a day of 26 pods leave 9,750; from "
            "12,500 on Kubernetes removes the oldest, whoever's they are."
        ),
    )
    prices: dict[InstanceType, HourPrice] = Field(
        default_factory=dict,
        description="USD of a node's hour by instance type, before those of the table in costs/.",
        json_schema_extra=why("Reserved nodes cost less than the list; a node without a price has no cost."),
    )
    check_seconds: Annotated[int, Strict(), Field(ge=10, le=86_400)] = Field(
        900,
        description="Seconds between two looks at the data of jobs that say how it has to be.",
        json_schema_extra=why("So soon a deleted day shows; each look lists folders and reads footers."),
    )
    disk: SizeQuantity = Field(
        "1Gi",
        description="Volume of the repository in the cluster.",
        json_schema_extra=why("Definitions are text; no cloud has smaller volumes."),
    )
    node_port: NodePort | None = Field(
        None,
        description="Port on every node for the repository in the cluster; none means a forwarded one.",
        json_schema_extra=why("Nodes speak plain HTTP: outside of one's own network, name a Git server."),
    )
