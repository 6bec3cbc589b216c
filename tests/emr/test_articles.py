"""The jobs of talks and articles that the kit was built against, and applications of the operator."""

from __future__ import annotations

import yaml

from components.versions import SPARK_LTS
from emr import command
from tests.emr.inputs import HELLO, codes, flow, one, result, spec, submit, written


def test_05_the_job_flow_of_the_talk_becomes_one_application() -> None:
    found = result(HELLO, "dag.py")
    made = spec(HELLO, "dag.py")
    assert made["mainClass"] == "com.sapiant.HelloWorld"
    assert (
        made["mainApplicationFile"] == "s3a://artifactory/sapiant/hello-world-10167-jar-with-dependencies.jar"
    )
    assert made["arguments"] == [
        "--input-file",
        "s3a://hello/input.txt",
        "--output-file",
        "s3a://hello/output",
    ]
    assert made["driver"]["memory"] == "12g"
    assert made["executor"]["memory"] == "11g"
    assert int(made["executor"]["memoryOverhead"].removesuffix("m")) >= 2112
    assert made["sparkConf"] == {
        "spark.driver.maxResultSize": "4g",
        "spark.sql.session.timeZone": "Europe/Paris",
    }
    assert made["sparkVersion"] == SPARK_LTS
    assert {"NO_CORE", "SPOT_MASTER", "CANCEL_AND_WAIT", "RECOMPILE", "NO_PYTHON"} <= codes(found)
    recompile = next(each for each in found.ledger.findings if each.code == "RECOMPILE")
    assert recompile.why.startswith("Spark 2.4.4 -> 3.5.8")


def test_06_the_template_of_the_article_is_told_to_be_one() -> None:
    found = one(
        "./bin/spark-submit \\\n--class <main-class> \\\n--master <master-url> \\\n--deploy-mode "
        "<deploy-mode> \\\n"
        "--conf <key>=<value> \\\n<application-jar> \\\n[application-arguments]\n",
        "job.sh",
    )
    assert found.manifest is None


def test_06_lines_of_the_articles_are_read() -> None:
    made = spec(
        "/opt/spark/bin/spark-submit --master k8s://https://x --deploy-mode cluster --name etl "
        "--conf spark.driver.memory=2g --conf spark.executor.instances=3 --conf spark.executor.memory=3g "
        "--conf spark.executor.cores=2 --conf spark.kubernetes.container.image=repo/image:v1.0 "
        "--class com.x.Etl local:///opt/spark/jars/etl-assembly-v1.0.0.jar 2020-09-30\n",
        "job.sh",
    )
    assert (made["executor"]["instances"], made["executor"]["cores"], made["arguments"]) == (
        3,
        2,
        ["2020-09-30"],
    )


OPERATOR = """\
apiVersion: "sparkoperator.k8s.io/v1beta2"
kind: SparkApplication
metadata:
  name: pyspark-pi
  namespace: spark-jobs
spec:
  type: Python
  pythonVersion: "3"
  mode: cluster
  image: "gcr.io/spark-operator/spark-py:v3.1.1"
  imagePullPolicy: Always
  mainApplicationFile: local:///opt/spark/examples/src/main/python/pi.py
  sparkVersion: "3.1.1"
  restartPolicy: {type: OnFailure, onFailureRetries: 3, onFailureRetryInterval: 10}
  driver: {cores: 1, coreLimit: "1200m", memory: "512m", labels: {version: 3.1.1}, serviceAccount: spark}
  executor: {cores: 1, instances: 1, memory: "512m", labels: {version: 3.1.1}}
"""


SCHEDULED = """\
apiVersion: "sparkoperator.k8s.io/v1beta2"
kind: ScheduledSparkApplication
metadata: {name: nightly}
spec:
  schedule: "0 5 * * *"
  template: {sparkVersion: "3.5.8", type: Python, mode: cluster, mainApplicationFile: "s3://code/a.py"}
"""


def test_06_an_application_of_the_operator_stays_what_it_is() -> None:
    found = one(OPERATOR, "spark-pi.yaml")
    assert found.manifest is not None
    given, made = yaml.safe_load(OPERATOR), found.manifest
    assert made["metadata"] == {"name": "pyspark-pi", "namespace": "data-dev"}
    changed = {"image", "imagePullPolicy", "sparkVersion", "driver", "executor"}
    kept = {key: value for key, value in given["spec"].items() if key not in changed}
    assert {key: value for key, value in made["spec"].items() if key not in changed} == kept
    assert made["spec"]["sparkVersion"] == SPARK_LTS
    assert "image" not in made["spec"]
    assert made["spec"]["driver"] == {**given["spec"]["driver"], "serviceAccount": "spark-driver"}
    assert made["spec"]["executor"] == {**given["spec"]["executor"], "serviceAccount": "spark-executor"}
    assert {"IMAGE", "RELEASE", "ACCOUNT"} == codes(result(OPERATOR, "spark-pi.yaml"))
    assert not result(OPERATOR, "spark-pi.yaml").ledger.missing


def test_06_a_secret_in_an_application_of_the_operator_is_not_written_once_more() -> None:
    text = OPERATOR.replace(
        '"512m", labels', '"512m", env: [{name: DB_PASSWORD, value: geheim99x}], labels', 1
    )
    assert one(text, "spark-pi.yaml").problems == ("SECRET",)
    assert "geheim99x" not in written(result(text, "spark-pi.yaml"))


def test_06_a_schedule_of_the_operator_stays_one() -> None:
    found = one(SCHEDULED, "nightly.yaml")
    assert found.manifest is not None
    assert found.manifest["kind"] == "ScheduledSparkApplication"
    assert found.manifest["spec"]["schedule"] == "0 5 * * *"
    assert found.manifest["spec"]["template"]["mainApplicationFile"] == "s3a://code/a.py"
    (document,) = command.documents([result(SCHEDULED, "nightly.yaml")], "@daily").values()
    assert yaml.safe_load(document)["spec"] == found.manifest["spec"]


def test_07_overhead_and_parallelism_of_the_third_article_stay() -> None:
    made = spec(
        flow(
            submit(
                *("--executor-memory", "14G", "--num-executors", "300", "--executor-cores", "4"),
                *("--conf", "spark.executor.memoryOverhead=3G", "--conf", "spark.default.parallelism=1200"),
                "s3://b/a.py",
            )
        )
    )
    assert made["executor"]["memoryOverhead"] == "3g"
    assert made["executor"]["instances"] == 300
    assert made["sparkConf"]["spark.default.parallelism"] == "1200"
