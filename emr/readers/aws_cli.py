"""Calls of the AWS CLI for EMR, under the names of its API. Pure.

Options and what they become: awscli/customizations/emr of 1.46.2 (createcluster.py, addsteps.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import yaml

from emr.model.job import Form, Reading, Source
from emr.model.ledger import End, Finding, Level
from emr.model.tree import Leaf, Node, leaves, plant
from emr.readers import shapes
from emr.readers.shorthand import ShorthandError, parse

_SWITCHES: Final = {
    "--auto-terminate": ("Instances", "KeepJobFlowAliveWhenNoSteps", False),
    "--no-auto-terminate": ("Instances", "KeepJobFlowAliveWhenNoSteps", True),
    "--termination-protected": ("Instances", "TerminationProtected", True),
    "--no-termination-protected": ("Instances", "TerminationProtected", False),
    "--visible-to-all-users": ("VisibleToAllUsers", "", True),
    "--no-visible-to-all-users": ("VisibleToAllUsers", "", False),
    "--use-default-roles": ("UseDefaultRoles", "", True),
    "--enable-debugging": ("EnableDebugging", "", True),
    "--no-enable-debugging": ("EnableDebugging", "", False),
}
_TEXTS: Final = {
    "--name": "Name",
    "--release-label": "ReleaseLabel",
    "--ami-version": "AmiVersion",
    "--log-uri": "LogUri",
    "--service-role": "ServiceRole",
    "--auto-scaling-role": "AutoScalingRole",
    "--security-configuration": "SecurityConfiguration",
    "--scale-down-behavior": "ScaleDownBehavior",
    "--custom-ami-id": "CustomAmiId",
    "--ebs-root-volume-size": "EbsRootVolumeSize",
    "--step-concurrency-level": "StepConcurrencyLevel",
    "--additional-info": "AdditionalInfo",
    "--repo-upgrade-on-boot": "RepoUpgradeOnBoot",
    "--os-release-label": "OSReleaseLabel",
    "--execution-role-arn": "ExecutionRoleArn",
}
_STRUCTURES: Final = {
    "--applications": "Applications",
    "--configurations": "Configurations",
    "--steps": "Steps",
    "--bootstrap-actions": "BootstrapActions",
    "--tags": "Tags",
    "--kerberos-attributes": "KerberosAttributes",
    "--managed-scaling-policy": "ManagedScalingPolicy",
    "--auto-termination-policy": "AutoTerminationPolicy",
    "--placement-group-configs": "PlacementGroupConfigs",
}
_OF_INSTANCES: Final = {
    "--instance-groups": "InstanceGroups",
    "--instance-fleets": "InstanceFleets",
    "--ec2-attributes": "Ec2InstanceAttributes",
}
_OF_THE_CLI: Final = {
    "--profile",
    "--region",
    "--output",
    "--query",
    "--endpoint-url",
    "--no-cli-pager",
    "--no-verify-ssl",
    "--debug",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
    "--color",
    "--no-paginate",
    "--ca-bundle",
}
"""Options of every call, which say how it is made."""

_OPERATIONS: Final = {
    "emr": {"create-cluster", "run-job-flow", "add-steps", "add-job-flow-steps"},
    "emr-containers": {"start-job-run", "create-job-template"},
    "emr-serverless": {"start-job-run", "create-application"},
}
"""What starts work on EMR, by service."""

_SIMPLE: Final = {"--instance-type": "MasterInstanceType", "--instance-count": "InstanceCount"}
_LISTS: Final = {
    "Applications",
    "Configurations",
    "Steps",
    "BootstrapActions",
    "Tags",
    "InstanceGroups",
    "InstanceFleets",
    "PlacementGroupConfigs",
}


def aws_sources(words: Sequence[Leaf], reading: Reading) -> Iterator[Source]:
    """What a call describes; nothing if it is not one that starts work on EMR.

    Args:
        words: `aws`, and what follows.
        reading: where findings go.
    """
    found = list(_described(words, reading))
    if found:
        _note_call(words, found, reading)
    yield from found


def _described(words: Sequence[Leaf], reading: Reading) -> Iterator[Source]:
    service, operation = _called([word.text for word in words[1:]])
    options = {name: values for name, values in _options(words) if name not in _OF_THE_CLI}
    if operation in {"create-cluster", "run-job-flow"}:
        # `--no-auto-terminate` is what a call without either switch means (createcluster.py).
        kept: dict[str, list[Leaf]] = {} if "--auto-terminate" in options else {"--no-auto-terminate": []}
        yield from _created({**kept, **options}, reading)
    elif operation in {"add-steps", "add-job-flow-steps"}:
        yield from _created(
            {k: v for k, v in options.items() if k in {"--steps", "--execution-role-arn"}}, reading
        )
    elif operation in {"start-job-run", "create-job-template"}:
        yield from _job_run(service, options, reading)
    elif operation == "create-application":
        yield Source(form=Form.SERVERLESS, tree=dict(_application(options)))


def _called(words: Sequence[str]) -> tuple[str, str]:
    """Service and operation; options of every call, or a variable that holds some, may stand before each."""
    service = next((place for place, word in enumerate(words) if word in _OPERATIONS), None)
    if service is None:
        return "", ""
    known = _OPERATIONS[words[service]]
    return words[service], next((word for word in words[service + 1 :] if word in known), "")


def _note_call(words: Sequence[Leaf], found: Sequence[Source], reading: Reading) -> None:
    """What of a call is no description: its values have an end of their own."""
    described = {each.at.partition("#")[0] for source in found for each in leaves(source.tree)}
    for word in words:
        if word.at in described:
            continue
        reading.findings.append(
            Finding(
                at=word.at,
                level=Level.EXACT,
                code="CLI",
                why="the call itself: jobs here are objects of Kubernetes",
                value=word.text,
                end=End.DROPPED,
            )
        )


def _application(options: dict[str, list[Leaf]]) -> Iterator[tuple[str, Node]]:
    """An application of EMR Serverless: its label is that of the runs in it."""
    for name, values in options.items():
        if values:
            yield shapes_camel(name), values[0]


def _options(words: Sequence[Leaf]) -> Iterator[tuple[str, list[Leaf]]]:
    """Option -> its words, up to the next option."""
    name: str = ""
    values: list[Leaf] = []
    for word in words[1:]:
        if word.text.startswith("--") and " " not in word.text.partition("=")[0]:
            if name:
                yield name, values
            name, _, value = word.text.partition("=")
            values = [word.with_text(value)] if value else []
        elif name:
            values.append(word)
    if name:
        yield name, values


def _created(options: dict[str, list[Leaf]], reading: Reading) -> Iterator[Source]:
    tree: dict[str, Node] = {}
    instances: dict[str, Node] = {}
    for name, values in options.items():
        _option(name, values, tree, instances, reading)
    if "MasterInstanceType" in instances:
        instances["SlaveInstanceType"] = instances["MasterInstanceType"]
    for key in ("InstanceGroups", "InstanceFleets"):
        if isinstance(groups := instances.get(key), list):
            instances[key] = [_group(each) for each in groups]
    _lift_profile(tree, instances)
    if instances:
        tree["Instances"] = instances
    if tree:
        yield Source(form=Form.JOB_FLOW, tree=shapes.canonical_flow(tree))


def _option(
    name: str, values: list[Leaf], tree: dict[str, Node], instances: dict[str, Node], reading: Reading
) -> None:
    if name in _SWITCHES:
        _switch(name, tree, instances)
    elif name in _TEXTS and values:
        tree[_TEXTS[name]] = values[0]
    elif name in _STRUCTURES:
        tree[_STRUCTURES[name]] = _structure(_STRUCTURES[name], values, reading)
    elif name in _OF_INSTANCES:
        instances[_OF_INSTANCES[name]] = _structure(_OF_INSTANCES[name], values, reading)
    elif name in _SIMPLE and values:
        instances[_SIMPLE[name]] = values[0]


def _switch(name: str, tree: dict[str, Node], instances: dict[str, Node]) -> None:
    first, second, value = _SWITCHES[name]
    (instances if second else tree)[second or first] = Leaf(value, "")


def _lift_profile(tree: dict[str, Node], instances: dict[str, Node]) -> None:
    attributes = instances.get("Ec2InstanceAttributes")
    if isinstance(attributes, list) and len(attributes) == 1:
        attributes = instances["Ec2InstanceAttributes"] = attributes[0]
    if isinstance(attributes, dict) and "InstanceProfile" in attributes:
        tree["JobFlowRole"] = attributes.pop("InstanceProfile")


def _group(group: Node) -> Node:
    if not isinstance(group, dict):
        return group
    found = {("InstanceRole" if key == "InstanceGroupType" else key): part for key, part in group.items()}
    if "Market" not in found and "InstanceRole" in found:
        found["Market"] = Leaf("SPOT" if "BidPrice" in found else "ON_DEMAND", "")
    return found


def _structure(name: str, values: list[Leaf], reading: Reading) -> Node:
    """What an option holds: JSON, or shorthand, in one word or in several."""
    found: list[Node] = []
    for value in _whole(values, reading):
        try:
            found.append(_planted(name, value, reading))
        except (ShorthandError, ValueError, yaml.YAMLError) as error:
            found.append(value)
            reading.findings.append(
                Finding(
                    at=value.at,
                    level=Level.BLOCKED if name in {"Steps", "jobDriver", "cliInputJson"} else Level.BY_HAND,
                    code="UNREADABLE",
                    why=f"neither JSON nor shorthand of the AWS CLI: {error}",
                    todo="give the file that it names to this command" if "://" in value.text else "mend it",
                    value=value.text,
                )
            )
    if len(found) == 1 and (isinstance(found[0], list) or name not in _LISTS):
        return found[0]
    return found


def _whole(values: list[Leaf], reading: Reading) -> list[Leaf]:
    """Words of which one ends in a comma go on in the next: a blank stands before the end of that line."""
    found: list[Leaf] = []
    for value in values:
        if found and found[-1].text.endswith(","):
            found[-1] = found[-1].with_text(found[-1].text + value.text)
            reading.findings.append(
                Finding(
                    at=value.at,
                    level=Level.CHANGED,
                    code="BROKEN_SHORTHAND",
                    why="a blank after a comma ends the shorthand for the AWS CLI; it was read as one",
                    todo="compare the arguments: the line does not run as it is written",
                )
            )
            continue
        found.append(value)
    return found


def _planted(name: str, value: Leaf, reading: Reading) -> Node:
    text = value.text.strip()
    if text.startswith(("file://", "./")) and (given := reading.beside.take(text)) is not None:
        reading.findings.append(
            Finding(
                at=value.at,
                level=Level.EXACT,
                code="FILE",
                why=f"it stands in {given[0]}, which is among the inputs",
                value=value.text,
                end=End.DROPPED,
            )
        )
        return plant(_json(given[1]), f"{given[0]}#")
    if text.startswith(("[{", "{", "[\n", "[ ", "[\r")) or (text.startswith("[") and '"' in text):
        return plant(_json(text), f"{value.at}#")
    if name == "Tags" or (name == "Applications" and "=" not in text):
        return value if name == "Tags" else {"Name": value}
    if text.startswith(("file://", "http", "s3://", "./")) or "=" not in text:
        raise ShorthandError("it stands in another file")
    return plant(parse(text), f"{value.at}#")


def _json(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except ValueError:
        # People leave a comma at the end of lists; YAML's flow style takes it.
        return yaml.safe_load(text.replace("\t", " "))


def _job_run(service: str, options: dict[str, list[Leaf]], reading: Reading) -> Iterator[Source]:
    tree: dict[str, Node] = {}
    for name, values in options.items():
        if not values:
            continue
        key = shapes_camel(name)
        if key in {
            "jobDriver",
            "configurationOverrides",
            "retryPolicyConfiguration",
            "retryPolicy",
            "jobTemplateData",
            "cliInputJson",
        }:
            tree[key] = _structure(key, values[:1], reading)
        else:
            tree[key] = values[0]
    if isinstance(whole := tree.pop("cliInputJson", None), dict):
        tree = {**whole, **tree}
    found = list(shapes.sources(tree))
    if found:
        yield from found
    elif "jobDriver" in tree:
        yield Source(form=Form.EKS if service == "emr-containers" else Form.SERVERLESS, tree=tree)


def shapes_camel(option: str) -> str:
    """`--job-driver` as `jobDriver`.

    Args:
        option: of the AWS command line, with its dashes.
    """
    first, *others = option.lstrip("-").split("-")
    return first + "".join(each.capitalize() for each in others)
