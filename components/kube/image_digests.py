"""Images by digest, where the program looks it up: what runs is what was pushed, whatever a tag says.

A digest is known once the image's repository exists, and in no preview before. So everything is first
written with the tag, which is made from the image's contents and known at once, and the digest replaces it in
what lands: a chart that is rendered from a value that is not known yet shows none of its objects in a
preview, and those that exist would seem to be deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import pulumi

Digests = Mapping[str, pulumi.Input[str]]
"""Reference by tag -> the same image by its digest."""

_Text = TypeVar("_Text")


def in_texts(
    images: Iterable[str], digests: Digests, render: Callable[[Mapping[str, str]], _Text]
) -> pulumi.Input[_Text]:
    """Render what names images, with those by their digest that have one; plain if none has.

    Args:
        images: references by tag that it names.
        digests: images that have one.
        render: makes what is wanted, given the reference by digest of each that has one.
    """
    known = sorted({image for image in images if image in digests})
    if not known:
        return render({})
    landing = pulumi.Output.all(*(digests[image] for image in known))
    return landing.apply(lambda found: render(dict(zip(known, found, strict=True))))


def in_pods(digests: Digests) -> list[pulumi.ResourceTransform] | None:
    """Make the option `transforms` of a chart: its workloads' containers get their images by digest.

    Args:
        digests: images that have one; with none there is nothing to transform.
    """
    if not digests:
        return None

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        properties: dict[str, Any] = dict(args.props)
        template = _mapping(_mapping(properties.get("spec")).get("template"))
        pod = _mapping(template.get("spec"))
        if not any(each.get("image") in digests for each in _containers(pod)):
            return None
        landing = {**template, "spec": _pinned(pod, digests)}
        properties["spec"] = {**properties["spec"], "template": landing}
        return pulumi.ResourceTransformResult(props=properties, opts=args.opts)

    return [transform]


_LISTS: Final = ("initContainers", "containers")


def _pinned(pod: Mapping[str, Any], digests: Digests) -> dict[str, Any]:
    def pin(container: Mapping[str, Any]) -> dict[str, Any]:
        image = str(container.get("image"))
        return {**container, "image": digests[image]} if image in digests else dict(container)

    return {**pod, **{key: [pin(each) for each in pod[key]] for key in _LISTS if pod.get(key)}}


def _containers(pod: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (each for key in _LISTS for each in pod.get(key) or [])


def _mapping(part: Any) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else {}
