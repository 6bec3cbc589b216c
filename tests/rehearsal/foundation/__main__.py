"""The aws foundation without what stands on it, from the settings of a whole stack file."""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import pulumi  # noqa: E402 - the project's modules are found from here on
import pulumi_aws as aws  # noqa: E402
import pulumi_docker_build as docker  # noqa: E402
import pulumi_kubernetes as k8s  # noqa: E402

from components.aws.arguments import foundation_args, provider_args  # noqa: E402
from components.aws.foundation import AwsFoundation  # noqa: E402
from components.aws.in_cluster import ClusterServices  # noqa: E402
from components.settings.aws import AwsFoundationSettings  # noqa: E402
from components.settings.loading import parse  # noqa: E402

values: dict[str, Any] = pulumi.Config().require_object("settings")
chosen = AwsFoundationSettings.model_validate(values["foundation"])
settings = parse({**values, "foundation": {"kind": "kubernetes"}})
cloud = aws.Provider("aws", provider_args(settings, chosen))
foundation = AwsFoundation(
    "foundation",
    foundation_args(settings, chosen, root=ROOT, fetched=ROOT / "fetched"),
    pulumi.ResourceOptions(providers=[cloud, docker.Provider("images")]),
)
cluster = k8s.Provider("cluster", kubeconfig=foundation.kubeconfig, cluster_identifier=chosen.name)
ClusterServices("services", foundation.services, pulumi.ResourceOptions(provider=cluster))
pulumi.export("images", foundation.images)
