"""Karpenter's pinned release itself: what it can call, and the newest Kubernetes that it knows."""

from __future__ import annotations

import re

import pytest

from components.aws_plans.addon_versions import KARPENTER, KARPENTER_KNOWS
from tests.unit.aws.test_iam_nodes import CALLS
from toolchain import golang
from toolchain.recipes import Dependency, SourceFile

pytestmark = pytest.mark.rehearsal

MODULE = Dependency("karpenter", "github.com/aws/karpenter-provider-aws")
SERVICES = {"EC2": "ec2", "IAM": "iam", "EKS": "eks", "Pricing": "pricing", "SSM": "ssm", "SQS": "sqs"}
ONLY_IN_ITS_TESTS = {"iam:GetRole", "sqs:SendMessage"}


def _source(path: str) -> str:
    return golang.source_file(SourceFile(MODULE, path)).read_text()


def test_the_module_is_the_release_that_stacks_install() -> None:
    assert golang.pinned_version(MODULE.module, MODULE.source) == f"v{KARPENTER}"


def test_the_calls_that_its_rights_are_held_against_are_those_of_its_interfaces() -> None:
    found = {
        f"{SERVICES[name]}:{call}"
        for name, body in re.findall(r"type (\w+)API interface \{(.*?)\n\}", _source("pkg/aws/sdk.go"), re.S)
        if name in SERVICES
        for call in re.findall(r"^\t(\w+)\(", body, re.M)
    }
    written = {f"{service}:{call}" for service, calls in CALLS.items() for call in calls.split()}
    assert found - ONLY_IN_ITS_TESTS == written


def test_the_newest_kubernetes_offered_is_the_newest_that_it_knows() -> None:
    (known,) = re.findall(r'MaxK8sVersion\s+= "(.*)"', _source("pkg/providers/version/version.go"))
    assert known == KARPENTER_KNOWS
