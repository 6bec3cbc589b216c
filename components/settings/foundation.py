"""Settings of the foundations: what the platform stands on. A foundation is chosen by its `kind`.

A further foundation is a further `Section` with its own literal `kind`, added to the union at the end; error
paths and generated documentation follow the union by themselves.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from components.settings.aws import AwsFoundationSettings
from components.settings.aws_fields import Cidr
from components.settings.fields import DnsName, Flag, Registry, Section, SizeQuantity, Text, why
from components.settings.login import LoginSettings


class ObjectStoreSettings(Section):
    """The S3 server that runs in the cluster."""

    capacity: SizeQuantity = Field(
        "20Gi",
        description="Size of the volume that holds all buckets.",
        json_schema_extra=why("Holds the example data and some thousand event logs; volumes rarely shrink."),
    )


class KubernetesFoundationSettings(Section):
    """Any cluster that exists, reached by a kubeconfig, with an S3 server that the platform runs in it."""

    kind: Literal["kubernetes"] = Field(
        description="Which foundation this is.",
        json_schema_extra=why("It decides which other keys there are, so it is always written."),
    )
    context: Text | None = Field(
        None,
        description="Context in the kubeconfig that `KUBECONFIG` names; none means its current one.",
        json_schema_extra=why("Name it, and the stack can't reach another cluster by accident."),
    )
    registry: Registry = Field(
        "localhost",
        description="Registry that the platform's images are pulled from.",
        json_schema_extra=why("Images that were imported into the node itself are named localhost/..."),
    )
    enforces_network_policy: Flag = Field(
        False,
        description="Whether the cluster's network enforces NetworkPolicies.",
        json_schema_extra=why(
            "The Kubernetes API doesn't tell. False makes the outputs say that tenants are not separated."
        ),
    )
    api_server_cidrs: tuple[Cidr, ...] = Field(
        (),
        description="Where pods reach the API server, its Service and its hosts; none means anywhere.",
        json_schema_extra=why(
            "Policies open 443 and its port there. Networks differ in which of the two addresses counts."
        ),
    )
    api_server_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port that the API server's hosts listen on; none means 6443.",
        json_schema_extra=why(
            "Behind the Service it may be another, such as 16443 of MicroK8s and 8443 of minikube; `make up` "
            "reads it from the cluster."
        ),
    )
    storage_class: DnsName | None = Field(
        None,
        description="StorageClass of the platform's volumes; none means the cluster's default.",
        json_schema_extra=why("Most clusters mark one class as default."),
    )
    object_store: ObjectStoreSettings = Field(
        default_factory=ObjectStoreSettings,
        description="The S3 server that runs in the cluster.",
    )
    protect: Flag = Field(
        True,
        description="Whether the S3 server's data and tenants' namespaces refuse to be deleted.",
        json_schema_extra=why(
            "A line less in this file would take a team's jobs with it; off is a change of its own."
        ),
    )
    login: LoginSettings = Field(
        default_factory=LoginSettings,
        description="The one address of all pages, and who may sign in there.",
    )


Foundation = Annotated[KubernetesFoundationSettings | AwsFoundationSettings, Field(discriminator="kind")]
