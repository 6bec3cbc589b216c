"""What the object store's set-up job is given: its script, the wanted buckets, policies and markers.

Pure. The script itself is `setup.sh`, beside this module, so that shell tools and tests can
read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from components.buckets import Buckets, event_log_markers
from components.object_store.policies import PLATFORM_ACCOUNTS, bucket_policies, render_policy

SCRIPT: Final = "setup.sh"
"""Name of the script among the files."""

CONFIG_MAP_BYTES: Final = 2**20
"""Most that a ConfigMap may hold, in bytes (https://kubernetes.io/docs/concepts/configuration/configmap/)."""

_POLICY: Final = "policy-"
"""How the name of a policy's file begins."""

_SCRIPT_FILE: Final = Path(__file__).with_name("setup.sh")
_REVISION_LENGTH: Final = 10
"""Hexadecimal digits of a revision: 40 bits, plenty to tell the few revisions of one stack apart."""


def setup_accounts(tenants: Sequence[str]) -> tuple[str, ...]:
    """Access key ids that the store has to know, besides the administrator's.

    Args:
        tenants: the tenants' namespaces, in any order.
    """
    return (*PLATFORM_ACCOUNTS, *sorted(set(tenants)))


def setup_files(buckets: Buckets, tenants: Sequence[str]) -> dict[str, str]:
    """Files that the set-up script reads, and the script itself, by name.

    A bucket that nobody may use has no policy file: the store refuses a policy without statements.

    Args:
        buckets: the buckets' names.
        tenants: the tenants' namespaces, in any order.

    Raises:
        ValueError: see `bucket_policies`.
    """
    policies = bucket_policies(buckets, tenants)
    return {
        SCRIPT: _SCRIPT_FILE.read_text(encoding="utf-8"),
        "buckets": "".join(f"{name}\n" for name in buckets.names),
        # Spark's history server and drivers refuse to start when the event log directory does not exist.
        "markers": "".join(f"{buckets.events}/{key}\n" for key in event_log_markers(tenants)),
        **{
            f"{_POLICY}{name}.json": render_policy(policy)
            for name, policy in policies.items()
            if policy["Statement"]
        },
    }


def config_maps(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Share the files out to ConfigMaps, each policy into one of its own: together they may not fit.

    Of 500 tenants, the most that the settings take, with names as long as can be, the largest policy does.

    Args:
        files: what `setup_files` returned.

    Returns:
        For the end of each ConfigMap's name the files in it.

    Raises:
        ValueError: a ConfigMap would hold more than Kubernetes takes.
    """
    policies = sorted(name for name in files if name.startswith(_POLICY))
    parts = {"files": {name: text for name, text in files.items() if name not in policies}}
    parts |= {name.removesuffix(".json"): {name: files[name]} for name in policies}
    for part, held in parts.items():
        size = sum(len(name) + len(text.encode()) for name, text in held.items())
        if size > CONFIG_MAP_BYTES:
            raise ValueError(
                f"object store: {part} of all tenants takes {size} bytes, and a ConfigMap holds "
                f"{CONFIG_MAP_BYTES}; use fewer tenants, or a foundation with an S3 of its own"
            )
    return parts


def setup_revision(files: Mapping[str, str], identities: Sequence[str]) -> str:
    """Name a wanted state, so that a changed one gets a set-up run of its own.

    Args:
        files: what `setup_files` returned.
        identities: what else a run depends on: ids of the keys and of the volume. Never a secret itself.

    Returns:
        Ten hexadecimal digits, fit for a Kubernetes name.
    """
    digest = hashlib.sha256()
    for part in (*(text for item in sorted(files.items()) for text in item), *identities):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()[:_REVISION_LENGTH]
