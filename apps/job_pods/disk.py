"""What a role's pod reserves on its node's disk: as much by the core as the platform's own pods.

Nodes have so much disk by the core (components/aws_plans/disk_requests.py). A job that names its cores
and kept the template's request would fill a node's disk before its CPU, or leave most of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from .fields import CONTAINERS
from .quantities import amount
from .sizes import requested_cores

Json = dict[str, Any]

DISK: Final = "ephemeral-storage"

MOST: Final = "128Gi"
"""What a container may have at most (components/tenants/limits.py, DISK_LIMIT)."""

_MIB: Final = 1024**2


def with_disk(
    template: Json, platform: Json, role: str, conf: Mapping[str, str], defaults: Mapping[str, str]
) -> Json:
    """Have a pod reserve disk by its cores; a job that says itself how much keeps that.

    Args:
        template: the role's pod template, with the job's own parts over the platform's.
        platform: the platform's own template.
        role: "driver" or "executor".
        conf: properties that hold, defaults included.
        defaults: the platform's properties.
    """
    usual = _request(platform, role)
    own, theirs = _cores(conf, role), _cores(defaults, role)
    if usual is None or _request(template, role) != usual or not (own and theirs):
        return template
    limit = _container(template, role).get("resources", {}).get("limits", {}).get(DISK, MOST)
    # A sum of fractions may be a hair over a whole number.
    mib = ceil(round(amount(usual) / _MIB * own / theirs, 3))
    wanted = f"{mib}Mi" if mib * _MIB < amount(limit) else limit
    return {**template, "spec": {**template["spec"], "containers": _reserving(template, role, wanted)}}


def _reserving(template: Json, role: str, disk: str) -> list[Json]:
    changed = _container(template, role)
    resources = changed["resources"]
    requests = {**resources["requests"], DISK: disk}
    return [
        {**each, "resources": {**resources, "requests": requests}} if each is changed else each
        for each in template["spec"]["containers"]
    ]


def _container(template: Json, role: str) -> Json:
    found: list[Json] = [each for each in template["spec"]["containers"] if each["name"] == CONTAINERS[role]]
    return found[0]


def _request(template: Json, role: str) -> str | None:
    request = _container(template, role).get("resources", {}).get("requests", {}).get(DISK)
    return None if request is None else str(request)


def _cores(conf: Mapping[str, str], role: str) -> float:
    """What Spark reserves; 0 for what is no quantity, which the API server says of the pod."""
    try:
        return amount(requested_cores(conf, role))
    except ValueError:
        return 0.0
