"""Settings of the login in front of all pages, on the foundation `kubernetes`."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from components.settings.fields import DnsLabel, Flag, Group, NodePort, Section, why


def _check_address(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no URL with a host; write one such as https://spark.example.com")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(
            f"has more than a host and a port; write {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        )
    return address


WebAddress = Annotated[
    str,
    Strict(),
    AfterValidator(_check_address),
    WithJsonSchema({"type": "string", "$comment": "URL without a path", "pattern": "^https?://[^/?#@]+$"}),
]


class UserSettings(Section):
    """Somebody who may sign in; the password is made by the platform."""

    name: DnsLabel = Field(
        description="Name to sign in with.",
        json_schema_extra=why("Shown in the log of who signed in when, so one for each person."),
    )
    groups: tuple[Group, ...] = Field(
        (),
        max_length=20,
        description="Groups of people, as in `tenants[].groups`: the user sees the logs of their tenants.",
        json_schema_extra=why("The same groups that give rights in the tenants' namespaces."),
    )
    sees_all: Flag = Field(
        False,
        description="Whether the user sees every tenant's logs.",
        json_schema_extra=why("For those who run the platform; logs may hold what jobs print of data."),
    )


class LoginSettings(Section):
    """The one address of all pages."""

    node_port: NodePort | None = Field(
        None,
        description="Port on every node that opens it; none means by a forwarded port only.",
        json_schema_extra=why("Nodes speak plain HTTP: outside of one's own network, TLS comes before it."),
    )
    address: WebAddress | None = Field(
        None,
        description="URL that browsers open, without a path; none is this machine's own address.",
        json_schema_extra=why("Name it where something with TLS stands before it: cookies then need https."),
    )
    users: tuple[UserSettings, ...] = Field(
        (UserSettings.model_validate({"name": "admin", "seesAll": True}),),
        min_length=1,
        max_length=100,
        description="Who may sign in.",
        json_schema_extra=why("One will do to begin with; `spark-on-eks password` tells the password."),
    )
    generation: Annotated[int, Strict(), Field(ge=1, le=10_000)] = Field(
        1,
        description="Which passwords these are; raise it by one, and everybody gets a new one.",
        json_schema_extra=why("All sessions end with it too."),
    )
