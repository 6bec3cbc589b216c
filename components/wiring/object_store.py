"""From settings to whether a stack has an S3 server; the foundation `kubernetes` makes it."""

from __future__ import annotations

from components.settings import Settings
from components.settings.foundation import KubernetesFoundationSettings
from components.wiring.presence import Presence


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.foundation
    if not isinstance(chosen, KubernetesFoundationSettings):
        return None
    return Presence(volumes={"the object store": chosen.object_store.capacity})
