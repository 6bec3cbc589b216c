"""Job flows made from the API's own model, with secrets planted in them: the same ones in every run."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

WORDS = ("alpha", "s3://bucket/path/file", "10", "a b", "x=y", "Ünïcode", "-", "hdfs:///raw", "true")
CLASSIFICATIONS = (
    "spark-defaults",
    "spark",
    "spark-env",
    "hive-site",
    "yarn-site",
    "emrfs-site",
    "hbase-site",
    "new-one",
)
KEYS = (
    "spark.executor.memory",
    "spark.dynamicAllocation.maxExecutors",
    "spark.yarn.appMasterEnv.X",
    "spark.sql.shuffle.partitions",
    "spark.eventLog.dir",
    "spark.my.library",
    "hive.metastore.client.factory.class",
    "fs.s3.maxConnections",
    "plain",
)
VALUES = ("4g", "10", "s3://bucket/x", "true", "a/b", "com.x.Y")
LABELS = ("emr-5.29.0", "emr-6.15.0", "emr-7.9.0", "emr-spark-8.0.0")
TYPES = ("m5.xlarge", "m5.2xlarge", "r5.4xlarge", "m4.large")
PROGRAMS = ("s3://code/a.py", "s3://code/a.jar", "s3a://code/a.R")


@cache
def _model(service: str = "emr", operation: str = "RunJobFlow") -> StructureShape:
    model = botocore.session.Session().get_service_model(service)  # type: ignore[no-untyped-call]
    shape = model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


class _Maker:
    """Makes values of shapes.

    Args:
        seed: of its random numbers.
        whole: whether structures have all of their members.
    """

    def __init__(self, seed: int, *, whole: bool = False) -> None:
        self.random = random.Random(seed)
        self.whole = whole
        self.secrets: list[str] = []

    def value(self, shape: Shape, name: str, depth: int) -> Any:
        special = getattr(self, f"of_{name}", None)
        if special is not None:
            return special()
        if isinstance(shape, StructureShape):
            return self.structure(shape, depth)
        if isinstance(shape, ListShape):
            return [self.value(shape.member, "", depth + 1) for _ in range(self.random.randint(1, 2))]
        if isinstance(shape, MapShape):
            return {self.word(): self.word() for _ in range(self.random.randint(1, 3))}
        if shape.type_name in ("integer", "long", "double", "float"):
            return self.random.randint(0, 300)
        if shape.type_name == "boolean":
            return self.random.random() < 0.5
        words = getattr(shape, "enum", None)
        return self.random.choice(words) if words else self.word()

    def structure(self, shape: StructureShape, depth: int) -> dict[str, Any]:
        """Members that are required, and of the others fewer the deeper it lies."""
        chosen = [
            name
            for name in shape.members
            if self.whole
            or name in shape.required_members
            or self.random.random() < (0.7 if depth < 2 else 0.4)
        ]
        if depth > 7:
            chosen = list(shape.required_members)
        return {name: self.value(shape.members[name], name, depth + 1) for name in chosen}

    def word(self) -> str:
        return self.random.choice(WORDS)

    def secret(self) -> str:
        made = "".join(self.random.choices("abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789", k=24))
        self.secrets.append(made)
        return made

    def access_key(self) -> str:
        made = "AKIA" + "".join(self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
        self.secrets.append(made)
        return made

    def of_ReleaseLabel(self) -> str:  # noqa: N802 - the field's name
        return self.random.choice(LABELS)

    def of_InstanceType(self) -> str:  # noqa: N802
        return self.random.choice(TYPES)

    def of_AmiVersion(self) -> str:  # noqa: N802
        return "3.11.0"

    def of_releaseLabel(self) -> str:  # noqa: N802
        return self.random.choice(LABELS)

    def of_entryPoint(self) -> str:  # noqa: N802
        return self.random.choice(PROGRAMS)

    def of_applicationConfiguration(self) -> list[dict[str, Any]]:  # noqa: N802
        return [
            {
                "classification": each["Classification"],
                "properties": each.get("Properties", {}),
                "configurations": [
                    {"classification": "export", "properties": inner["Properties"]}
                    for inner in each.get("Configurations", [])
                ],
            }
            for each in self.of_Configurations()
        ]

    def of_sparkSubmitParameters(self) -> str:  # noqa: N802
        return (
            f"--class com.x.Job --conf spark.executor.memory={self.random.choice(('2g', '11G'))} "
            f"--conf spark.executorEnv.DB_PASSWORD={self.secret()} --conf spark.{self.random.choice('abc')}=1"
        )

    def of_entryPointArguments(self) -> list[str]:  # noqa: N802
        return ["--out", "s3://bucket/out", "--password", self.secret(), self.access_key()]

    def of_KdcAdminPassword(self) -> str:  # noqa: N802
        return self.secret()

    def of_CrossRealmTrustPrincipalPassword(self) -> str:  # noqa: N802
        return self.secret()

    def of_ADDomainJoinPassword(self) -> str:  # noqa: N802
        return self.secret()

    def of_Configurations(self) -> list[dict[str, Any]]:  # noqa: N802
        found: list[dict[str, Any]] = []
        for _ in range(self.random.randint(1, 3)):
            properties = {self.random.choice(KEYS): self.random.choice(VALUES) for _ in range(3)}
            if self.random.random() < 0.5:
                properties["javax.jdo.option.ConnectionPassword"] = self.secret()
                properties["spark.hadoop.fs.s3a.secret.key"] = self.secret()
            found.append({"Classification": self.random.choice(CLASSIFICATIONS), "Properties": properties})
        if self.random.random() < 0.3:
            found.append(
                {
                    "Classification": "spark-env",
                    "Configurations": [
                        {
                            "Classification": "export",
                            "Properties": {"API_TOKEN": self.secret(), "MODE": "fast"},
                        }
                    ],
                }
            )
        return found

    def of_HadoopJarStep(self) -> dict[str, Any]:  # noqa: N802
        if self.random.random() < 0.2:
            return {
                "Jar": self.word(),
                "Args": [self.word()],
                "MainClass": "a.B",
                "Properties": [{"Key": "k", "Value": "v"}],
            }
        program = self.random.choice(PROGRAMS)
        words = ["spark-submit", "--deploy-mode", "cluster"]
        if self.random.random() < 0.5:
            words += ["--executor-memory", self.random.choice(("2g", "11G", "4743M"))]
        if self.random.random() < 0.5:
            words += ["--conf", f"spark.executorEnv.DB_PASSWORD={self.secret()}"]
        words += ["--class", "com.x.Job"] if program.endswith("jar") else []
        words.append(program)
        words += ["--out", "s3://bucket/out", "--password", self.secret()]
        words += [
            f"--api-key={self.secret()}",
            f"jdbc:x://h/d?user=u&password={self.secret()}",
            self.access_key(),
        ]
        if self.random.random() < 0.3:
            words.append(self.random.choice(WORDS))
        return {"Jar": "command-runner.jar", "Args": words}


def job_flows(count: int) -> list[tuple[dict[str, Any], list[str]]]:
    """Job flows, each with the secrets that are planted in it.

    Args:
        count: how many.
    """
    found = []
    for seed in range(count):
        maker = _Maker(seed)
        found.append((maker.structure(_model(), 0), maker.secrets))
    return found


def answer(shape: Shape) -> Any:
    """An answer of an API with all that it may hold.

    Args:
        shape: of the answer.
    """
    return _Maker(0, whole=True).value(shape, "", 0)


def runs(count: int) -> list[tuple[dict[str, Any], list[str]]]:
    """Runs of EMR on EKS and of EMR Serverless in turn, each with the secrets that are planted in it.

    Args:
        count: how many.
    """
    found = []
    for seed in range(count):
        maker = _Maker(seed)
        service = ("emr-containers", "emr-serverless")[seed % 2]
        found.append((maker.structure(_model(service, "StartJobRun"), 0), maker.secrets))
    return found


def as_state_machine(flow: dict[str, Any]) -> dict[str, Any]:
    """A job flow as states of a state machine: one makes the cluster, the others add its steps.

    Args:
        flow: as RunJobFlow takes it.
    """
    cluster = {key: part for key, part in flow.items() if key != "Steps"}
    states = {"Create": _state("createCluster.sync", cluster)}
    for number, step in enumerate(flow.get("Steps", [])):
        words = step["HadoopJarStep"].get("Args", [])
        quoted = ", ".join("'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'" for word in words)
        inner = {key: part for key, part in step["HadoopJarStep"].items() if key != "Args"}
        written = {**step, "HadoopJarStep": {**inner, "Args.$": f"States.Array({quoted})"}}
        states[f"Add {number}"] = _state("addStep.sync", {"ClusterId.$": "$.id", "Step": written})
    return {"StartAt": "Create", "States": states}


def _state(service: str, parameters: dict[str, Any]) -> dict[str, Any]:
    resource = f"arn:aws:states:::elasticmapreduce:{service}"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}


def as_stack(flow: dict[str, Any]) -> dict[str, Any]:
    """A job flow as resources of a template, its names references to parameters.

    Args:
        flow: as RunJobFlow takes it.
    """
    cluster = {key: part for key, part in flow.items() if key != "Steps"}
    cluster["Name"] = {"Fn::Sub": "${Stage}-cluster"}
    resources: dict[str, Any] = {"Cluster": {"Type": "AWS::EMR::Cluster", "Properties": cluster}}
    for number, step in enumerate(flow.get("Steps", [])):
        properties = {**step, "JobFlowId": {"Ref": "Cluster"}}
        resources[f"Step{number}"] = {"Type": "AWS::EMR::Step", "Properties": properties}
    return {"Parameters": {"Stage": {"Type": "String", "Default": "prod"}}, "Resources": resources}
