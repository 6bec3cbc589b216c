"""A job that could not run as it is written is refused at its creation, and the answer says what to write."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.admission.jobs import (
    CLAIM,
    CLAIMED,
    CONTAINERS,
    EPHEMERAL,
    HOOK,
    OWN_VOLUME,
    RANGE,
    SHARED,
    again,
    conf,
    going_on,
    named,
    shown,
    sized,
    timed,
    wanting,
)
from tests.admission.refused import REFUSED
from tests.admission.refused_doubles import DOUBLES
from tests.admission.refused_places import PLACES
from tests.admission.refused_properties import PROPERTIES
from tests.walls.attack import job
from tests.walls.world import SETTLE_SECONDS, World

pytestmark = pytest.mark.apiserver


@pytest.fixture(scope="module", autouse=True)
def settled(world: World) -> None:
    """Until the API server has the namespace's quota and limits at hand for its rules."""
    until = time.monotonic() + SETTLE_SECONDS
    while not (said := world.create(sized(executor={"instances": 5})).refusal):
        assert time.monotonic() < until, said
        time.sleep(0.5)


@pytest.mark.parametrize("what", [*REFUSED, *PLACES, *DOUBLES, *PROPERTIES])
def test_it_is_refused_and_the_answer_says_what_to_write(world: World, what: str) -> None:
    manifest, said = {**REFUSED, **PLACES, **DOUBLES, **PROPERTIES}[what]
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
    "a size said twice alike": sized(sparkConf={"spark.driver.memory": "512m"}),
    "a switch said twice alike": sized(
        dynamicAllocation=RANGE, sparkConf={"spark.dynamicAllocation.enabled": "True"}
    ),
    "a folder for shuffle files on a claim of its own": sized(
        sparkConf={**CLAIMED, CLAIM.replace("options.claimName", "mount.path"): "/a", "spark.local.dir": "/a"}
    ),
    "an account in a template that is the role's": sized(
        executor={"template": {"spec": {**CONTAINERS, "serviceAccountName": "spark-executor"}}}
    ),
    "a label of one's own beside Spark's": sized(executor={"labels": {"version": "1", "spark-roles": "a"}}),
    "a prefix of names": conf(kubernetes__executor__podNamePrefix="e" * 47),
    "sidecars with names of their own": sized(
        driver={"sidecars": [wanting("limits", cpu="1m")], "initContainers": [going_on("other", cpu="1m")]}
    ),
    "a volume for each executor, within the quota": sized(sparkConf=CLAIMED),
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
    "single partitions overwritten by Spark's protocol in a release that can": conf(
        sql__sources__commitProtocolClass="org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
        sql__sources__partitionOverwriteMode="dynamic",
    ),
    "the magic committer by its name": conf(hadoop__fs__s3a__committer__name="magic"),
    "a staging committer with a place of its own": sized(
        volumes=[SHARED],
        hadoopConf={
            "fs.s3a.committer.name": "directory",
            "fs.s3a.committer.staging.tmp.path": "file:/shared/tmp",
        },
    ),
    "a folder of the default file system, which is a bucket": sized(
        hadoopConf={"fs.defaultFS": "s3a://data/"}, sparkConf={"spark.sql.warehouse.dir": "/team-dev/tables"}
    ),
    "a staging committer in the default file system, which is a bucket": sized(
        hadoopConf={
            "fs.defaultFS": "s3a://data",
            "fs.s3a.committer.name": "directory",
            "fs.s3a.committer.staging.tmp.path": "/team-dev/tmp",
        },
    ),
    "the same with the whole address": sized(
        hadoopConf={
            "fs.defaultFS": "s3a://data",
            "fs.s3a.committer.name": "partitioned",
            "fs.s3a.committer.staging.tmp.path": "s3a://data/team-dev/tmp",
        },
    ),
    "a hook of executors that hand on nothing": sized(
        executor={"lifecycle": HOOK}, sparkConf={"spark.decommission.enabled": " False"}
    ),
    "hooks of a driver, and of a sidecar": sized(
        driver={"lifecycle": HOOK},
        executor={
            "instances": 1,
            "template": {
                "spec": {
                    "containers": [
                        {"name": "spark-kubernetes-executor"},
                        {"name": "own", "image": "registry.example/a:1", "lifecycle": HOOK},
                    ]
                }
            },
        },
    ),
    "a volume that is there already": sized(executor={"instances": 2}, sparkConf={CLAIM: "tables"}),
    "a device, within the quota": sized(executor={"gpu": {"name": "nvidia.com/gpu", "quantity": 1}}),
    "values of each kind, as Spark reads them": conf(
        sql__adaptive__enabled=" True",
        sql__autoBroadcastJoinThreshold="-1",
        sql__files__maxPartitionBytes="128MB",
        sql__shuffle__partitions=" 200 ",
        network__timeout="2min",
        memory__fraction=".6",
        memory__offHeap__size="512m",
    ),
    "values that Spark fills in": conf(
        sql__shuffle__partitions="${spark.app.partitions}", network__timeout="${spark.app.patience}"
    ),
    "properties of a library, and of one's own": conf(
        databricks__delta__merge__enabled="maybe", myapp__shuffle__partitions="many"
    ),
    "tasks that take all of an executor": sized(executor={"cores": 2}, sparkConf={"spark.task.cpus": "2"}),
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
    "the page's port in a property": conf(ui__port="4040"),
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
