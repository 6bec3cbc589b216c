"""What a job's words can do where it is submitted: the real operator, the real script, the real Spark.

Only the cluster is missing. The API server takes what it is sent, and is asked afterwards what that was.
"""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from components.spark.submission import LAUNCHER_CLASSES
from components.versions import SCALA, SPARK
from tests.submission.conftest import Chain
from tests.submission.jobs import KEYS, SECRETS, TEXTS, TOKEN, Mixtures, jar, job
from tests.submission.operator import SUBMISSION, source
from tests.submission.submitter import Outcome
from tests.support.definitions import definition
from workspace.paths import ROOT

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

KNOWN = json.loads((ROOT / "tests" / "data" / f"spark-config-keys-{SPARK}.json").read_text())

SPARK_SUBMIT = "org.apache.spark.deploy.SparkSubmit"

ATTACK: dict[str, Any] = {
    "mainClass": LAUNCHER_CLASSES[0],
    "mainApplicationFile": "local:///usr/lib/python3.11/timeit.py",
    "arguments": [
        *("--deploy-mode", "client", "--master", "local[1]"),
        *("--class", "org.apache.spark.deploy.PythonRunner", "", "-n1", "-r1", "print('in the operator')"),
    ],
}
"""Ran in the operator's pod, with the operator's token, while its spark-submit was Spark's own."""


def _arguments(chain: Chain, made: dict[str, Any]) -> list[str]:
    (arguments,) = chain.operator.arguments([made])
    assert arguments is not None
    return arguments


def _launched(jars: list[Path], arguments: list[str]) -> list[str]:
    """The command that Spark's own launcher would run."""
    answer = subprocess.run(
        ["java", "-cp", ":".join(map(str, jars)), "org.apache.spark.launcher.Main", SPARK_SUBMIT, *arguments],
        env={"SPARK_HOME": str(jars[0].parents[1]), "SPARK_SCALA_VERSION": SCALA, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return answer.stdout.split("\0")[2:-1]


def test_sparks_launcher_takes_a_jobs_arguments_for_options(chain: Chain, jars: list[Path]) -> None:
    command = _launched(jars, _arguments(chain, job(**ATTACK)))
    assert command[command.index("--deploy-mode") + 1] == "client", "the reason for going round it"


@pytest.mark.parametrize("name", LAUNCHER_CLASSES)
def test_sparks_own_parser_does_not(chain: Chain, name: str) -> None:
    arguments = _arguments(chain, job(**{**ATTACK, "mainClass": name}))
    assert chain.harm(arguments) == []
    assert chain.submitter.submit(arguments).mode == "cluster"


@pytest.mark.parametrize("name", LAUNCHER_CLASSES)
def test_the_script_refuses_the_launchers_classes(chain: Chain, name: str) -> None:
    assert f"{name} is a shell or a server" in chain.refusal(
        _arguments(chain, job(**{**ATTACK, "mainClass": name}))
    )


def test_java_gets_the_options_that_the_launcher_gives(chain: Chain, jars: list[Path]) -> None:
    arguments = _arguments(chain, job())
    launched = _launched(jars, arguments)
    wanted = {option for option in launched[: launched.index(SPARK_SUBMIT)] if option.startswith("-")}
    assert chain.refusal(arguments) == ""
    command = chain.pod.command.read_text().split("\0")
    given = {option for option in command[: command.index(SPARK_SUBMIT)] if option.startswith("-")}
    assert wanted - given == {
        # MLlib's vectors, a driver's pool of buffers, and Derby do not run here. The last switches off that
        # the name of a host is compared with its certificate.
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-Dderby.connection.requireAuthentication=false",
        "-Dio.netty.allocator.type=pooled",
        "-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE",
    }


def test_what_follows_the_program_reaches_the_driver_word_for_word(chain: Chain) -> None:
    words = [text for text in TEXTS if text]
    arguments = _arguments(chain, job(arguments=words))
    assert chain.refusal(arguments) == ""
    handed_on = chain.pod.handed_on()
    assert handed_on
    found = chain.submitter.submit(handed_on)
    assert found.failure == ""
    pod = json.loads(found.bodies[found.requests.index("POST /api/v1/namespaces/data-dev/pods")])
    (container,) = (each for each in pod["spec"]["containers"] if each["name"] == "spark-kubernetes-driver")
    assert container["args"][-len(words) :] == words
    assert chain.harm(handed_on) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"spark.hadoop.fs.s3a.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"},
        {"spark.hadoop.fs.s3.impl": "Canary", "spark.hadoop.fs.file.impl": "Canary"},
        {"spark.hadoop.fs.local.impl": "Canary", "spark.hadoop.fs.https.impl": "Canary"},
        {"spark.hadoop.hadoop.security.group.mapping": "Canary", "spark.hadoop.fs.defaultFS": "https://x"},
        {"spark.hadoop.hadoop.security.authentication": "kerberos"},
        {"spark.hadoop.net.topology.script.file.name": str(TOKEN), "spark.plugins": "Canary"},
        {"spark.driver.extraClassPath": str(SECRETS), "spark.driver.extraJavaOptions": f"-javaagent:{TOKEN}"},
    ],
)
def test_a_jobs_own_classes_and_paths_act_in_its_driver_alone(chain: Chain, settings: dict[str, str]) -> None:
    assert chain.refusal(_arguments(chain, job(sparkConf=settings))) == ""
    handed_on = chain.pod.handed_on()
    assert handed_on
    assert chain.harm(handed_on) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"spark.sql.shufle.partitions": "1"}, "did you mean spark.sql.shuffle.partitions?"),
        ({"spark.io.compression.codec": "lz4", "spark.scheduler.mode": "LIFO"}, "must be one of FAIR, FIFO"),
        ({"spark.databricks.delta.x": "maybe", "spark.sql.catalog.a": "b", "spark.a.b": "2 gigs"}, ""),
    ],
)
def test_words_that_nobody_would_read_are_refused_and_those_of_libraries_not(
    chain: Chain, words: dict[str, str], said: str
) -> None:
    made = job(sparkConf=words)
    chain.pod.api.application = made
    try:
        refusal = chain.refusal(_arguments(chain, made))
    finally:
        chain.pod.api.application = definition()
    assert said in refusal if said else refusal == ""
    if not said:
        handed_on = chain.pod.handed_on()
        assert handed_on
        assert chain.harm(handed_on) == []


@pytest.mark.parametrize(
    ("key", "value", "harm"),
    [
        ("spark.files", str(TOKEN), str(TOKEN)),
        ("spark.files", f"s3a:// /../../../../../../../../..{TOKEN}", str(TOKEN)),
        ("spark.hadoop.fs.s3a.impl", "Canary", "class Canary"),
        ("spark.kubernetes.driver.pod.featureSteps", "Canary", "class Canary"),
        ("spark.kubernetes.kerberos.krb5.path", str(TOKEN), str(TOKEN)),
        ("spark.kubernetes.authenticate.driver.caCertFile", str(TOKEN), str(TOKEN)),
        ("spark.kubernetes.namespace", "kube-system", "/api/v1/namespaces/kube-system/pods"),
        ("spark.jars.ivySettings", str(TOKEN), str(TOKEN)),
    ],
)
def test_harm_that_the_script_prevents_would_be_seen(chain: Chain, key: str, value: str, harm: str) -> None:
    arguments = _arguments(chain, job(sparkConf={key: value}, deps={"jars": [jar()]}))
    seen = chain.harm(arguments)
    assert [each for each in seen if each.endswith(harm)], (
        "without the script, or no test here means anything"
    )
    assert chain.refusal(arguments) != ""


def test_the_pod_comes_after_all_that_it_mounts(chain: Chain) -> None:
    found = chain.submitter.submit(chain.plain)
    asked = zip(found.requests, found.bodies, strict=True)
    kinds = [(request.partition(" ")[0], json.loads(body)) for request, body in asked]
    at = [method for method, _ in kinds].index("POST")
    before = {(each["kind"], each["metadata"]["name"]) for method, each in kinds[:at] if method == "PATCH"}
    pod = kinds[at][1]
    mounted = {
        ("ConfigMap", each["configMap"]["name"]) for each in pod["spec"]["volumes"] if "configMap" in each
    }
    assert len(mounted) == 2, "Spark's properties and the executors' template"
    assert mounted <= before, "the kubelet would look for them again after a second"
    owner = {each["uid"] for _, made in kinds[:at] for each in made["metadata"]["ownerReferences"]}
    assert owner == {each["uid"] for each in pod["metadata"]["ownerReferences"]}, (
        "until there is a pod, they go with the job"
    )
    after = [each for _, each in kinds[at + 1 :]]
    assert {(each["kind"], each["metadata"]["name"]) for each in after} == before
    assert all([o["kind"] for o in each["metadata"]["ownerReferences"]] == ["Pod"] for each in after)


def test_each_submission_names_a_config_map_of_its_own(chain: Chain) -> None:
    found = [chain.submitter.submit(chain.plain).requests for _ in range(2)]
    maps = [{each for each in requests if "/configmaps/spark-drv-" in each} for requests in found]
    assert [len(each) for each in maps] == [1, 1]
    assert maps[0] != maps[1], "Spark's class keeps the name for the life of a JVM"


def _once(chain: Chain) -> list[str]:
    """What Spark gets for a job whose driver the API server lets be made once."""
    made = job()
    made["metadata"]["name"] = f"once-{uuid.uuid4().hex[:8]}"
    arguments = _arguments(chain, made)
    assert chain.refusal(arguments) == ""
    return chain.pod.handed_on() or []


def _config_maps(found: Outcome, method: str) -> set[str]:
    return {each for each in found.requests if each.startswith(method) and "/configmaps/" in each}


def test_a_submission_that_is_tried_again_finds_its_driver_and_leaves_it_alone(chain: Chain) -> None:
    arguments = _once(chain)
    first, second = (chain.submitter.submit(arguments) for _ in range(2))
    assert (first.failure, second.failure) == ("", "")
    assert not any(each.startswith("DELETE") and "/pods" in each for each in second.requests)
    made = {each.removeprefix("PATCH") for each in _config_maps(second, "PATCH")}
    assert made
    assert made == {each.removeprefix("DELETE") for each in _config_maps(second, "DELETE")}, (
        "nobody mounts them"
    )


def test_a_driver_of_another_submission_fails_it_as_spark_does(chain: Chain) -> None:
    arguments = _once(chain)
    chain.submitter.submit(arguments)
    other = [
        each.replace(SUBMISSION, str(uuid.uuid4())) if "submission-id" in each else each for each in arguments
    ]
    assert other != arguments
    found = chain.submitter.submit(other)
    assert "exit status 1" in found.failure
    assert "code=409" in found.failure, "the operator looks for that"
    assert _config_maps(found, "DELETE"), "what was made for it goes"


def _written() -> Iterator[dict[str, Any]]:
    """Jobs that people have written: upstream's examples, and this project's."""
    for folder in (source() / "examples", ROOT / "jobs"):
        for path in sorted(folder.rglob("*.yaml")):
            text = re.sub(r"\$?\{[A-Z_]+\}", "filled-in", path.read_text())
            for document in yaml.safe_load_all(text):
                if document and str(document.get("kind")).endswith("SparkApplication"):
                    yield {**document, "metadata": {**document["metadata"], "namespace": "data-dev"}}


def test_jobs_that_people_have_written_are_submitted(chain: Chain) -> None:
    jobs = list(_written())
    assert len(jobs) >= 15
    for made, arguments in zip(jobs, chain.operator.arguments(jobs), strict=True):
        name = made["metadata"]["name"]
        assert arguments is not None, name
        assert chain.refusal(arguments) == "", name
        handed_on = chain.pod.handed_on()
        assert handed_on
        found = chain.submitter.submit(handed_on)
        assert (name, found.failure) == (name, "")
        assert "POST /api/v1/namespaces/data-dev/pods" in found.requests


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Of a SparkApplication's spec, as the chart's CRD has it."""
    path = source() / "charts/spark-operator-chart/crds/sparkoperator.k8s.io_sparkapplications.yaml"
    (version,) = yaml.safe_load(path.read_text())["spec"]["versions"]
    found = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert isinstance(found, dict)
    return found


def _mixtures(chain: Chain, schema: dict[str, Any], seed: int, count: int) -> tuple[int, list[Any]]:
    """Submit generated jobs: how many got as far as Spark, and those that did harm."""
    mixtures = Mixtures(schema, Random(seed))
    jobs = [mixtures.make() for _ in range(count)]
    harmful = []
    submitted = 0
    for made, arguments in zip(jobs, chain.operator.arguments(jobs), strict=True):
        if arguments is None or chain.refusal(arguments):
            continue
        handed_on = chain.pod.handed_on()
        assert handed_on
        submitted += 1
        harm = chain.harm(handed_on)
        if harm:
            harmful.append((made, harm))
    return submitted, harmful


def test_no_mixture_of_hostile_words_does_harm(chain: Chain, schema: dict[str, Any]) -> None:
    submitted, harmful = _mixtures(chain, schema, seed=1, count=60)
    assert harmful == []
    assert chain.difference() == [], "a job's words were left for the next one"
    assert submitted > 15, "most would prove nothing if the script refused them"


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_mixture_of_hostile_words_does_harm_among_2000(chain: Chain, schema: dict[str, Any]) -> None:
    submitted, harmful = _mixtures(chain, schema, seed=2, count=2000)
    assert harmful == []
    assert chain.difference() == []
    assert submitted > 500


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("value", ["Canary", str(TOKEN)])
def test_no_property_that_a_job_may_set_acts_in_the_submission(chain: Chain, value: str) -> None:
    base = _arguments(chain, job())
    at = base.index("spark.kubernetes.submission.waitAppCompletion=false") + 1
    jars = base.index("--jars") + 1
    families = [f"{prefix.rstrip('.')}.x" for prefix in KNOWN["prefixes"]]
    harmful = {}
    for key in sorted({*KNOWN["keys"], *families, *KEYS} - {"", "a b"}):
        base[jars] = jar()
        if chain.refusal([*base[:at], "--conf", f"{key}={value}", *base[at:]]):
            continue
        handed_on = chain.pod.handed_on()
        assert handed_on
        harm = chain.harm(handed_on)
        if harm:
            harmful[key] = harm
    assert harmful == {}
