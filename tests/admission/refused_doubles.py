"""Jobs that say a thing twice, or where nobody reads it: what would be lost without a word."""

from __future__ import annotations

from typing import Any

from tests.admission.jobs import (
    CLAIM,
    CONTAINERS,
    DYNAMIC,
    EPHEMERAL,
    RANGE,
    conf,
    going_on,
    sized,
    timed,
    wanting,
)

DOUBLES: dict[str, tuple[dict[str, Any], str]] = {
    "a prefix of names that no pod may have": (
        conf(kubernetes__executor__podNamePrefix="My_Exec"),
        "podNamePrefix must have up to 47 of a-z, 0-9 and inner -, not My_Exec",
    ),
    "a prefix of names that is too long": (
        conf(kubernetes__executor__podNamePrefix="e" * 48),
        "podNamePrefix must have up to 47",
    ),
    "an account in a template": (
        sized(executor={"template": {"spec": {**CONTAINERS, "serviceAccountName": "default"}}}),
        "the template must not have serviceAccountName: default. Write it into serviceAccount",
    ),
    "what a schedule does meanwhile, in small letters": (
        timed("@daily", concurrencyPolicy="forbid"),
        "spec.concurrencyPolicy must be Allow, Forbid or Replace",
    ),
    "a property without its beginning": (
        sized(sparkConf={"sql.shuffle.partitions": "10"}),
        "Spark reads no property whose name does not begin with spark.: sql.shuffle.partitions",
    ),
    "a property of Spark among Hadoop's": (
        sized(hadoopConf={"spark.eventLog.dir": "s3a://a"}),
        "Hadoop reads no property that begins with spark.: spark.eventLog.dir. Write it into sparkConf",
    ),
    "a factor of nothing": (sized(memoryOverheadFactor="0"), "must be a number such as 0.2, over 0, not 0"),
    "options of Java in a field and in a property": (
        sized(executor={"javaOptions": "-Da=1"}, sparkConf={"spark.executor.extraJavaOptions": "-Db=2"}),
        "says different things in a field and in its property in sparkConf: spec.executor.javaOptions and "
        "spark.executor.extraJavaOptions. The field would win",
    ),
    "a heap in a field, and another in a property": (
        sized(sparkConf={"spark.driver.memory": "2g"}),
        "spec.driver.memory and spark.driver.memory",
    ),
    "files in a field, and others in a property": (
        sized(deps={"jars": ["s3a://a/b.jar"]}, sparkConf={"spark.jars": "s3a://a/c.jar"}),
        "spec.deps.jars and spark.jars",
    ),
    "a range that is on and off": (
        sized(dynamicAllocation=RANGE, sparkConf={f"{DYNAMIC}enabled": "false"}),
        "spec.dynamicAllocation.enabled and spark.dynamicAllocation.enabled in sparkConf say different",
    ),
    "a range that is off and on": (
        sized(dynamicAllocation={"enabled": False}, sparkConf={f"{DYNAMIC}enabled": "true"}),
        "say different things. Remove one of the two",
    ),
    "a ceiling in a field, and another in a property": (
        sized(dynamicAllocation={**RANGE, "maxExecutors": 2}, sparkConf={f"{DYNAMIC}maxExecutors": "3"}),
        "spec.dynamicAllocation.maxExecutors and spark.dynamicAllocation.maxExecutors",
    ),
    "two volumes of one name": (
        sized(volumes=[{"name": "a", "emptyDir": {}}, {"name": "a", "configMap": {"name": "b"}}]),
        "names two volumes, or two containers of a pod, alike: a, a",
    ),
    "two sidecars of one name": (
        sized(driver={"sidecars": [wanting("limits", cpu="1m"), wanting("limits", cpu="2m")]}),
        "two containers of a pod, alike: side",
    ),
    "a sidecar and an init container of one name": (
        sized(driver={"sidecars": [wanting("limits", cpu="1m")], "initContainers": [going_on(cpu="1m")]}),
        "two containers of a pod, alike: side",
    ),
    "a sidecar with the name of Spark's container": (
        sized(driver={"sidecars": [{"name": "spark-kubernetes-driver", "image": "registry.example/a:1"}]}),
        "two containers of a pod, alike: spark-kubernetes-driver",
    ),
    "two containers of one name in a template": (
        sized(executor={"template": {"spec": {"containers": [{"name": "own"}, {"name": "own"}]}}}),
        "two containers of a pod, alike: own",
    ),
    "two volumes at one path": (
        sized(
            volumes=[{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}],
            executor={
                "volumeMounts": [{"name": "a", "mountPath": "/mnt"}, {"name": "b", "mountPath": "/mnt"}]
            },
        ),
        "two volumes would be mounted at one path: /mnt",
    ),
    "a volume and a ConfigMap at one path": (
        sized(
            volumes=[{"name": "a", "emptyDir": {}}],
            driver={
                "volumeMounts": [{"name": "a", "mountPath": "/mnt"}],
                "configMaps": [{"name": "c", "path": "/mnt"}],
            },
        ),
        "two volumes would be mounted at one path: /mnt",
    ),
    "a folder for shuffle files that nobody reads": (
        conf(local__dir="/data1"),
        "spark.local.dir and the variable SPARK_LOCAL_DIRS are not read: shuffle files lie in the scratch",
    ),
    "the same in the environment": (
        sized(executor={"env": [{"name": "SPARK_LOCAL_DIRS", "value": "/data1"}]}),
        "SPARK_LOCAL_DIRS are not read",
    ),
    "a claim for each executor without its size": (
        sized(sparkConf={CLAIM: "OnDemand", CLAIM.replace("claimName", "storageClass"): "standard"}),
        "a claim OnDemand is made of its options storageClass and sizeLimit, and one of them is missing",
    ),
    "a volume for shuffle files of a kind that the operator does not know": (
        sized(
            volumes=[{**EPHEMERAL, "name": "spark-local-dir-1"}],
            executor={"volumeMounts": [{"name": "spark-local-dir-1", "mountPath": "/a"}]},
        ),
        "spark-local-dir-1 is for shuffle files and must be an emptyDir or a persistentVolumeClaim",
    ),
}
