"""Spark properties that a definition means, and that the operator's options do not say.

The platform has defaults where Spark has others, and a default in a file beats Spark's own rules: a job that
names its cores would get the platform's CPU request, one that names its executors would get more of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .quantities import amount
from .sizes import overhead_share

Json = dict[str, Any]

ROLES: Final = ("driver", "executor")
IMAGE: Final = "spark.kubernetes.container.image"
DYNAMIC: Final = "spark.dynamicAllocation."

FLOORS: Final = (f"{DYNAMIC}minExecutors", f"{DYNAMIC}initialExecutors", "spark.executor.instances")
"""Spark begins with the greatest of them, which has to be no more than `maxExecutors`
(SchedulerBackendUtils.getInitialTargetExecutorNumber)."""

NON_JVM_FACTOR: Final = "0.4"
"""Spark's memory overhead factor of Python and R (NON_JVM_MEMORY_OVERHEAD_FACTOR, deploy.k8s.Config)."""

LEAST_OVERHEAD_MIB: Final = 512
"""The platform's least overhead (components.domain); Spark has a property for it from 4.0 on."""

OLD_FACTOR: Final = "spark.kubernetes.memoryOverheadFactor"
WAREHOUSE: Final = "spark.sql.warehouse.dir"
NAMESPACE: Final = "${spark.kubernetes.namespace}"
SUBMISSION: Final = "spark.kubernetes.driver.label.sparkoperator.k8s.io/submission-id"
MAGIC: Final = "spark.hadoop.fs.s3a.committer.magic.enabled"
PREFIX: Final = "spark.kubernetes.executor.podNamePrefix"
DELETE: Final = "spark.kubernetes.executor.deleteOnTermination"
METRICS: Final = "spark.metrics.conf.{instance}.sink.prometheusServlet.path"
NON_JVM: Final = (".py", ".R", ".r")


def meant(
    application: Json, given: Mapping[str, str], defaults: Mapping[str, str], program: str
) -> dict[str, str]:
    """Find the properties that are to be added.

    Args:
        application: the SparkApplication.
        given: properties that the operator's options have, the job's own among them.
        defaults: the platform's.
        program: the job's main file.
    """
    factors = dict(_factors(given, program))
    return dict(
        [
            *_cores(given, defaults),
            *factors.items(),
            *_least_overhead(application, {**defaults, **given, **factors}),
            *_executors(application, given, defaults),
            *_grace(application),
            *_places(application, given, defaults),
            *_dynamic_overwrite(given),
            *_names_again(given),
            *_metrics(given, defaults),
        ]
    )


def of_release(
    release: Mapping[str, str], defaults: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """Find the properties of a job that names a release: what differs from the platform's own, and the image.

    The image is named although the submission would read the same one by itself: by then another release may
    be the platform's, and the job would run that.

    Args:
        release: the platform's for that release; empty if there is no image of it.
        defaults: the platform's for its own, which the submission reads by itself.
        given: properties that the operator's options have: those win.
    """
    return {
        key: value
        for key, value in release.items()
        if key not in given and (key == IMAGE or value != defaults.get(key))
    }


def _cores(given: Mapping[str, str], defaults: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a job reserves: its cores; a default limit below that gives way, or its pods would be refused."""
    for role in ROLES:
        request, limit = (f"spark.kubernetes.{role}.{bound}.cores" for bound in ("request", "limit"))
        asked = given.get(request) or given.get(f"spark.{role}.cores")
        if asked and request not in given:
            yield request, asked
        lower = limit in defaults and limit not in given
        if asked and lower and amount(defaults[limit]) < amount(asked):
            yield limit, asked


def _factors(given: Mapping[str, str], program: str) -> Iterator[tuple[str, str]]:
    """The older property and Spark's own factor of Python give way to a default for each role."""
    factor = given.get(OLD_FACTOR) or (NON_JVM_FACTOR if program.endswith(NON_JVM) else None)
    for role in ROLES:
        key = f"spark.{role}.memoryOverheadFactor"
        if factor is not None and key not in given:
            yield key, factor


def _least_overhead(application: Json, conf: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Spark before 4.0 has 384 MiB as its least, and no property for it."""
    if not str(application["spec"].get("sparkVersion", "")).startswith("3."):
        return
    for role in ROLES:
        key = f"spark.{role}.memoryOverhead"
        if key not in conf and overhead_share(conf, role) < LEAST_OVERHEAD_MIB:
            yield key, f"{LEAST_OVERHEAD_MIB}m"


def _executors(
    application: Json, given: Mapping[str, str], defaults: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """How many executors: what is named is meant; with nothing named, the platform's default is dynamic."""
    if f"{DYNAMIC}enabled" not in given and _is_fixed(application["spec"], given):
        yield f"{DYNAMIC}enabled", "false"
    elif is_true(given, f"{DYNAMIC}enabled") and (most := f"{DYNAMIC}maxExecutors") not in given:
        wanted = max((int(given[key]) for key in FLOORS if given.get(key, "").isdecimal()), default=0)
        if wanted > int(defaults.get(most, wanted)):
            yield most, str(wanted)


def is_true(given: Mapping[str, str], key: str, default: str = "true") -> bool:
    """Say whether a property is true, as Spark reads it (ConfigHelpers.toBoolean).

    Args:
        given: properties.
        key: its name.
        default: its value if it is not there.
    """
    return given.get(key, default).strip().lower() == "true"


def _is_fixed(spec: Json, given: Mapping[str, str]) -> bool:
    """Whether a job has as many executors as it names, for its whole run."""
    section = spec.get("dynamicAllocation")
    if section is not None:
        return not section.get("enabled")
    named = any(key.startswith(DYNAMIC) for key in given)
    instances = (spec.get("executor") or {}).get("instances") or given.get("spark.executor.instances")
    return bool(instances) and not named


def _places(
    application: Json, given: Mapping[str, str], defaults: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Where tables lie: below the namespace, in a folder of this submission.

    Spark takes the text as it is: `${...}` in it means nothing (SharedState.resolveWarehousePath). Without a
    catalog a table is known to its run alone, and the next one could not make it where one lies already.
    """
    if WAREHOUSE in given or WAREHOUSE not in defaults:
        return
    base = defaults[WAREHOUSE].replace(NAMESPACE, given["spark.kubernetes.namespace"])
    submission = given.get(SUBMISSION, "")[:8]
    yield WAREHOUSE, "/".join(filter(None, (base, application["metadata"]["name"], submission)))


def _dynamic_overwrite(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The magic committer can't overwrite single partitions; such a job commits by renames.

    The platform's image does so by itself for each write (docker/spark/commit); a job may have another one.
    """
    mode = given.get("spark.sql.sources.partitionOverwriteMode", "")
    if mode.lower() == "dynamic" and MAGIC not in given:
        yield MAGIC, "false"


def _names_again(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Executors of a name that the next run has too go at the end, as by Spark's default.

    The platform keeps them as long as their driver, hours beyond the run.
    """
    if PREFIX in given and DELETE not in given:
        yield DELETE, "true"


def _metrics(given: Mapping[str, str], defaults: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A driver shows its metrics in one place alone, which is the one that Prometheus reads."""
    place = defaults.get(METRICS.format(instance="*"))
    said = given.get(METRICS.format(instance="driver"), given.get(METRICS.format(instance="*"), place))
    if place and said and said.rstrip("/") != place.rstrip("/"):
        yield METRICS.format(instance="driver"), place


def _grace(application: Json) -> Iterator[tuple[str, str]]:
    """From 4.1 on a property beats the executors' template."""
    given = application["spec"].get("executor") or {}
    own = ((given.get("template") or {}).get("spec") or {}).get("terminationGracePeriodSeconds")
    seconds = given.get("terminationGracePeriodSeconds", own)
    if seconds is not None:
        yield "spark.kubernetes.executor.terminationGracePeriodSeconds", f"{seconds}s"
