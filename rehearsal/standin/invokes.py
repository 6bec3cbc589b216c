"""Answers to the functions that programs call: the account, zones, versions, what an adopted network has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from rehearsal.standin.behaviour import ACCOUNT
from rehearsal.standin.cloud import Cloud, Resource

Arguments = Mapping[str, Any]
Answer = dict[str, Any]


class UnknownFunctionError(LookupError):
    """The stand-in has no answer for a function."""


def answer(token: str, arguments: Arguments, *, region: str, cloud: Cloud) -> Answer:
    """Answer one function.

    Args:
        token: such as aws:index/getCallerIdentity:getCallerIdentity.
        arguments: what it was called with.
        region: the provider's region; an argument of that name wins.
        cloud: to look up what exists.

    Raises:
        UnknownFunctionError: nobody has written an answer yet.
    """
    name = token.rpartition(":")[2]
    module = token.split(":")[1].partition("/")[0]
    found = _ANSWERS.get(name if module == "index" else f"{module}.{name}")
    if found is None:
        raise UnknownFunctionError(
            f"the stand-in has no answer for {token}: write one into rehearsal/standin/invokes.py"
        )
    return found(arguments, str(arguments.get("region") or region), cloud)


def _identity(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/stand-in"
    return {"accountId": ACCOUNT, "arn": arn, "userId": "AROASTANDIN:stand-in", "id": ACCOUNT}


def _partition(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    china = region.startswith("cn-")
    partition, suffix = ("aws-cn", "amazonaws.com.cn") if china else ("aws", "amazonaws.com")
    return {
        "partition": partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
        "id": partition,
    }


def _region(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    return {
        "name": region,
        "region": region,
        "id": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
        "description": region,
    }


def _zones(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    letters = "abcdef" if region == "us-east-1" else "abc"
    names = [f"{region}{letter}" for letter in letters]
    short = "".join(part[0] for part in region.split("-")[:2]) + region[-1]
    return {
        "names": names,
        "zoneIds": [f"{short}-az{number}" for number, _ in enumerate(names, start=1)],
        "groupNames": [region],
        "id": region,
        "region": region,
    }


def _addon_version(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    return {
        "addonName": arguments["addonName"],
        "kubernetesVersion": arguments["kubernetesVersion"],
        "mostRecent": arguments.get("mostRecent", False),
        "version": f"v0.0.0-standin.{arguments['kubernetesVersion']}",
        "id": arguments["addonName"],
        "region": region,
    }


def _cluster_versions(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    supported = {"1.33": "EXTENDED", "1.34": "STANDARD", "1.35": "STANDARD", "1.36": "STANDARD"}
    return {
        "clusterVersions": [
            {"clusterVersion": version, "status": status, "versionStatus": f"{status}_SUPPORT"}
            for version, status in supported.items()
        ],
        "region": region,
    }


def _cluster_auth(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    return {"id": arguments["name"], "name": arguments["name"], "token": "stand-in", "region": region}


def _policy_document(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    document = {"Version": "2012-10-17", "Statement": arguments.get("statements", [])}
    return {**arguments, "id": "0", "json": json.dumps(document), "minifiedJson": json.dumps(document)}


def _parameter(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    name = arguments["name"]
    value = "ami-0123456789abcdef0" if "ami" in name or "image_id" in name else "stand-in"
    return {
        "name": name,
        "value": value,
        "insecureValue": value,
        "type": "String",
        "version": 1,
        "arn": f"arn:aws:ssm:{region}:{ACCOUNT}:parameter{name}",
        "id": name,
        "region": region,
    }


def _image(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    """An image that `images push` has put into a repository that exists; `Cloud.unpushed` has the others."""
    repository, tag = str(arguments["repositoryName"]), str(arguments.get("imageTag", "latest"))
    made = {each.id for each in cloud.of_type("aws:ecr/repository:Repository")}
    if repository not in made:
        raise UnknownFunctionError("reading ECR Images: couldn't find resource")
    if {tag, repository} & cloud.unpushed:
        raise UnknownFunctionError(
            "reading ECR Images: operation error ECR: DescribeImages, https response error StatusCode: 400, "
            f"ImageNotFoundException: The image with imageId {{imageDigest:'null', imageTag:'{tag}'}} does "
            f"not exist within the repository with name '{repository}' in the registry with id '{ACCOUNT}'"
        )
    digest = f"sha256:{hashlib.sha256(f'{repository}:{tag}'.encode()).hexdigest()}"
    return {**arguments, "imageDigest": digest, "imageTags": [tag], "id": digest, "region": region}


def _registry_token(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    host = f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com"
    return {
        "authorizationToken": "QVdTOnN0YW5kLWlu",
        "userName": "AWS",
        "password": "stand-in",
        "proxyEndpoint": f"https://{host}",
        "expiresAt": "2026-01-01T12:00:00Z",
        "id": region,
        "region": region,
    }


def _vpc(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    found = _existing(cloud, "aws:ec2/vpc:Vpc", arguments.get("id"), region)
    return {"region": region, **found.outputs, "id": found.id}


def _subnet(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    found = _existing(cloud, "aws:ec2/subnet:Subnet", arguments.get("id"), region)
    return {"region": region, **found.outputs, "id": found.id}


def _subnets(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    wanted = {
        value for part in arguments.get("filters", []) if part["name"] == "vpc-id" for value in part["values"]
    }
    ids = [s.id for s in cloud.of_type("aws:ec2/subnet:Subnet") if s.outputs.get("vpcId") in wanted]
    return {**arguments, "ids": ids, "id": region, "region": region}


def _prefix_list(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    name = arguments.get("name", f"com.amazonaws.{region}.s3")
    found = {"id": "pl-63a5400a", "name": name, "cidrBlocks": ["52.216.0.0/15"], "entries": []}
    return {**found, "region": region}


def _service_principal(arguments: Arguments, region: str, cloud: Cloud) -> Answer:
    name = f"{arguments['serviceName']}.amazonaws.com"
    return {**arguments, "name": name, "suffix": "amazonaws.com", "region": region, "id": name}


def _existing(cloud: Cloud, token: str, id_: object, region: str) -> Resource:
    """A resource that was there before the program, put into the cloud by the test."""
    found = cloud.find(token, str(id_), region)
    if found is None:
        raise UnknownFunctionError(
            f"there is no {token} {id_}; a test that adopts one puts it into the cloud first"
        )
    return found


_ANSWERS: Final[Mapping[str, Callable[[Arguments, str, Cloud], Answer]]] = {
    "getCallerIdentity": _identity,
    "getPartition": _partition,
    "getRegion": _region,
    "getAvailabilityZones": _zones,
    "getServicePrincipal": _service_principal,
    "eks.getAddonVersion": _addon_version,
    "eks.getClusterVersions": _cluster_versions,
    "eks.getClusterAuth": _cluster_auth,
    "iam.getPolicyDocument": _policy_document,
    "ssm.getParameter": _parameter,
    "ecr.getAuthorizationToken": _registry_token,
    "ecr.getImage": _image,
    "ec2.getVpc": _vpc,
    "ec2.getSubnet": _subnet,
    "ec2.getSubnets": _subnets,
    "ec2.getPrefixList": _prefix_list,
    "ec2.getManagedPrefixList": _prefix_list,
}
