"""The documents that a stack gives to AWS, from the reviewed files of its inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from components.aws_plans.account import Account
from components.buckets import Buckets
from components.domain import ObjectStorage
from tests.store.judge.policies import Document

GOLDEN: Final = Path(__file__).resolve().parents[2] / "golden" / "inputs"
ACCOUNT: Final = Account(id="444455556666", region="eu-central-1")
BUCKETS: Final = Buckets(
    data="acme-spark-prod-data", events="acme-spark-prod-events", artifacts="acme-spark-prod-artifacts"
)
KEY_ARN: Final = "arn:aws:made:::foundation-storage-key"
"""What stands for the key's ARN in the reviewed files."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role.

    Args:
        name: what it is called here, and its access key id.
        policies: its documents.
    """

    name: str
    policies: Sequence[Document]

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{ACCOUNT.id}:role/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket.

    Args:
        name: its name.
        policy: its policy; None for none.
        key_arn: key that its objects are encrypted with; None for S3's own.
        key_policy: that key's policy.
    """

    name: str
    policy: Document | None = None
    key_arn: str | None = None
    key_policy: Document | None = None


class _Loader(yaml.SafeLoader):
    """Reads the tags of the reviewed files."""


def _mapping(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


def _text(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    assert isinstance(node, yaml.ScalarNode)
    return loader.construct_scalar(node)


_Loader.add_constructor("!json", _mapping)
_Loader.add_constructor("!secret", _text)
_Loader.add_constructor("!file", _text)


@cache
def _inputs(stack: str, part: str) -> Mapping[str, Any]:
    text = (GOLDEN / stack / f"{part}.yaml").read_text()
    made: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with three tags more
    return {name: resource["inputs"] for name, resource in made.items()}


def roles(stack: str = "prod") -> dict[str, Role]:
    """Roles of tenants, history server and logs by what they are called in the stack, such as "data-prod",
    "data-prod-submit", "history".
    """
    found: dict[str, list[Document]] = {}
    for name, inputs in _inputs(stack, "foundation-identities").items():
        match = re.fullmatch(r"aws:iam/rolePolicy:RolePolicy foundation-identities-(.+?)-role-(\w+)", name)
        if match:
            found.setdefault(match[1], []).append(inputs["policy"])
    return {name: Role(name=name, policies=policies) for name, policies in found.items()}


def buckets(stack: str = "prod") -> dict[str, Bucket]:
    """Buckets with the policies that the stack gives to them and to their key."""
    inputs = _inputs(stack, "foundation-storage")
    key_policy = inputs["aws:kms/key:Key foundation-storage-key"]["policy"]
    return {
        name: Bucket(
            name=name,
            policy=inputs[f"aws:s3/bucketPolicy:BucketPolicy foundation-storage-{purpose}-tls"]["policy"],
            key_arn=KEY_ARN,
            key_policy=key_policy,
        )
        for purpose, name in (
            ("data", BUCKETS.data),
            ("events", BUCKETS.events),
            ("artifacts", BUCKETS.artifacts),
        )
    }


def storage_at(url: str) -> ObjectStorage:
    """Prod's object store, for programs that find it at an address of this machine.

    Args:
        url: the judge's.
    """
    return ObjectStorage(
        endpoint=url,
        region=ACCOUNT.region,
        path_style=True,
        data_bucket=BUCKETS.data,
        events_bucket=BUCKETS.events,
        artifacts_bucket=BUCKETS.artifacts,
        static_credentials=False,
    )
