"""`python3 -m job_pods SPARK_CONF_DIR PRIORITY OPTION...`, with the options that spark-submit would get.

Writes the pod templates that the options name, and prints further options, each with a NUL behind it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from .api import Api, UnreachableError
from .disk import with_disk
from .fields import LOCAL_DIR
from .hadoop import hadoop_fault
from .job_label import job_label
from .own_words import words_fault
from .properties import ROLES, is_true, meant, of_release
from .scratch import buffers_fault, scratch_fault
from .sharing import shared_disk
from .spark_pod import replaces_in_labels, spark_pod
from .templates import template_of
from .trial import refusal

Json = dict[str, Any]

TEMPLATE: Final = "spark.kubernetes.{role}.podTemplateFile"

RELEASE_DEFAULTS: Final = "spark-defaults-{version}.conf"
"""Defaults of a release of Spark; of one that has no image there is no such file."""

IN_MEMORY: Final = "spark.kubernetes.local.dirs.tmpfs"

FLAG: Final = "--load-spark-defaults"
"""The only option without a value."""


class RefusedError(Exception):
    """The job can't run as it is written; the message says what to write instead."""


def main(conf_dir: Path, priority: str, options: Sequence[str]) -> dict[str, str]:
    """Write the templates, and return the properties to add.

    Args:
        conf_dir: folder of spark-defaults.conf and of the platform's templates.
        priority: PriorityClass of the namespace's pods.
        options: of spark-submit, in pairs, and the program.

    Raises:
        RefusedError: its pods would be refused, or Spark could not write in them.
        UnreachableError: the API server does not answer.
    """
    *pairs, program = options
    named, given = _read(pairs)
    own, namespace = given, given["spark.kubernetes.namespace"]
    api = Api(named["--master"])
    application = api.application(namespace, named["--name"])
    defaults = _defaults(conf_dir / "spark-defaults.conf")
    version = str(application["spec"].get("sparkVersion", ""))
    release = _defaults(conf_dir / RELEASE_DEFAULTS.format(version=version))
    said = words_fault(application) or hadoop_fault(api, application, given, {**defaults, **release})
    if said:
        raise RefusedError(said)
    others = of_release(release, defaults, given)
    given, defaults = {**given, **others}, {**defaults, **release}
    added = {**others, **meant(application, given, defaults, program), **job_label(application)}
    conf = {**defaults, **given, **added}
    pods: dict[str, Json] = {}
    for role in ROLES:
        platform: Json = json.loads((conf_dir / f"{role}-pod.yaml").read_text())
        merged = template_of(
            application,
            role,
            platform,
            priority,
            local_dirs=_local_dirs(given, role),
            in_memory=is_true(conf, IN_MEMORY, "false"),
        )
        made = with_disk(merged, platform, role, conf, defaults)
        if said := scratch_fault(platform["spec"], made["spec"], role):
            raise RefusedError(said)
        Path(given[TEMPLATE.format(role=role)]).write_text(json.dumps(made))
        pod = pods[role] = spark_pod(
            made,
            role,
            conf,
            python=program.endswith(".py"),
            ids_in_labels=replaces_in_labels(role, version, release, conf),
        )
        if said := buffers_fault(pod, role, own) or refusal(api, namespace, role, pod):
            raise RefusedError(said)
    return {**added, **shared_disk(pods, conf, given, defaults)}


def _read(pairs: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Options by name, and properties by name; of two of a name, the last one counts, as for Spark."""
    named: dict[str, str] = {}
    given: dict[str, str] = {}
    rest = iter(pairs)
    for name in rest:
        if name == FLAG:
            continue
        value = next(rest)
        if name == "--conf":
            key, _, text = value.partition("=")
            given[key] = text
        else:
            named[name] = value
    return named, given


def _defaults(path: Path) -> dict[str, str]:
    """The platform's properties that are looked at here: their names and values need no escapes."""
    lines = path.read_text().splitlines() if path.is_file() else []
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def _local_dirs(given: dict[str, str], role: str) -> list[str]:
    marker = f"spark.kubernetes.{role}.volumes."
    names = (key.removeprefix(marker).split(".") for key in given if key.startswith(marker))
    return sorted({parts[1] for parts in names if len(parts) > 1 and parts[1].startswith(LOCAL_DIR)})


if __name__ == "__main__":
    try:
        found = main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
    except (RefusedError, UnreachableError) as error:
        sys.exit(f"spark-submit: {error}")
    for key, value in found.items():
        sys.stdout.buffer.write(b"--conf\0" + os.fsencode(f"{key}={value}") + b"\0")
