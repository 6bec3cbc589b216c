"""Jobs that could not run as they are written, and what the answer says."""

from __future__ import annotations

from typing import Any

from tests.admission.jobs import (
    CLAIMED,
    CONTAINERS,
    DRIVER,
    DYNAMIC,
    EPHEMERAL,
    HOOK,
    LARGE,
    MOUNT,
    OWN_VOLUME,
    RANGE,
    RETRIED,
    again,
    conf,
    going_on,
    named,
    shown,
    sized,
    timed,
    wanting,
)
from tests.walls.attack import job, schedule

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a name that begins with a digit": (
        named(sized(), "2026-orders"),
        "begin with a letter and have only a-z, 0-9 and -, not 2026-orders: the Service of the job's page "
        "gets it. Write job-2026-orders",
    ),
    "a name with a dot": (named(sized(), "orders.v2"), "Write job-orders-v2"),
    "a name of 64 characters": (named(sized(), "a" * 64), "must have 63 characters or fewer, not 64"),
    "a schedule whose name begins with a digit": (named(timed("@daily"), "1a"), "begin with a letter"),
    "a minute that no hour has": (timed("60 * * * *"), "has a field that can not be: 60 * * * *"),
    "an eighth day of the week": (timed("0 5 * * 7"), "weekday 0-6 (Sunday is 0)"),
    "a step of nothing": (timed("*/0 * * * *"), "has a field that can not be"),
    "an abbreviated zone": (timed("@daily", timeZone="CET"), "such as Europe/Berlin, not CET"),
    "a zone that is nowhere": (timed("@daily", timeZone="Europe/Atlantis"), "Europe/Atlantis"),
    "the node's network": (sized(driver={"hostNetwork": True}), "hostNetwork can not be used"),
    "a limit apart from the request": (sized(executor={"memoryLimit": "2g"}), "Write memoryOverhead"),
    "a batch scheduler": (sized(batchScheduler="volcano"), "there is no batch scheduler here"),
    "another scheduler": (sized(executor={"schedulerName": "yunikorn"}), "must be default-scheduler"),
    "a folder of configuration": (sized(sparkConfigMap="conf"), "Write properties into spec.sparkConf"),
    "retries that nobody reads": (sized(failureRetries=3), "Write restartPolicy: type: OnFailure"),
    "Python 2": (sized(pythonVersion="2"), "spec.pythonVersion must be 3"),
    "another priority": (
        sized(executor={"priorityClassName": "spark-high"}),
        "must be spark-normal, the class of this namespace",
    ),
    "no event log": (
        sized(sparkConf={"spark.eventLog.enabled": "false"}),
        "must not switch spark.eventLog.enabled off",
    ),
    "a heap in Kubernetes' units": (
        sized(driver={"memory": "512Mi"}),
        "such as 512m or 4g, not 512Mi. Write m for Mi and g for Gi",
    ),
    "an overhead in words": (sized(executor={"memoryOverhead": "much"}), "such as 512m or 4g, not much"),
    "a factor in percent": (
        sized(memoryOverheadFactor="40%"),
        "must be a number such as 0.2, over 0, not 40%",
    ),
    "a request that is no quantity": (
        sized(executor={"coreRequest": "half"}),
        "must be a quantity of CPU such as 500m or 2, not 250m and half",
    ),
    "a range of hours over midnight": (
        timed("0 22-6 * * *"),
        "has a range that goes backwards: 22-6. Write two, such as 22-23,0-6 for 22-6",
    ),
    "a range of days over the weekend": (timed("0 9 * * fri-mon"), "goes backwards: fri-mon"),
    "a range of minutes over the hour": (timed("50-10/5,1-2 * * * *"), "goes backwards: 50-10."),
    "a range of months over the new year": (timed("0 9 1 nov-2 *"), "goes backwards: nov-2"),
    "a step that no number is": (timed("*/99999999999999999999 * * * *"), "has a field that can not be"),
    "the thirtieth of February": (timed("0 0 30 2 *"), "names a day that its months do not have: 0 0 30 2 *"),
    "the thirty-first of short months": (
        timed("0 0 31 Feb,4,06 ?"),
        "names a day that its months do not have",
    ),
    "one driver for all runs": (
        schedule("@daily", template=sized(driver={"podName": "mine"})["spec"]),
        "spec.template.driver.podName can not be used in a schedule",
    ),
    "retries without a type": (
        again(**RETRIED),
        "onFailureRetries and onSubmissionFailureRetries need type: OnFailure beside them",
    ),
    "retries of a job that is never tried again": (again(type="Never", **RETRIED), "need type: OnFailure"),
    "retries of the submission without a type": (
        again(onSubmissionFailureRetries=3, onSubmissionFailureRetryInterval=10),
        "need type: OnFailure",
    ),
    "no number of retries": (
        again(type="OnFailure", onFailureRetryInterval=10),
        "type OnFailure needs onFailureRetries: how often a failed job is tried again, 0 to 1000",
    ),
    "port 0 for the page": (shown(servicePort=0), "must be a port, 1 to 65535, not 0. Remove it"),
    "port 70000 for the page": (shown(servicePort=70000), "must be a port, 1 to 65535, not 70000"),
    "any port for the page": (conf(ui__port="0"), "spark.ui.port must be 4040, not 0"),
    "another port for the page": (
        conf(ui__port="4045"),
        "must be 4040, not 4045: network policies and metrics know no other, and each driver has an address",
    ),
    "a port with a name of two words": (
        shown(servicePortName="Spark UI"),
        "servicePortName must have only a-z, 0-9 and -, not Spark UI",
    ),
    "a label of two words": (shown(serviceLabels={"a": "b c"}), "63 characters or fewer), not a: b c"),
    "a label by which Spark knows its own pods": (
        sized(executor={"labels": {"spark-role": "driver"}}),
        "labels must not be spark-role: Spark and its operator find the pods by them",
    ),
    "a label by which the operator finds a driver, in a property": (
        sized(sparkConf={"spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name": "other"}),
        "labels must not be spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name",
    ),
    "a label of the operator in a template": (
        sized(
            driver={
                "template": {
                    "metadata": {"labels": {"sparkoperator.k8s.io/app-name": "x"}},
                    "spec": CONTAINERS,
                }
            }
        ),
        "labels must not be sparkoperator.k8s.io/app-name",
    ),
    "a label without a name": (
        sized(driver={"serviceLabels": {"a/": "b"}}),
        "a label has letters, digits, -, _ and . (63 characters or fewer), not a/: b",
    ),
    "a scheduler in a property": (
        conf(kubernetes__scheduler__name="volcano"),
        "must be default-scheduler, not volcano",
    ),
    "the executors' scheduler in a property": (
        conf(kubernetes__executor__scheduler__name="yunikorn"),
        "must be default-scheduler, not yunikorn",
    ),
    "a scheduler in a template": (
        sized(executor={"template": {"spec": {**CONTAINERS, "schedulerName": "volcano"}}}),
        "must be default-scheduler, not volcano",
    ),
    "a program of R": (
        sized(type="R", mainApplicationFile="s3a://a/b.R"),
        "s3a://a/b.R is a program of R, which the platform's own images do not have. Name one that has it",
    ),
    "a mount without its volume": (
        sized(
            volumes=[{"name": "settings", "emptyDir": {}}],
            driver={"volumeMounts": MOUNT, "template": OWN_VOLUME},
        ),
        "name volumes that are not there: setting. Write them into spec.volumes",
    ),
    "a mount of the other role's volume": (
        sized(
            driver={"template": OWN_VOLUME}, executor={"volumeMounts": [{"name": "own", "mountPath": "/a"}]}
        ),
        "name volumes that are not there: own",
    ),
    "a heap among Java's options": (
        sized(executor={"javaOptions": "-Xss2m -Xmx4g"}),
        "must not have -Xmx: -Xss2m -Xmx4g. Write memory for the heap",
    ),
    "a heap among Java's options, in a property": (
        conf(driver__extraJavaOptions="-Xmx4g"),
        "must not have -Xmx: -Xmx4g",
    ),
    "the shuffle service of YARN": (
        conf(shuffle__service__enabled="true"),
        "must not switch spark.shuffle.service.enabled on: Kubernetes has no such service",
    ),
    "no event log, as Helm writes it": (
        conf(eventLog__enabled=" False"),
        "must not switch spark.eventLog.enabled off",
    ),
    "the driver's name in a property": (
        conf(kubernetes__driver__pod__name="mine"),
        "Remove it; the name is spec.driver.podName",
    ),
    "a template in a property": (
        conf(kubernetes__executor__podTemplateFile="s3a://a/b.yaml"),
        "Remove it; a pod template is spec.driver.template and spec.executor.template",
    ),
    "jars to download": (conf(jars__packages="a:b:1"), "Remove it; files belong into spec.deps"),
    "a master": (conf(master="yarn"), "that acts in the operator, not in the job. Remove it"),
    "a heap that Spark does not start with": (
        sized(driver={"memory": "465m"}),
        "must be 466m or more, not 465m and 512m",
    ),
    "a ceiling below the floor": (
        sized(dynamicAllocation={**RANGE, "minExecutors": 3, "maxExecutors": 2}),
        "no less than minExecutors, initialExecutors and executor.instances (3, 1), not 2. Raise it",
    ),
    "a ceiling below the number at the start": (
        sized(dynamicAllocation={**RANGE, "initialExecutors": 3, "maxExecutors": 2}),
        "maxExecutors must be 1 or more",
    ),
    "a ceiling below the number of executors": (
        sized(executor={"instances": 3}, dynamicAllocation={**RANGE, "maxExecutors": 2}),
        "executor.instances (3), not 2",
    ),
    "a ceiling of nothing": (sized(dynamicAllocation={**RANGE, "maxExecutors": 0}), "must be 1 or more"),
    "a ceiling below the floor, in properties": (
        sized(
            executor={"instances": None},
            sparkConf={f"{DYNAMIC}minExecutors": "3", f"{DYNAMIC}maxExecutors": "2"},
        ),
        "(3), not 2",
    ),
    "a floor in words": (
        sized(sparkConf={f"{DYNAMIC}minExecutors": "many"}),
        "a number of executors is whole and 0 or more, not many",
    ),
    "a floor below nothing": (
        sized(dynamicAllocation={**RANGE, "minExecutors": -1}),
        "a number of executors is whole and 0 or more, not -1",
    ),
    "more CPU than the namespace may have": (
        sized(executor={"instances": 5}),
        "spec asks for 1750m CPU, and the namespace may have 1500m: 250m for the driver, and 5 x 300m for "
        "executors",
    ),
    "cores that are asked for": (
        job(driver={**DRIVER, "cores": 1}, executor={"cores": 2, "instances": 1}),
        "spec asks for 2250m CPU, and the namespace may have 1500m: 250m for the driver, and 1 x 2000m for "
        "executors",
    ),
    "more memory than the namespace may have": (
        sized(executor={"instances": 3, "memory": "2g"}),
        "spec asks for 9625Mi of memory, and the namespace may have 8Gi: 1024Mi for the driver, and 3 x "
        "2867Mi for executors, overhead included",
    ),
    "a type that its program is not of": (
        sized(type="Scala"),
        "spec.type Scala does not go with spec.mainApplicationFile "
        "local:///opt/spark/examples/src/main/python/pi.py: Spark goes by the name of the file. Write Python",
    ),
    "metrics that nobody mounts": (
        sized(
            monitoring={
                "exposeDriverMetrics": True,
                "exposeExecutorMetrics": True,
                "metricsProperties": "a=b",
            }
        ),
        "are read beside prometheus alone. Write spec.sparkConf: spark.metrics.conf",
    ),
    "a hook that Spark replaces": (
        sized(executor={"lifecycle": HOOK}),
        "spec.executor.lifecycle can not be used: Spark puts the hook",
    ),
    "a hook that Spark replaces, in a template's first container": (
        sized(executor={"template": {"spec": {"containers": [{"name": "main", "lifecycle": HOOK}]}}}),
        "lifecycle of main in spec.executor.template can not be used",
    ),
    "a hook that Spark replaces, in a template's container of its name": (
        sized(
            executor={
                "template": {
                    "spec": {
                        "containers": [
                            {"name": "own"},
                            {"name": "spark-kubernetes-executor", "lifecycle": HOOK},
                        ]
                    }
                }
            }
        ),
        "lifecycle of spark-kubernetes-executor in spec.executor.template can not be used",
    ),
    "sidecars that make it more": (
        sized(
            driver={"template": {"spec": {"containers": [{"name": "main"}, {"name": "own"}]}}},
            executor={"instances": 2, "sidecars": [{"name": "own"}, wanting("limits", cpu="100m")]},
        ),
        "spec asks for 1800m CPU, and the namespace may have 1500m: 500m for the driver, and 2 x 650m for "
        "executors, with their sidecars",
    ),
    "the memory of a sidecar": (
        sized(executor={"instances": 3, "sidecars": [wanting("limits", cpu="1m", memory="1600Mi")]}),
        "spec asks for 8896Mi of memory, and the namespace may have 8Gi: 1024Mi for the driver, and 3 x "
        "2624Mi for executors, overhead included, with their sidecars",
    ),
    "sidecars among the init containers, which go on": (
        sized(
            executor={
                "instances": 2,
                "initContainers": [going_on(cpu="200m")],
                "template": {"spec": {**CONTAINERS, "initContainers": [going_on("other", cpu="150m")]}},
            },
        ),
        "spec asks for 1550m CPU, and the namespace may have 1500m: 250m for the driver, and 2 x 650m for "
        "executors, with their sidecars and init containers",
    ),
    "init containers one after the other, each of which wants more than Spark": (
        sized(executor={"instances": 2, "initContainers": [LARGE, {**LARGE, "name": "second"}]}),
        "spec asks for 1650m CPU, and the namespace may have 1500m: 250m for the driver, and 2 x 700m for",
    ),
    "a floor above the quota": (
        sized(executor={"instances": None}, dynamicAllocation={"enabled": True, "minExecutors": 6}),
        "spec asks for 2050m CPU",
    ),
    "more volumes than the namespace may have": (
        sized(executor={"instances": 2}, sparkConf=CLAIMED),
        "spec claims 2 volumes, and the namespace may have 1. Leave the claims out",
    ),
    "a volume for the driver and one for its executor": (
        sized(
            sparkConf={
                **CLAIMED,
                **{key.replace("executor", "driver"): value for key, value in CLAIMED.items()},
            }
        ),
        "spec claims 2 volumes, and the namespace may have 1",
    ),
    "a volume of its own for each executor, which Kubernetes claims": (
        sized(
            volumes=[EPHEMERAL],
            executor={"instances": 2, "volumeMounts": [{"name": "own", "mountPath": "/a"}]},
        ),
        "spec claims 2 volumes, and the namespace may have 1",
    ),
    "tables on the disk of each pod": (
        conf(sql__warehouse__dir="/user/hive/warehouse"),
        "spark.sql.warehouse.dir must be an s3a:// address, not /user/hive/warehouse",
    ),
    "tables in an HDFS": (
        conf(sql__warehouse__dir="hdfs:///warehouse"),
        "share no disk, and no HDFS is theirs. Remove it",
    ),
    "tables on a disk for each pod, claimed for scratch": (
        sized(sparkConf={**CLAIMED, "spark.sql.warehouse.dir": "/tables"}),
        "spark.sql.warehouse.dir must be an s3a:// address, not /tables",
    ),
    "tables on an empty folder of each pod": (
        sized(
            volumes=[{"name": "own", "emptyDir": {}}],
            sparkConf={"spark.sql.warehouse.dir": "file:/own/tables"},
        ),
        "spark.sql.warehouse.dir must be an s3a:// address, not file:/own/tables",
    ),
    "more devices than the namespace may have": (
        sized(executor={"gpu": {"name": "nvidia.com/gpu", "quantity": 2}}),
        "ask for more devices than the namespace may have: lower their quantity, or executor.instances",
    ),
    "a limit of CPU below what the pod requests": (
        sized(executor={"coreLimit": "200m"}),
        "no less than what the pod requests: none for 250m, 200m for 300m",
    ),
    "a limit of CPU that is below the cores, as a property": (
        sized(sparkConf={"spark.kubernetes.driver.limit.cores": "0.1"}),
        "no less than what the pod requests: 0.1 for 250m, none for 300m",
    ),
    "a limit of CPU that no container may have": (
        sized(executor={"coreLimit": "64"}),
        "coreLimit is none and 64; a container may have",
    ),
    "more pods than the namespace may have": (
        sized(executor={"instances": 10, "coreRequest": "1m", "memory": "466m", "memoryOverhead": "100m"}),
        "spec asks for 11 pods, and the namespace may have 10",
    ),
    "a driver larger than a container may be": (
        sized(driver={"memory": "3500m"}),
        "spec.driver asks for 4900Mi (3500Mi and 1400Mi overhead)",
    ),
    "an executor larger than a container may be": (
        sized(executor={"memory": "3500m"}),
        "and spec.executor for 4900Mi (3500Mi and 1400Mi overhead); a container may have 4Gi",
    ),
}
