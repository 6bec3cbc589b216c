"""What a job's image has: the release of Spark that it names, and what its properties name. Pure.

`sparkVersion` is a required field that the operator itself does not read. Here a job that names no image gets
the one of that release (apps/job_pods), so a version without one would silently run as another. None has R,
nor what many definitions from elsewhere name: classes of EMR or of the AWS SDK 1, options of Java 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.spark.conf import IMAGE_PROPERTY
from components.spark.pod_templates import DRIVER_CONTAINER, EXECUTOR_CONTAINER
from components.spark.shared_properties import EMR_CLASS, EMR_KEY, JARS, JAVA_OPTIONS, OLD_JAVA
from components.tenants import admission_credentials
from components.tenants.admission_credentials import PROVIDER, of_both
from components.tenants.admission_policy import CONF, HADOOP, JOB, Check, Policy, quoted

_IMAGES: Final = (
    "variables.job.?image.orValue('')",
    "variables.job.?driver.?image.orValue('')",
    "variables.job.?executor.?image.orValue('')",
    *(
        f"'{key}' in variables.conf ? variables.conf['{key}'] : ''"
        for key in (
            IMAGE_PROPERTY,
            "spark.kubernetes.driver.container.image",
            "spark.kubernetes.executor.container.image",
        )
    ),
)

CLASS_PATHS: Final = ("spark.driver.extraClassPath", "spark.executor.extraClassPath")

_OF_EMR: Final = "^(/usr/(lib|share)/|/docker/usr/|/home/hadoop/|$)"
"""Places of EMR's images on a class path: in the platform's they are empty."""

_PROGRAMS_OF_EMR: Final = "^local:///usr/lib/spark/"


HOMES: Final = {"JAVA_HOME": "/opt/java", "SPARK_HOME": "/opt/spark"}
"""Variables that the platform's images have, with where Java and Spark are (docker/spark/Dockerfile)."""


def _homes() -> str:
    """What a job writes in the place of these variables, as `name: value`, as a list in CEL."""
    right = " && ".join(f"!(each.name == '{key}' && each.value == '{value}')" for key, value in HOMES.items())
    named = f"each.name in {quoted(tuple(HOMES))} && has(each.value) && {right}"
    found = []
    for role, container in (("driver", DRIVER_CONTAINER), ("executor", EXECUTOR_CONTAINER)):
        own = f"variables.job.?{role}"
        inside = f"{own}.?template.?spec.?containers.orValue([])"
        # The one of Spark's name becomes Spark's, or the first.
        sparks = (
            f"{inside}.filter(one, one.name == '{container}' || (one.name == {inside}[0].name && "
            f"!{inside}.exists(other, other.name == '{container}')))"
        )
        found += [
            f"{own}.?env.orValue([]).filter(each, {named}).map(each, each.name + ': ' + each.value)",
            f"{sparks}.map(one, one.?env.orValue([]).filter(each, {named})"
            ".map(each, each.name + ': ' + each.value)).filter(each, each.size() > 0)"
            ".map(each, each.join(', '))",
        ]
    wrong = " || ".join(
        f"(key.endsWith('.{key}') && variables.conf[key] != '{value}')" for key, value in HOMES.items()
    )
    found.append(
        "variables.conf.filter(key, key.matches('^spark[.](kubernetes[.]driver|executor)Env[.]') && "
        f"({wrong})).map(key, key + ': ' + variables.conf[key])"
    )
    return " + ".join(found)


def _variables(images: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    options = [f"variables.job.?{role}.?javaOptions.orValue('')" for role in ("driver", "executor")]
    return {
        "job": JOB,
        "conf": CONF,
        "hadoop": HADOOP,
        "brought": (
            "has(variables.job.image) && variables.job.image != '' || "
            "has(variables.job.driver.image) && has(variables.job.executor.image) || "
            f"'{IMAGE_PROPERTY}' in variables.conf"
        ),
        "images": f"[{', '.join(_IMAGES)}].filter(each, each != '')",
        "built": (
            f"variables.images.size() == 0 ? variables.job.sparkVersion in {quoted(tuple(images))} : "
            # Written with its digest, it is the same one.
            f"variables.images.all(each, each.split('@')[0] in {quoted(tuple(images.values()))})"
        ),
        # Whether all classes of the job are known: those of the platform's images.
        "ours": (
            "false"
            if any(key in defaults for key in JARS)
            else "variables.built && variables.job.?deps.?jars.orValue([]).size() == 0 && "
            f"!('spark.jars' in variables.conf) && {quoted(CLASS_PATHS)}.all(key, "
            "!(key in variables.conf) || variables.conf[key].split(':')"
            f".all(each, each.trim().matches('{_OF_EMR}')))"
        ),
        "emr": of_both(f"!{{key}}.matches(r'^{EMR_KEY}') && {{value}}.matches(r'{EMR_CLASS}')"),
        "options": (
            f"([{', '.join(options)}] + variables.conf.filter(key, key.matches(r'^{JAVA_OPTIONS}$'))"
            ".map(key, variables.conf[key])).filter(each, !each.contains('+IgnoreUnrecognizedVMOptions'))"
            f".map(each, each.split(' ')).map(each, each.filter(word, word.matches(r'{OLD_JAVA}')))"
            ".filter(each, each.size() > 0).map(each, each.join(' '))"
        ),
        "homes": _homes(),
        **admission_credentials.variables(defaults.get(f"spark.hadoop.{PROVIDER}", "")),
    }


def releases_policy(
    versions: Sequence[str], images: Mapping[str, str], defaults: Mapping[str, str]
) -> Policy:
    """Make the policy.

    Args:
        versions: releases that there is an image of.
        images: references of the images that the platform built, by release, and by other names.
        defaults: properties of a job that says nothing.
    """
    return Policy(
        subject="releases",
        kinds={SPARK_GROUP: JOBS},
        of_spec=True,
        variables=_variables(images, defaults),
        checks=(
            Check(
                f"variables.brought || variables.job.sparkVersion in {quoted(versions)}",
                "'spec.sparkVersion ' + variables.job.sparkVersion + ' has no image here: the releases are "
                f"{', '.join(versions)}. Write one of them, or name an image that has it in spec.image'",
                "the job would run with another release than it names",
            ),
            Check(
                "variables.brought || !has(variables.job.mainApplicationFile) || "
                "!variables.job.mainApplicationFile.matches('[.][rR]$')",
                "'spec.mainApplicationFile ' + variables.job.mainApplicationFile + ' is a program of R, "
                "which the platform\\'s own images do not have. Name one that has it in spec.image, also if "
                "it is the stack\\'s spark.image'",
                "the driver ends at its start",
            ),
            Check(
                "!variables.built || !has(variables.job.mainApplicationFile) || "
                f"!variables.job.mainApplicationFile.matches('{_PROGRAMS_OF_EMR}')",
                "'spec.mainApplicationFile ' + variables.job.mainApplicationFile + ' is a place of EMR\\'s "
                "images; the platform\\'s have Spark in /opt/spark. Write local:///opt/spark/...'",
                "the driver ends at its start",
            ),
            Check(
                "!variables.built || variables.homes.size() == 0",
                "'spec can not have ' + variables.homes.join(', ') + ': the platform\\'s images have Java in "
                f"{HOMES['JAVA_HOME']} and Spark in {HOMES['SPARK_HOME']}, and say so themselves. Remove it'",
                "the driver ends at its start, or each executor does",
            ),
            admission_credentials.OLD,
            admission_credentials.barren(defaults.get(f"spark.hadoop.{PROVIDER}", "")),
            Check(
                "!variables.ours || variables.emr.size() == 0",
                "'spec can not have ' + variables.emr.join(', ') + ': that is a class of EMR, and the "
                "platform\\'s images have none. Remove it, or bring it: its jar in spec.deps.jars, or an "
                "image in spec.image'",
                "the job would end where it needs the class, as at its first write",
            ),
            Check(
                "!variables.built || variables.options.size() == 0",
                "'spec: Java 17 does not know ' + variables.options.join(' ') + ' of javaOptions or "
                "sparkConf, and would not start. Remove it: -Xlog:gc* is what the garbage collector says, "
                "with times'",
                "the driver ends at its start, or each executor does",
            ),
        ),
    )
