"""Asks the API server whether it would take a job's pods, before there is a driver that would ask for ever.

A driver whose executors are refused goes on asking and never ends. A dry run passes everything that a real
pod would: Pod Security, the LimitRange, the platform's policies, the schema.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from .api import Api

Json = dict[str, Any]

FULL: Final = "exceeded quota"
"""What the API server says when others use what is left: that passes, and the executors come later."""


def refusal(api: Api, namespace: str, role: str, template: Json, image: str) -> str | None:
    """Say why a role's pods would be refused; None if they would not be.

    Args:
        api: the API server.
        namespace: the job's namespace.
        role: "driver" or "executor".
        template: the pod template.
        image: the image of containers that name none.
    """
    spec = template["spec"]
    containers = [{"image": image, **each} for each in spec["containers"]]
    pod = {
        **template,
        "metadata": {
            **{key: value for key, value in template["metadata"].items() if key != "ownerReferences"},
            "generateName": f"{role}-",
        },
        "spec": {**spec, "restartPolicy": "Never", "containers": containers},
    }
    answer = api.call("POST", f"/api/v1/namespaces/{quote(namespace, safe='')}/pods?dryRun=All", pod)
    if answer.ok or FULL in answer.message:
        return None
    return f"the {role}'s pod would be refused: {answer.message}"
