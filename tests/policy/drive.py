"""Runs in the pack's own environment: asks Pulumi's policies about the resources on standard input.

Takes JSON: a list of {"type", "properties"}, values that are not known being Pulumi's own marks. Gives JSON:
for each of them what the policies report, or the name of the exception that stopped them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pulumi_policy import (
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import unknown_checking_proxy

from policy.pack import policies

OPTIONS = PolicyResourceOptions(False, [], False, [], None, [], None)


def ask(resource: dict[str, Any]) -> list[str]:
    """What the policies about single resources report."""
    said: list[str] = []
    for policy in policies():
        if isinstance(policy, ResourceValidationPolicy):
            args = ResourceValidationArgs(
                resource["type"],
                unknown_checking_proxy(resource["properties"]),
                "urn:any",
                "any",
                OPTIONS,
                None,
            )
            policy.validate(args, lambda message, urn=None: said.append(message))
    return said


def ask_about_all(resources: list[dict[str, Any]]) -> list[str]:
    """What the policies about stacks report: URN and message."""
    made = {
        each["urn"]: PolicyResource(
            each["type"],
            unknown_checking_proxy(each["properties"]),
            each["urn"],
            "any",
            OPTIONS,
            None,
            None,
            [],
            {},
        )
        for each in resources
    }
    for each in resources:
        made[each["urn"]].property_dependencies = {
            name: [made[urn] for urn in urns] for name, urns in each["needs"].items()
        }
    said: list[str] = []
    for policy in policies():
        if isinstance(policy, StackValidationPolicy):
            args = StackValidationArgs(list(made.values()))
            policy.validate(args, lambda message, urn=None: said.append(f"{urn} {message}"))
    return said


if __name__ == "__main__":
    given = json.load(sys.stdin)
    json.dump(
        {
            "resources": [ask(each) for each in given["resources"]],
            "stack": ask_about_all(given["stack"]),
            "policies": [
                [policy.name, policy.description, str(policy.enforcement_level)] for policy in policies()
            ],
        },
        sys.stdout,
    )
