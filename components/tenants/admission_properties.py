"""Values of Spark's most used properties that no driver could read: refused when the job is created. Pure.

A driver ends over them at its start, or at its first query. These are the ones that most jobs choose among.
All that Spark knows, and names a letter off, are looked at at the submission (apps/job_pods/own_words.py): no
rule of the API server can compare names letter by letter, and the values of all 1,046 that are no text are 60
kilobytes of every stack's state, for what the submission says a second later. They would take no longer: of a
job with 40 properties all rules took 7.0 ms with all of them, and 7.4 ms with these. Memory, overhead and
numbers of executors have rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_lowercase
from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.spark.known_properties import OVER, Kind, kind_of
from components.tenants.admission_policy import CONF, JOB, Check, Policy, quoted

_SQL: Final = (
    *("adaptive.enabled", "adaptive.advisoryPartitionSizeInBytes", "adaptive.autoBroadcastJoinThreshold"),
    *("adaptive.coalescePartitions.enabled", "adaptive.coalescePartitions.initialPartitionNum"),
    *("adaptive.coalescePartitions.minPartitionSize", "adaptive.coalescePartitions.parallelismFirst"),
    *("adaptive.localShuffleReader.enabled", "adaptive.skewJoin.enabled"),
    *("adaptive.skewJoin.skewedPartitionFactor", "adaptive.skewJoin.skewedPartitionThresholdInBytes"),
    *("ansi.enabled", "autoBroadcastJoinThreshold", "broadcastTimeout", "caseSensitive", "cbo.enabled"),
    *("execution.arrow.maxRecordsPerBatch", "execution.arrow.pyspark.enabled"),
    *("files.ignoreCorruptFiles", "files.ignoreMissingFiles", "files.maxPartitionBytes"),
    *("files.maxRecordsPerFile", "files.openCostInBytes"),
    *("join.preferSortMergeJoin", "optimizer.dynamicPartitionPruning.enabled"),
    *("parquet.enableVectorizedReader", "parquet.filterPushdown", "parquet.mergeSchema"),
    *("parquet.writeLegacyFormat", "shuffle.partitions"),
    *("sources.parallelPartitionDiscovery.threshold", "sources.partitionColumnTypeInference.enabled"),
)
_OTHERS: Final = (
    *("broadcast.blockSize", "broadcast.compress", "decommission.enabled", "default.parallelism"),
    *("driver.cores", "driver.maxResultSize", "driver.memoryOverheadFactor"),
    *("dynamicAllocation.cachedExecutorIdleTimeout", "dynamicAllocation.enabled"),
    *("dynamicAllocation.executorAllocationRatio", "dynamicAllocation.executorIdleTimeout"),
    *("dynamicAllocation.schedulerBacklogTimeout", "dynamicAllocation.shuffleTracking.enabled"),
    *("dynamicAllocation.shuffleTracking.timeout", "dynamicAllocation.sustainedSchedulerBacklogTimeout"),
    *("executor.cores", "executor.heartbeatInterval", "executor.memoryOverheadFactor"),
    *("executor.pyspark.memory", "kryoserializer.buffer", "kryoserializer.buffer.max"),
    *("kubernetes.allocation.batch.delay", "kubernetes.allocation.batch.size", "locality.wait"),
    *("memory.fraction", "memory.offHeap.enabled", "memory.offHeap.size", "memory.storageFraction"),
    *("network.timeout", "python.worker.reuse", "rdd.compress", "reducer.maxSizeInFlight"),
    *("shuffle.compress", "shuffle.file.buffer", "shuffle.spill.compress", "speculation"),
    *("speculation.interval", "speculation.multiplier", "speculation.quantile"),
    *("storage.decommission.enabled", "task.cpus", "task.maxFailures"),
)
COMMON: Final = (*(f"spark.sql.{each}" for each in _SQL), *(f"spark.{each}" for each in _OTHERS))
"""The properties, of which each release reads the same values."""


def _by_kind() -> dict[Kind, list[str]]:
    found: dict[Kind, list[str]] = {}
    for key in COMMON:
        found.setdefault(kind_of(key), []).append(key)
    return found


def _wrong(kind: Kind, keys: list[str]) -> str:
    """Properties of a kind that have another value, as a list in CEL; what Spark fills in first has any."""
    value = "variables.conf[key]"
    number = f"double({value}.trim())"
    bounds = [
        *([f"{number} > 0.0"] if kind.least == OVER else []),
        *([f"{number} >= {float(kind.least)}"] if kind.least.isdecimal() else []),
        *([f"{number} <= {float(kind.most):.1f}"] if kind.most else []),
    ]
    fine = " && ".join((f"{value}.matches(r'^({kind.pattern})$')", *bounds))
    return f"variables.conf.filter(key, key in {quoted(keys)} && !{value}.contains('${{') && !({fine}))"


def _checks() -> Iterator[tuple[str, str, Check]]:
    for at, (kind, keys) in enumerate(sorted(_by_kind().items())):
        name = f"wrong{ascii_lowercase[at]}"
        yield (
            name,
            _wrong(kind, keys),
            Check(
                f"variables.{name}.size() == 0",
                f"'spec.sparkConf: ' + variables.{name}.map(key, key + ' is ' + variables.conf[key])"
                f".join('; ') + '. Spark reads none such there: it {kind.within_most}. Correct or remove it'",
                "the driver ends at its start, or at the first query",
            ),
        )


PROPERTIES: Final = Policy(
    subject="properties",
    kinds={SPARK_GROUP: JOBS},
    of_spec=True,
    variables={"job": JOB, "conf": CONF, **{name: text for name, text, _ in _checks()}},
    checks=tuple(check for _, _, check in _checks()),
)
"""The rules for values of Spark's most used properties."""
