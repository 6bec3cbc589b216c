"""From settings to those who run jobs."""

from __future__ import annotations

from components.domain import Tenant
from components.services.canary.plan import CANARY_TENANT
from components.settings import Settings


def job_tenants(settings: Settings) -> tuple[Tenant, ...]:
    """List all who run jobs: the tenants, and the canary, which counts as one.

    Args:
        settings: the stack's settings.
    """
    return (*settings.all_tenants, *([CANARY_TENANT] if settings.observability.canary.enabled else []))
