"""A job that could not run as it is written is refused at its creation, and the answer says what to write."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.walls.attack import job, schedule
from tests.walls.world import SETTLE_SECONDS, World

pytestmark = pytest.mark.apiserver

DRIVER = {"coreRequest": "250m", "memory": "512m", "serviceAccount": "spark-driver"}
EXECUTOR = {"instances": 1, "coreRequest": "300m", "memory": "512m", "serviceAccount": "spark-executor"}


def sized(driver: dict[str, Any] | None = None, executor: dict[str, Any] | None = None, **spec: Any) -> Any:
    """A job that fits, with some of its sizes changed."""
    return job(driver={**DRIVER, **(driver or {})}, executor={**EXECUTOR, **(executor or {})}, **spec)


def timed(when: str, **changes: Any) -> dict[str, Any]:
    """A schedule of a job that fits."""
    return schedule(when, template=sized()["spec"], **changes)


def named(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}


RANGE = {"enabled": True}
CLAIM = "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1.options.claimName"
DYNAMIC = "spark.dynamicAllocation."
CONTAINERS = {"containers": [{"name": "own"}]}
OWN_VOLUME = {"spec": {**CONTAINERS, "volumes": [{"name": "own", "emptyDir": {}}]}}
EPHEMERAL = {
    "name": "own",
    "ephemeral": {
        "volumeClaimTemplate": {
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        }
    },
}
SCRATCH = "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1.options.claimName"
SHARED = {"name": "shared", "persistentVolumeClaim": {"claimName": "tables"}}
MOUNT = [{"name": "setting", "mountPath": "/mnt"}]
RETRIED = {"onFailureRetries": 3, "onFailureRetryInterval": 10}


def again(**policy: Any) -> Any:
    return sized(restartPolicy=policy)


def conf(**properties: str) -> Any:
    """A job with properties, whose dots are written as double underscores."""
    return sized(sparkConf={f"spark.{key.replace('__', '.')}": value for key, value in properties.items()})


def shown(**options: Any) -> Any:
    return sized(sparkUIOptions=options)


def wanting(kind: str, **resources: str) -> dict[str, Any]:
    """A sidecar with requests or limits."""
    return {"name": "side", "image": "registry.example/a:1", "resources": {kind: resources}}


def going_on(name: str = "side", **resources: str) -> dict[str, Any]:
    """A sidecar as Kubernetes has them: an init container that is always started again."""
    return {**wanting("requests", **resources), "name": name, "restartPolicy": "Always"}


LARGE = {"name": "first", "image": "registry.example/a:1", "resources": {"requests": {"cpu": "700m"}}}

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
    "a factor in percent": (sized(memoryOverheadFactor="40%"), "must be a number such as 0.2, not 40%"),
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
    "any port for the page": (conf(ui__port="0"), "must be a port, 1 to 65535, not 0"),
    "a port of letters": (conf(ui__port="http"), "must be a port, 1 to 65535, not http"),
    "a port with a name of two words": (
        shown(servicePortName="Spark UI"),
        "servicePortName must have only a-z, 0-9 and -, not Spark UI",
    ),
    "a label of two words": (shown(serviceLabels={"a": "b c"}), "63 characters or fewer), not a: b c"),
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
        sized(executor={"lifecycle": {"preStop": {"exec": {"command": ["true"]}}}}),
        "spec.executor.lifecycle can not be used: Spark puts the hook",
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
        sized(executor={"instances": 2}, sparkConf={CLAIM: "OnDemand"}),
        "spec claims 2 volumes, and the namespace may have 1. Leave the claims out",
    ),
    "a volume for the driver and one for its executor": (
        sized(sparkConf={CLAIM: "OnDemand", CLAIM.replace("executor", "driver"): "OnDemand"}),
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
        sized(sparkConf={SCRATCH: "OnDemand", "spark.sql.warehouse.dir": "/tables"}),
        "spark.sql.warehouse.dir must be an s3a:// address, not /tables",
    ),
    "tables on an empty folder of each pod": (
        sized(
            volumes=[{"name": "own", "emptyDir": {}}],
            sparkConf={"spark.sql.warehouse.dir": "file:/own/tables"},
        ),
        "spark.sql.warehouse.dir must be an s3a:// address, not file:/own/tables",
    ),
    "a committer that needs a shared disk, beside a volume of settings": (
        sized(
            volumes=[{"name": "settings", "configMap": {"name": "settings"}}],
            sparkConf={"spark.hadoop.fs.s3a.committer.name": "directory"},
        ),
        "fs.s3a.committer.name can not be directory",
    ),
    "a staging committer with Hadoop's own place, on the disk of each pod": (
        sized(
            hadoopConf={
                "fs.s3a.committer.name": "directory",
                "fs.s3a.committer.staging.tmp.path": "tmp/staging",
            }
        ),
        "fs.s3a.committer.name can not be directory",
    ),
    "a committer that needs a shared disk": (
        conf(hadoop__fs__s3a__committer__name="directory"),
        "fs.s3a.committer.name can not be directory: it keeps what waits for the commit on a disk",
    ),
    "the same among Hadoop's properties": (
        sized(hadoopConf={"fs.s3a.committer.name": "partitioned"}),
        "fs.s3a.committer.name can not be partitioned",
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


@pytest.fixture(scope="module", autouse=True)
def settled(world: World) -> None:
    """Until the API server has the namespace's quota and limits at hand for its rules."""
    until = time.monotonic() + SETTLE_SECONDS
    while not (said := world.create(sized(executor={"instances": 5})).refusal):
        assert time.monotonic() < until, said
        time.sleep(0.5)


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_and_the_answer_says_what_to_write(world: World, what: str) -> None:
    manifest, said = REFUSED[what]
    answer = world.create(manifest)
    assert said in answer.refusal, answer.refusal or "it was taken"


FINE = {
    "a job that fits": sized(),
    "a name of 63 characters": named(sized(), "a" * 63),
    "a quota used to its end": sized(executor={"instances": 4, "coreRequest": "312m"}),
    "sizes in properties": job(
        driver={"serviceAccount": "spark-driver"},
        executor={"serviceAccount": "spark-executor"},
        sparkConf={
            "spark.driver.memory": "1G",
            "spark.executor.memory": "1024m",
            "spark.kubernetes.driver.request.cores": "0.25",
            "spark.kubernetes.executor.request.cores": "0.3",
            "spark.executor.instances": "2",
            "spark.eventLog.enabled": "true",
        },
    ),
    "a sidecar that fits": sized(
        executor={"instances": 2, "sidecars": [wanting("requests", cpu="325m")]},
    ),
    "init containers that want no more than Spark, before one that goes on": sized(
        executor={
            "instances": 2,
            "initContainers": [wanting("requests", cpu="600m"), going_on("log", cpu="325m")],
            # Laid over by the one of its name.
            "template": {"spec": {**CONTAINERS, "initContainers": [going_on("log", cpu="900m")]}},
        },
    ),
    "a container of Spark's name alone in a template": sized(
        executor={
            "instances": 4,
            "coreRequest": "312m",
            "template": {"spec": {"containers": [{"name": "spark-kubernetes-executor"}]}},
        }
    ),
    "a volume for each executor, within the quota": sized(sparkConf={CLAIM: "OnDemand"}),
    "a volume of its own for one executor": sized(
        volumes=[EPHEMERAL], executor={"volumeMounts": [{"name": "own", "mountPath": "/a"}]}
    ),
    "tables on a volume of all pods": sized(
        volumes=[SHARED], sparkConf={"spark.sql.warehouse.dir": "file:/shared/warehouse"}
    ),
    "tables on a volume of the executors' template": sized(
        executor={
            "template": {"spec": {"volumes": [SHARED], "containers": [{"name": "spark-kubernetes-executor"}]}}
        },
        sparkConf={"spark.sql.warehouse.dir": "file:/shared/warehouse"},
    ),
    "tables on a claim that a property names": sized(
        sparkConf={CLAIM: "tables", "spark.sql.warehouse.dir": "file:/shared/warehouse"},
    ),
    "tables in an HDFS of somebody's, by its name node": conf(
        sql__warehouse__dir="hdfs://namenode.corp:8020/tables"
    ),
    "tables in a bucket": conf(sql__warehouse__dir="s3a://data/team-dev/tables"),
    "the magic committer by its name": conf(hadoop__fs__s3a__committer__name="magic"),
    "a staging committer with a place of its own": sized(
        volumes=[SHARED],
        hadoopConf={
            "fs.s3a.committer.name": "directory",
            "fs.s3a.committer.staging.tmp.path": "file:/shared/tmp",
        },
    ),
    "a volume that is there already": sized(executor={"instances": 2}, sparkConf={CLAIM: "tables"}),
    "a device, within the quota": sized(executor={"gpu": {"name": "nvidia.com/gpu", "quantity": 1}}),
    "a limit of CPU as high as the request": sized(executor={"coreLimit": "300m"}),
    "a range of executors": sized(
        executor={"instances": None}, dynamicAllocation={"enabled": True, "maxExecutors": 50}
    ),
    "what the webhook does elsewhere": sized(
        driver={
            "env": [{"name": "A", "value": "1"}],
            "nodeSelector": {"disk": "ssd"},
            "schedulerName": "default-scheduler",
            "priorityClassName": "spark-normal",
        },
        hadoopConfigMap="hive",
        pythonVersion="3",
    ),
    "a range whose ends agree": sized(
        executor={"instances": 2},
        dynamicAllocation={**RANGE, "minExecutors": 1, "initialExecutors": 2, "maxExecutors": 2},
    ),
    "a range in a section that is off": sized(
        dynamicAllocation={"enabled": False, "minExecutors": 3, "maxExecutors": 2}
    ),
    "retries of its submission alone": again(
        type="OnFailure",
        onFailureRetryInterval=10,
        onSubmissionFailureRetries=3,
        onSubmissionFailureRetryInterval=10,
    ),
    "no bound of executors, as Spark writes it": conf(dynamicAllocation__maxExecutors="2147483647"),
    "no retries": again(type="OnFailure", onFailureRetries=0, onFailureRetryInterval=10),
    "retries of nothing": again(type="Never", onFailureRetries=0),
    "a page with a port and labels": shown(
        servicePort=80, servicePortName="ui", serviceLabels={"a.example/B_c": "", "d": "E.f-1"}
    ),
    "a page's port in a property": conf(ui__port="4041"),
    "a mount of a volume of the role's own template": sized(
        driver={"template": OWN_VOLUME, "volumeMounts": [{"name": "own", "mountPath": "/mnt"}]}
    ),
    "a program of R with an image": sized(
        type="R", mainApplicationFile="s3a://a/b.R", image="registry.example/r:1"
    ),
    "switches as Helm writes them": conf(shuffle__service__enabled="False", eventLog__enabled="True"),
    "the last days of months": timed("0 0 29-31,30 2/5,4 *"),
    "Mondays in February besides": timed("0 0 30 2 mon"),
    "a leap day": timed("0 0 29 2 *"),
    "the thirty-first of some months": timed("0 0 31 2,3 *"),
    "every day of the week by name": timed("*/15,59 0-5/2 1,31 JAN-mar sun-SAT"),
    "a zone of two words": timed("0 5 * * *", timeZone="America/Argentina/Buenos_Aires"),
    "a zone by its distance": timed("0 5 * * *", timeZone="Etc/GMT+5"),
}


@pytest.mark.parametrize("what", FINE)
def test_what_can_run_is_taken(world: World, what: str) -> None:
    assert world.create(FINE[what]).refusal == ""


def test_an_overhead_that_is_named_counts_instead_of_the_factor(world: World) -> None:
    big = {"memory": "2g", "memoryOverhead": "2049m"}
    assert "2048Mi and 2049Mi overhead" in world.create(sized(driver=big)).refusal
    assert world.create(sized(driver={**big, "memoryOverhead": "2048"})).refusal == ""


def test_the_least_overhead_counts_and_a_job_may_name_its_own(world: World) -> None:
    three = {"instances": 3, "memory": "2600m", "memoryOverhead": "1"}
    assert "1024Mi for the driver" in world.create(sized(executor=three)).refusal
    own = {"spark.driver.minMemoryOverhead": "1g"}
    assert "1536Mi for the driver" in world.create(sized(executor=three, sparkConf=own)).refusal


def test_a_job_of_the_jvm_is_counted_with_the_platforms_factor(world: World) -> None:
    jar: dict[str, Any] = {"mainApplicationFile": "local:///a.jar", "mainClass": "a.B", "type": "Scala"}
    assert "3500Mi and 700Mi overhead" in world.create(sized(driver={"memory": "3500m"}, **jar)).refusal
