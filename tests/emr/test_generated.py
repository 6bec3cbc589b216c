"""What holds for whatever job flow: three hundred are made from the API's own model."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest

from components.versions import SPARK
from emr import command
from emr.tables import hive_keys, spark_keys
from emr.translate.kit import FileResult
from emr.translate.properties import FREE
from tests.emr import generated
from tests.emr.inputs import HELLO, flow, result, submit, written
from workspace.paths import ROOT

FLOWS = 300
"""Job flows that are made from the API's model: as many as were asked for."""


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


@dataclass(frozen=True, kw_only=True)
class Made:
    """An input that was made, and what became of it.

    Args:
        text: the input.
        secrets: that are planted in it.
        found: what became of it.
        out: all that a person or a program gets.
        seconds: of a processor that this took.
    """

    text: str
    secrets: list[str]
    found: FileResult
    out: str
    seconds: float


def translated(made: dict[str, Any], secrets: list[str]) -> Made:
    text = json.dumps(made)
    start = time.process_time()
    found = result(text)
    out = written(found)
    return Made(text=text, secrets=secrets, found=found, out=out, seconds=time.process_time() - start)


@pytest.fixture(scope="module", params=[*FORMS, "StartJobRun"])
def inputs(request: pytest.FixtureRequest, flows: list[tuple[dict[str, Any], list[str]]]) -> list[Made]:
    """Inputs of one form; each is translated once for all that is asked of it."""
    result(flow(submit("s3://b/a.py")))  # The tables are read once for all.
    if request.param == "StartJobRun":
        return [translated(*each) for each in generated.runs(OF_OTHER_FORMS)]
    count = FLOWS if request.param == "RunJobFlow" else OF_OTHER_FORMS
    return [translated(FORMS[request.param](made), secrets) for made, secrets in flows[:count]]


def test_01_every_value_of_an_input_ends_as_something(inputs: list[Made]) -> None:
    unknown: set[str] = set()
    for made in inputs:
        ledger = made.found.ledger
        assert not ledger.missing
        counts = ledger.counts()
        assert counts["used"] + counts["dropped"] + counts["reported"] == counts["leaves"] > 0
        unknown |= {each.why for each in ledger.findings if each.code == "UNKNOWN_FIELD"}
    assert not unknown, "the API has fields that fields.yaml does not know"


def test_01_a_field_that_nobody_knows_is_told() -> None:
    found = result(flow(submit("s3://b/a.py"), Novelty={"Deep": [{"er": 1}]}))
    (told,) = [each for each in found.ledger.findings if each.code == "UNKNOWN_FIELD"]
    assert (told.at, told.level) == ("/Novelty/Deep/0/er", "by hand")


def test_02_the_same_input_gives_the_same_bytes(inputs: list[Made]) -> None:
    for made in inputs[:40]:
        assert written(result(made.text)) == made.out


def test_02_the_order_of_keys_does_not_matter() -> None:
    made = flow(submit("--conf", "spark.a=b", "s3://b/a.py"), Configurations=[CONFIGURATION])
    turned = json.loads(json.dumps(made), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert list(turned) == list(reversed(made))
    assert command.documents([result(made)]) == command.documents([result(turned)])


CONFIGURATION = {
    "Classification": "spark-defaults",
    "Properties": {"spark.sql.shuffle.partitions": "64", "spark.executor.memory": "2g"},
}


def test_03_no_planted_secret_is_in_any_output(inputs: list[Made]) -> None:
    planted = 0
    for made in inputs:
        planted += len(made.secrets)
        assert not [each for each in made.secrets if each in made.out]
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


def test_04_every_property_is_known_to_the_release_or_told(inputs: list[Made]) -> None:
    for made in inputs:
        found = made.found
        told = " ".join(each.why for each in found.ledger.findings if each.code == "UNKNOWN_KEY")
        for each in found.applications:
            release = each.manifest["spec"]["sparkVersion"] if each.manifest else SPARK
            for key in (each.manifest or {"spec": {}})["spec"].get("sparkConf", {}):
                known = spark_keys(release) | hive_keys(release)
                assert key in known or key.startswith(FREE) or key in told


def test_14_an_input_takes_less_than_a_second(inputs: list[Made]) -> None:
    assert max(made.seconds for made in inputs) < 1
