"""What a tenant's volume claim may not name: a volume that lies ready for somebody else. Pure."""

from __future__ import annotations

from typing import Final

from components.records.rights import CORE
from components.tenants.admission_own import BY_TENANTS
from components.tenants.admission_policy import Check, Policy

CLAIMS: Final = Policy(
    subject="claims",
    kinds={CORE: ("persistentvolumeclaims",)},
    checks=(
        Check(
            f"request.operation != 'CREATE' || !({BY_TENANTS}) || ("
            "(!has(object.spec.volumeName) || object.spec.volumeName == '') && !has(object.spec.selector))",
            "'spec.volumeName and spec.selector must be left out: a claim gets a new volume of its class. "
            "Who runs the cluster makes claims of volumes that are there'",
            "a volume that is ready for another tenant, with what lies on it, could be taken",
        ),
    ),
)
"""The rule for claims."""
