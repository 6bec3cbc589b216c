"""Rules about pods, whatever makes them: sized, of a known image, without the node's rights. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.rules.model import UNKNOWN, Rule, at, is_true, items


def containers(pod: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All containers of a pod, each with its name.

    Args:
        pod: spec of the pod.
    """
    for key in ("initContainers", "containers"):
        for number, container in enumerate(items(pod, key)):
            if isinstance(container, Mapping):
                yield str(at(container, "name") or f"{key}[{number}]"), container


def _resources(pod: Any) -> Iterator[str]:
    for name, container in containers(pod):
        given = at(container, "resources")
        if given is UNKNOWN:
            continue
        # Kubernetes takes a limit for the request where there is none.
        missing = [
            f"requests.{key}"
            for key in ("cpu", "memory")
            if not at(given, "requests", key) and not at(given, "limits", key)
        ]
        if not at(given, "limits", "memory"):
            missing.append("limits.memory")
        if missing:
            yield f"container {name} lacks resources.{', resources.'.join(missing)}"


POD_RESOURCES: Final = Rule(
    id="pod-resources",
    reason="Without requests the scheduler packs blindly, and without a memory limit one pod takes its node "
    "down. A CPU limit is not asked for: it slows a pod on an idle node and protects nobody.",
    remedy="write requests for cpu and memory and a limit for memory",
    check=_resources,
)


def _images(pod: Any) -> Iterator[str]:
    for name, container in containers(pod):
        image = at(container, "image")
        if image is UNKNOWN:
            continue
        if not isinstance(image, str) or not image:
            yield f"container {name} has no image"
        elif fault := _moves(image):
            yield f"container {name}: {image} {fault}"


def _moves(image: str) -> str | None:
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if digest or (tag and tag != "latest"):
        return None
    return "is whatever was pushed last" if tag else "has no tag"


POD_IMAGES: Final = Rule(
    id="pod-image",
    reason="Nobody knows what such an image is tomorrow, and two nodes may run two versions of it.",
    remedy="write a tag that is never moved, or a digest",
    check=_images,
)


def _privileged(pod: Any) -> Iterator[str]:
    for name, container in containers(pod):
        value = at(container, "securityContext", "privileged")
        if value is not UNKNOWN and value is not None and is_true(value):
            yield f"container {name} is privileged"


POD_PRIVILEGED: Final = Rule(
    id="pod-privileged",
    reason="A privileged container is root on its node, and so has the secrets of every pod there.",
    remedy="remove securityContext.privileged, and add the single capability that is needed",
    check=_privileged,
)

POD_RULES: Final = (POD_RESOURCES, POD_IMAGES, POD_PRIVILEGED)
