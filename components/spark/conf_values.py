"""Every Spark property that the platform sets, with the reason for its value. Pure.

Keys are checked in tests against the registry inside Spark's own jars and against S3A's declared keys,
because Spark and Hadoop ignore a misspelt key without a word. What Spark does by default anyway is not
repeated, unless an older supported release, or a rule of the platform, depends on it.

Sources, short: [docs] Spark's configuration, Kubernetes and cloud guides; [registry] the defaults inside the
jars (tests/data/spark-config-keys-*.json); [source] Spark 4.1.2, the class named; [run] seen on a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from components.domain import ObjectStorage
from components.naming import (
    ACCESS_KEY,
    CONF_DIR,
    CREDENTIALS_SECRET,
    DRIVER_ACCOUNT,
    EXECUTOR_ACCOUNT,
    SECRET_KEY,
)
from components.spark.conf_java import java_settings
from components.spark.conf_memory import memory_settings
from components.spark.conf_metrics import metrics_settings
from components.spark.conf_places import place_settings
from components.spark.setting import Setting

DRIVER_TEMPLATE_FILE: Final = "driver-pod.yaml"
EXECUTOR_TEMPLATE_FILE: Final = "executor-pod.yaml"

SCRATCH_DIR: Final = "/var/data/spark-scratch"
"""Where driver and executor pods mount their scratch volume: shuffle files, spills and upload buffers."""

DRIVER_PORT: Final = 7078
"""Driver's RPC port; Spark's own choice on Kubernetes (k8s Constants.DEFAULT_DRIVER_PORT)."""

BLOCK_MANAGER_PORT: Final = 7079
"""Port of the block managers of driver and executors (k8s Constants.DEFAULT_BLOCKMANAGER_PORT)."""

UI_PORT: Final = 4040
"""Driver's web UI and native metrics (Spark's default; a pod holds one driver, so it is never taken)."""

JMX_PORT: Final = 8090
"""Metrics of a driver or executor with the JMX exporter (the operator's spec.monitoring)."""

DEFAULT_MAX_EXECUTORS: Final = 20
"""Executors that one job may hold unless it asks for another bound; Spark's default is 2147483647."""

_SPARK_4_0: Final = (4, 0)
"""The first with Hadoop 3.4, and so with the AWS SDK 2."""

_SPARK_4_1: Final = (4, 1)


def spark_settings(
    storage: ObjectStorage, *, spark_version: str, image: str, own_image: bool = False
) -> tuple[Setting, ...]:
    """List the platform's defaults for jobs, with their reasons.

    Args:
        storage: where data and event logs are.
        spark_version: release of Spark that the jobs run ("4.1.2"); newer keys are left out for older ones.
        image: reference of the image of drivers and executors.
        own_image: True if the platform did not build it: it has the Hadoop that Spark comes with.

    Raises:
        ValueError: the version is no release number, or is older than 3.5.
    """
    version = _version(spark_version)
    return (
        *_storage_settings(storage, sdk_2=not own_image or version >= _SPARK_4_0),
        *_job_storage_settings(storage),
        *place_settings(storage, own_image=own_image),
        *_committer_settings(version),
        *_event_log_settings(storage),
        *_engine_settings(),
        *java_settings(),
        *memory_settings(version),
        *_network_settings(),
        *_allocation_settings(),
        *_decommission_settings(version),
        *_pod_settings(image, version),
        *metrics_settings(),
        *_ui_settings(),
    )


def history_settings(storage: ObjectStorage) -> tuple[Setting, ...]:
    """List the history server's properties, with their reasons.

    Args:
        storage: where the event logs are.
    """
    return (*_storage_settings(storage, sdk_2=True), *_history_settings(storage))


def _version(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)\.(\d+)\.\d+", text)
    if not match:
        raise ValueError(f"Spark version {text!r}: write a release, such as 4.1.2")
    version = int(match[1]), int(match[2])
    if version < (3, 5):
        raise ValueError(f"Spark version {text}: 3.5 is the oldest that is supported; move the job to 3.5.8")
    return version


def _storage_settings(storage: ObjectStorage, *, sdk_2: bool) -> Iterable[Setting]:
    """How any Spark process reaches the object store, with the AWS SDK 2 or 1."""
    s3a = "spark.hadoop.fs.s3a."
    if storage.endpoint is not None:
        yield Setting(f"{s3a}endpoint", storage.endpoint, "the store is not AWS")
        if storage.endpoint.startswith("http://"):
            yield Setting(f"{s3a}connection.ssl.enabled", "false", "the endpoint speaks plain HTTP")
    if storage.path_style:
        yield Setting(f"{s3a}path.style.access", "true", "buckets have no host names of their own")
    yield Setting(
        f"{s3a}endpoint.region",
        storage.region,
        "without it S3A guesses from the endpoint or asks AWS: a request more, or an error",
    )
    if storage.static_credentials:
        yield Setting(
            f"{s3a}aws.credentials.provider",
            "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
            "Spark copies AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the environment into S3A's keys "
            "(SparkHadoopUtil [source]), so this works with both SDKs, and a missing Secret fails at once "
            "instead of searching a chain of other sources",
        )
    else:
        yield _pod_identity(f"{s3a}aws.credentials.provider", sdk_2=sdk_2)


def _pod_identity(key: str, *, sdk_2: bool) -> Setting:
    if not sdk_2:
        return Setting(
            key,
            "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
            "Spark 3.5 comes with Hadoop 3.3 and the AWS SDK 1, whose provider for containers S3A can't "
            "make; this one asks the pod's identity first, then the node's, which nodes refuse to pods",
        )
    return Setting(
        key,
        "software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider",
        "the pod's identity and nothing else, asked for again after a failure: no stray access key wins over "
        "it, and a failed fetch does not turn the process to the node's role for good, as S3A's own "
        "IAMInstanceCredentialsProvider does (Hadoop 3.4.2 [source])",
    )


def _job_storage_settings(storage: ObjectStorage) -> Iterable[Setting]:
    yield Setting(
        "spark.hadoop.fs.s3a.buffer.dir",
        f"{SCRATCH_DIR}/s3a",
        "S3A's default is below LOCAL_DIRS, which only YARN sets: uploads would spill into /tmp",
    )
    if storage.static_credentials:
        keys = (("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY))
        for role in ("driver", "executor"):
            for variable, key in keys:
                yield Setting(
                    f"spark.kubernetes.{role}.secretKeyRef.{variable}",
                    f"{CREDENTIALS_SECRET}:{key}",
                    "the tenant's own access key: a reference, never the secret itself",
                )


def _committer_settings(version: tuple[int, int]) -> Iterable[Setting]:
    """The magic committer, where it can be a default.

    From 4.1 Spark completes the rest itself when spark-hadoop-cloud is on the class path
    (SparkContext.enableMagicCommitterIfNeeded [source]). On 3.5 and 4.0 nothing is set: the commit protocol
    that it needs makes a dynamic partition overwrite append (SPARK-56588), so there a job asks for it itself.
    From 4.1 the image's own protocol commits such a write by renames (docker/spark/commit); with an image
    that has it not, Spark refuses the write, and the job sets
    spark.hadoop.fs.s3a.committer.magic.enabled=false.
    """
    if version >= _SPARK_4_1:
        yield Setting(
            "spark.hadoop.fs.s3a.committer.magic.enabled",
            "true",
            "S3 has no rename: to commit by one copies all output, and a task that runs twice spoils it",
        )


def _event_log_settings(storage: ObjectStorage) -> Iterable[Setting]:
    yield Setting("spark.eventLog.enabled", "true", "the history server shows only what has an event log")
    yield Setting(
        "spark.eventLog.dir",
        storage.job_event_log_dir,
        "each tenant's own, the only one that its key opens; the history server reads them all",
    )
    yield Setting(
        "spark.eventLog.rolling.enabled", "true", "false in 3.5; S3 shows an object only once it is closed"
    )
    yield Setting(
        "spark.eventLog.rolling.maxFileSize",
        "64m",
        "half of Spark's default: a running application shows up in the history server that much sooner",
    )
    yield Setting("spark.eventLog.compress", "true", "false in 3.5; events are text, and shrink well")


def _engine_settings() -> Iterable[Setting]:
    yield Setting(
        "spark.serializer",
        "org.apache.spark.serializer.KryoSerializer",
        "faster and smaller than Java's for RDDs and broadcasts; remote shuffle services require it [docs]",
    )
    yield Setting(
        "spark.locality.wait", "0s", "S3 is equally far from every node: 3 s of waiting gains nothing"
    )
    yield Setting(
        "spark.sql.session.timeZone", "UTC", "else timestamps depend on the time zone of the image that runs"
    )


def _network_settings() -> Iterable[Setting]:
    """Who may talk to a driver and its executors: those of the same application, in words that nobody reads.

    The driver makes a key at its start and hands it to its executors in their pods' environment
    (SecurityManager, BasicExecutorFeatureStep [source]). It is no property, so neither the event log nor a
    page shows it; whoever may read pods of the namespace may read it there.
    """
    yield Setting(
        "spark.authenticate",
        "true",
        "else whoever reaches a driver's port may register as its executor, and gets its code and data; not "
        "every cluster enforces network policies",
    )
    crypto = "spark.network.crypto."
    yield Setting(
        f"{crypto}enabled",
        "true",
        "else shuffle data and broadcasts go over the network in clear, and peers prove themselves by "
        "DIGEST-MD5",
    )
    yield Setting(f"{crypto}authEngineVersion", "2", "1 for peers before 3.5.2: it lacks HKDF (SPARK-47318)")
    yield Setting(f"{crypto}saslFallback", "false", "no peer needs DIGEST-MD5, and none shall ask for it")


def _allocation_settings() -> Iterable[Setting]:
    """Dynamic allocation: executors come and go with the work.

    Spark warns at a driver's start that shuffle tracking and decommissioning are both on, because executors
    with shuffle files are then released later. That is meant: blocks are moved when a node goes away, and are
    not moved about just because an executor is idle.
    """
    dynamic = "spark.dynamicAllocation."
    yield Setting(f"{dynamic}enabled", "true", "idle executors cost money and hold the tenant's quota")
    yield Setting(
        f"{dynamic}shuffleTracking.enabled",
        "true",
        "Kubernetes has no external shuffle service: an executor stays while its shuffle files are needed",
    )
    yield Setting(
        f"{dynamic}shuffleTracking.timeout",
        "30m",
        "Spark's default is for ever [registry]: one old shuffle would keep every executor",
    )
    yield Setting(
        f"{dynamic}cachedExecutorIdleTimeout", "30m", "for ever by default as well; the cache is recomputed"
    )
    yield Setting(
        f"{dynamic}maxExecutors",
        str(DEFAULT_MAX_EXECUTORS),
        "without a bound one job asks for its tenant's whole quota, pod by refused pod",
    )
    yield Setting(
        f"{dynamic}sustainedSchedulerBacklogTimeout",
        "5s",
        "about what an executor takes to start. By default a driver asks for 1, 2, 4, 8 more, one second "
        "after the other, and a job of seconds has executors that come when it has ended",
    )
    yield Setting(
        "spark.kubernetes.allocation.batch.delay",
        "5s",
        "1 s by default. A fixed number of executors is asked for at once, whatever it says, and so is the "
        "first of dynamic allocation; each further step, and one in the place of a lost one, waits for it "
        "(ExecutorPodsAllocator.setTotalExpectedExecutors [source]). Where a quota refuses one, each further "
        "try is a stack trace in the driver's log, an executor's number, and a call: with a full quota "
        "40 in 249 s, and 16 in 243 s by 15s, but jobs of a minute would wait too long for theirs [run]",
    )
    yield Setting(
        "spark.kubernetes.allocation.batch.size",
        "100",
        "executors asked for in one of these delays: as many a second as Spark 4.2 does (SPARK-50996)",
    )
    yield Setting(
        "spark.kubernetes.allocation.maxPendingPods",
        "200",
        "a full cluster must not be flooded with pods that wait: each costs the scheduler and the API server",
    )


def _decommission_settings(version: tuple[int, int]) -> Iterable[Setting]:
    yield Setting(
        "spark.decommission.enabled",
        "true",
        "an executor whose node goes away, or that is scaled down, stops taking tasks and moves its blocks",
    )
    yield Setting("spark.storage.decommission.enabled", "true", "the switch for moving blocks at all")
    yield Setting("spark.storage.decommission.rddBlocks.enabled", "true", "pinned: cached data moves too")
    yield Setting(
        "spark.storage.decommission.shuffleBlocks.enabled", "true", "pinned: else finished stages run again"
    )
    yield Setting(
        "spark.executor.decommission.forceKillTimeout",
        "10m",
        "unset by default: an executor that can't finish moving would stay for ever after a scale-down",
    )
    if version >= _SPARK_4_1:
        yield Setting(
            "spark.kubernetes.executor.terminationGracePeriodSeconds",
            "120s",
            "a spot node gives two minutes' notice; Spark's 30 s (new in 4.1) would beat the pod template",
        )


def _pod_settings(image: str, version: tuple[int, int]) -> Iterable[Setting]:
    yield Setting("spark.kubernetes.container.image", image, "the platform's image of this Spark release")
    yield Setting("spark.kubernetes.authenticate.driver.serviceAccountName", DRIVER_ACCOUNT, "least rights")
    yield Setting(
        "spark.kubernetes.authenticate.executor.serviceAccountName",
        EXECUTOR_ACCOUNT,
        "an executor needs no rights; unset, it gets the driver's",
    )
    yield Setting(
        "spark.kubernetes.driver.podTemplateFile",
        f"{CONF_DIR}/{DRIVER_TEMPLATE_FILE}",
        "security context, scratch volumes and grace period have no properties of their own",
    )
    yield Setting(
        "spark.kubernetes.executor.podTemplateFile",
        f"{CONF_DIR}/{EXECUTOR_TEMPLATE_FILE}",
        "as for the driver",
    )
    yield Setting(
        "spark.kubernetes.executor.deleteOnTermination",
        "false",
        "why an executor died stands on its pod alone, and Spark deletes it at once: no scrape ever sees a "
        "kill for memory (ExecutorPodsLifecycleManager [source]). A finished pod takes no cores, memory or "
        "pods of a quota, and goes with its driver's; a job with thousands of executors sets true",
    )
    yield Setting("spark.driver.port", str(DRIVER_PORT), "pinned: network policies name it")
    yield Setting(
        "spark.blockManager.port",
        str(BLOCK_MANAGER_PORT),
        "random in executors by default, which no network policy can name; each pod has its own address",
    )
    if version >= _SPARK_4_1:
        key = "spark.kubernetes.driver.annotateExitException"
        yield Setting(key, "true", "new in 4.1, off by default: what ended a driver's JVM stays on its pod")


def _ui_settings() -> Iterable[Setting]:
    yield Setting(
        "spark.ui.killEnabled",
        "false",
        "a job's page has no login, and a GET of a link kills a stage: whoever gets a reader of pages, or "
        "Prometheus, to follow a link could end another tenant's job. `kubectl delete` ends one's own",
    )


def _history_settings(storage: ObjectStorage) -> Iterable[Setting]:
    fs = "spark.history.fs."
    yield Setting(
        f"{fs}logDirectory", storage.event_log_dir, "below it, each tenant's jobs write their event logs"
    )
    yield Setting(
        f"{fs}update.interval",
        "30s",
        "each scan lists the whole prefix, which AWS bills: a third of the default's requests. A link to an "
        "application opens before that: 4.1 loads a rolling log on demand (SPARK-52914)",
    )
    yield Setting(
        f"{fs}update.batchSize", "1000", "unlimited by default: a first scan shows nothing until its end"
    )
    yield Setting(
        f"{fs}numReplayThreads", "4", "a quarter of the cores by default: 1 in a small pod, and replay waits"
    )
    yield Setting(
        "spark.ui.retainedDeadExecutors",
        "2000",
        "100 by default: of a run with more, those that went first would cost nothing. Some 2 KB each",
    )
    yield Setting(f"{fs}cleaner.enabled", "true", "event logs grow without bound otherwise")
    yield Setting(f"{fs}cleaner.interval", "12h", "twice a day: one more listing, and no day without it")
    yield Setting(f"{fs}cleaner.maxAge", "30d", "a month of runs to compare with; Spark keeps a week")
