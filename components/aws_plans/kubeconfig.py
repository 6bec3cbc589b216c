"""The kubeconfig of the cluster. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AwsLogin:
    """Whose AWS credentials open the cluster, beside those of the environment.

    Args:
        profile: profile in the AWS configuration of the machine.
        role_arn: role that is taken first, the one that also makes the cluster.
    """

    profile: str | None = None
    role_arn: str | None = None


def with_profile(kubeconfig: str, profile: str | None) -> str:
    """Make a kubeconfig use a profile.

    What pulumi-eks hands out names the role but not the profile, because others may use the file; the
    provider of this program must open the cluster as the program made it.

    Args:
        kubeconfig: the file as JSON, its users calling `aws eks get-token`.
        profile: the profile; None changes nothing.
    """
    if profile is None:
        return kubeconfig
    config = json.loads(kubeconfig)
    for user in config["users"]:
        user["user"]["exec"]["args"] += ["--profile", profile]
    return json.dumps(config)
