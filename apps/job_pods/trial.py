"""Asks the API server whether it would take a job's pods, before there is a driver that would ask for ever.

A driver whose executors are refused goes on asking and never ends. A dry run passes everything that a real
pod would: Pod Security, the LimitRange, the platform's policies, the account, the syntax of each label.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from .api import Api
from .quantities import amount

Json = dict[str, Any]

_FULL: Final = re.compile(
    r"exceeded quota: .*?requested: (?P<requested>.*), used: .*, limited: (?P<limited>.*)"
)
"""What the API server says when there is no room left (resourcequota/controller.go)."""


def refusal(api: Api, namespace: str, role: str, pod: Json) -> str | None:
    """Say why a role's pods would be refused; None if they would not be.

    That others use what is left of the quota is no reason: executors come later. Wanting more than all of it
    is one.

    Args:
        api: the API server.
        namespace: the job's namespace.
        role: "driver" or "executor".
        pod: the pod, as Spark would make it.
    """
    answer = api.call("POST", f"/api/v1/namespaces/{quote(namespace, safe='')}/pods?dryRun=All", pod)
    if answer.ok or _comes_later(answer.message):
        return None
    return f"the {role}'s pod would be refused: {answer.message}"


def _comes_later(message: str) -> bool:
    """Whether an empty namespace would have room."""
    found = _FULL.search(message)
    if found is None:
        return False
    limited = _amounts(found["limited"])
    return all(amount <= limited.get(name, amount) for name, amount in _amounts(found["requested"]).items())


def _amounts(text: str) -> dict[str, float]:
    """Quantities by name, from `pods=1,requests.cpu=250m`."""
    return {name: amount(quantity) for name, _, quantity in (each.partition("=") for each in text.split(","))}
