"""Applications that are written for the Spark operator already: they stay what they are. Pure.

What they do is theirs: program, arguments, sizes, retries. What names another platform is changed, and told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from components.naming import DRIVER_ACCOUNT, EXECUTOR_ACCOUNT
from components.releases import RELEASES
from components.versions import SPARK_LTS
from emr.model.job import Source
from emr.model.ledger import Finding, Ledger, Level
from emr.model.tree import Leaf, Node, below, leaf, leaves
from emr.translate import paths
from emr.translate.application import Application
from emr.translate.secrets import inside, masked, named


def write(source: Source, ledger: Ledger, *, namespace: str) -> Application:
    """The application as it is taken here.

    Args:
        source: the object.
        ledger: where the account is kept.
        namespace: where it will run.
    """
    tree = source.tree
    found = leaf(tree, "metadata", "name")
    name, at = (found.text, found.at) if found else ("application", "")
    ledger.use(*leaves(tree))
    made = _plain(tree)
    made["metadata"] = {**made.get("metadata", {}), "namespace": namespace}
    scheduled = isinstance(below(tree, "spec", "template"), dict)
    spec, node = made["spec"], below(tree, "spec")
    if scheduled:
        spec, node = spec["template"], below(tree, "spec", "template")
    findings = [*_settle(spec, node), *_secrets(tree)]
    for told in findings:
        ledger.note(replace(told, job=name, job_at=at))
    problems = tuple(sorted({told.code for told in findings if told.level is Level.BLOCKED}))
    return Application(
        job=name,
        at=at,
        name=name,
        manifest=None if problems else made,
        sizes={key: spec[key] for key in ("driver", "executor", "dynamicAllocation") if key in spec},
        problems=problems,
        on_failure="",
        buckets=(),
        s3=sum(len(paths.S3.findall(each.text)) for each in leaves(tree)),
        secrets={},
    )


def _plain(node: Node) -> Any:
    """Plain data, its paths of S3 as S3A's."""
    if isinstance(node, dict):
        return {key: _plain(part) for key, part in node.items()}
    if isinstance(node, list):
        return [_plain(part) for part in node]
    return paths.s3a(node.value) if isinstance(node.value, str) else node.value


def _settle(spec: dict[str, Any], node: Node | None) -> Iterator[Finding]:
    """Change what names another platform; gives what is to be told of it."""
    if (image := leaf(node, "image")) is not None:
        for key in ("image", "imagePullPolicy"):
            spec.pop(key, None)
        yield _told(
            image,
            Level.BY_HAND,
            "IMAGE",
            "the image of another platform: the release's own takes its place",
            "build what it adds on top of the release's image (docs/releases.md), and name it in spec.image",
        )
    version = leaf(node, "sparkVersion")
    if version is not None and version.text not in RELEASES:
        spec["sparkVersion"] = SPARK_LTS
        yield _told(
            version,
            Level.BY_HAND,
            "RELEASE",
            f"Spark {version.text} -> {SPARK_LTS}, the oldest release here",
            "compare its output in a parallel run; jars are compiled for Scala 2.12",
        )
    for role, account in (("driver", DRIVER_ACCOUNT), ("executor", EXECUTOR_ACCOUNT)):
        given = leaf(node, role, "serviceAccount")
        spec[role] = {**spec.get(role, {}), "serviceAccount": account}
        if given is not None and given.text != account:
            yield _told(
                given, Level.CHANGED, "ACCOUNT", f"the tenant's account for a {role} is {account}", ""
            )


def _secrets(node: Node) -> Iterator[Finding]:
    """Values that would be written once more in clear."""
    if isinstance(node, list):
        for part in node:
            yield from _secrets(part)
    if not isinstance(node, dict):
        return
    called = leaf(node, "name")
    for key, part in node.items():
        if not isinstance(part, Leaf):
            yield from _secrets(part)
        elif inside(part.text) or named(called.text if called and key == "value" else key, part.text):
            yield replace(
                _told(
                    part,
                    Level.BLOCKED,
                    "SECRET",
                    f"{key} is a secret in clear",
                    "put it into a Secret, and refer to that by envSecretKeyRefs",
                ),
                value="***",
            )


def _told(found: Leaf, level: Level, code: str, why: str, todo: str) -> Finding:
    return Finding(at=found.at, level=level, code=code, why=why, todo=todo, value=masked(found.text))
