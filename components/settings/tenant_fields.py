"""Types of single settings of a tenant: blocks of addresses that it reaches, folders of buckets."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated, Final

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from components.settings.address_blocks import as_block

LINK_LOCAL: Final = IPv4Network("169.254.0.0/16")
"""Where a cloud answers with the rights of the node (RFC 3927)."""

_PORT_MAX: Final = 65_535
_ADDRESS: Final = re.compile(r"[0-9./]+")
_NAME: Final = re.compile(r"[\w-]+(\.[\w-]+)*\.?(:[0-9]+)?")
_PREFIX: Final = re.compile(r"[\w!.'()=+@:, /-]{1,255}", re.ASCII)


def _check_reached(block: str) -> str:
    if _NAME.fullmatch(block) and not _ADDRESS.fullmatch(block):
        raise ValueError(
            "is a name; a NetworkPolicy knows addresses alone, and one that a name had once may be somebody "
            "else's tomorrow. Write the block of the subnets that it is in, such as 10.20.0.0/16"
        )
    network = as_block(block, example="10.20.0.0/16")
    if str(network) != block:
        raise ValueError(f"is not a block as Kubernetes takes it; write {network}, or the block around it")
    if network.prefixlen == 0:
        raise ValueError("is every address there is; write the blocks of what is to be reached")
    if network.overlaps(LINK_LOCAL):
        raise ValueError(
            f"holds addresses of {LINK_LOCAL}, where clouds give the node's rights; leave them out"
        )
    return block


def _check_prefix(prefix: str) -> str:
    if not _PREFIX.fullmatch(prefix) or {"", ".."} & set(prefix.split("/")):
        raise ValueError(
            "is not a folder of a bucket; write it without a slash at either end, and without * or ?, such "
            "as orders or sales/2026"
        )
    return prefix


Reached = Annotated[
    str,
    Strict(),
    AfterValidator(_check_reached),
    WithJsonSchema({"type": "string", "$comment": "block of IPv4 addresses, never a name", "minLength": 9}),
]
Port = Annotated[int, Strict(), Field(ge=1, le=_PORT_MAX)]
Prefix = Annotated[
    str,
    Strict(),
    AfterValidator(_check_prefix),
    WithJsonSchema({"type": "string", "$comment": "folder, no slash at either end", "minLength": 1}),
]
