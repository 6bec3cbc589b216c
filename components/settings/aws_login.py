"""Settings of the login in front of all pages, on the foundation `aws`."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from components.settings.aws_fields import CertificateArn, Cidr, HostedZoneId
from components.settings.fields import DnsName, Flag, Group, NodePort, Section, Text, why


def _check_issuer(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(
            "is no issuer; write its URL with https, as it stands in `issuer` of its "
            ".well-known/openid-configuration"
        )
    return url


IssuerUrl = Annotated[
    str,
    Strict(),
    AfterValidator(_check_issuer),
    WithJsonSchema({"type": "string", "$comment": "URL with https", "pattern": "^https://"}),
]


class ProviderSettings(Section):
    """Who says who people are: any provider that speaks OpenID Connect, Amazon Cognito among them."""

    issuer: IssuerUrl = Field(
        description="The provider's issuer; its endpoints are looked up there.",
        json_schema_extra=why("Cognito's is https://cognito-idp.<region>.amazonaws.com/<pool's id>."),
    )
    client_id: Text = Field(
        description="Id of the client that the provider knows the pages by.",
        json_schema_extra=why("Its secret is `pulumi config set --secret loginClientSecret`."),
    )
    groups_claim: Text = Field(
        "groups",
        description="Claim of the ID token that lists a person's groups.",
        json_schema_extra=why("Cognito calls it cognito:groups."),
    )
    sees_all: tuple[Group, ...] = Field(
        (),
        max_length=20,
        description="Groups whose people see every tenant's logs.",
        json_schema_extra=why("Those of `tenants[].groups` see their own tenants'; nobody else gets in."),
    )
    token_clients: tuple[Text, ...] = Field(
        (),
        max_length=10,
        description="Ids of further clients of the provider, whose ID tokens let commands and programs in.",
        json_schema_extra=why("None: pages are for browsers alone, and no token is looked at."),
    )


class AwsLoginSettings(Section):
    """The one address of all pages: a load balancer, and the login behind it."""

    host: DnsName = Field(
        description="Name that browsers open, such as spark.example.com.",
        json_schema_extra=why("Sessions are for this name alone; the provider's client has to allow it."),
    )
    certificate: CertificateArn = Field(
        description="Certificate of that name, in ACM and in the stack's region.",
        json_schema_extra=why("ACM renews its own; without TLS nobody may sign in."),
    )
    hosted_zone: HostedZoneId | None = Field(
        None,
        description="Hosted zone in Route 53 in which the name is made; none where you make it yourself.",
        json_schema_extra=why("Many companies keep their names in another account."),
    )
    internet: Flag = Field(
        False,
        description="Whether the load balancer is reached from the internet.",
        json_schema_extra=why("Off: from networks that are connected to this one."),
    )
    reached_from: tuple[Cidr, ...] = Field(
        min_length=1,
        max_length=50,
        description="Addresses that reach it.",
        json_schema_extra=why("A login is the second wall, not the first."),
    )
    node_port: NodePort = Field(
        30180,
        description="Port of the nodes by which the load balancer reaches the login.",
        json_schema_extra=why("Only it may open the port."),
    )
    provider: ProviderSettings = Field(description="Who says who people are.")
