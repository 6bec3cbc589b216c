"""Every command of the page runs, as it stands there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import botocore
import botocore.session
import pytest
import yaml
from typer.testing import CliRunner

from emr.translate import answers
from spark_on_eks.main import app
from tests.emr import generated
from tests.emr.inputs import CLUSTER, flow, result, submit
from tests.emr.test_dag import TWO
from workspace.paths import ROOT

PAGE = (ROOT / "docs" / "emr-migration.md").read_text()
COMMANDS = re.findall(r"^    spark-on-eks (emr .*)$", PAGE, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the page has its reader make it."""
    (tmp_path / "jobs").mkdir()
    steps = {"Steps": flow(submit("s3://b/a.py", "hdfs:///raw/2020"))["Steps"]}
    (tmp_path / "jobs" / "cluster.json").write_text(json.dumps({"Cluster": CLUSTER}))
    (tmp_path / "jobs" / "steps.json").write_text(json.dumps(steps))
    (tmp_path / "jobs" / "sales.py").write_text(TWO)
    (tmp_path / "answers.yaml").write_text(answers_of_the_page())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answers_of_the_page() -> str:
    found = re.search(r"names the key:\n\n((?:    .*\n)+)", PAGE)
    assert found is not None
    return re.sub(r"(?m)^    ", "", found[1])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs(folder: Path, command: str) -> None:
    done = CliRunner().invoke(app, shlex.split(command))
    assert done.exit_code == 0, done.output
    assert done.output.strip()


def test_the_page_leads_through_all_that_it_should() -> None:
    assert [command.split()[1] for command in COMMANDS] == ["assess", "cost", "convert", "dag"]


def test_answers_of_the_page_are_ones() -> None:
    found = answers.read(answers_of_the_page())
    assert found.path("hdfs:///raw/2020") == "s3a://sales/raw/2020"
    assert found.catalog == answers.NO_CATALOG
    assert found.package("org.apache.spark:spark-avro_2.12:3.3.0")
    assert found.label


EXPORTS = re.findall(r"^    aws (emr[\w-]*) ([\w-]+)((?: --[\w-]+ \S+)*) > jobs/(\S+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("service", "operation", "options", "file"), EXPORTS)
def test_an_export_of_the_page_is_a_call_of_the_api_whose_answer_the_kit_reads(
    service: str, operation: str, options: str, file: str
) -> None:
    model = botocore.session.Session().get_service_model(service)  # type: ignore[no-untyped-call]
    shapes = model.operation_model("".join(word.capitalize() for word in operation.split("-")))
    given = {option.removeprefix("--") for option in options.split()[::2]}
    members = {botocore.xform_name(name, "-"): name for name in shapes.input_shape.members}  # type: ignore[no-untyped-call]
    assert given <= members.keys()
    assert set(shapes.input_shape.required_members) <= {members[option] for option in given}
    answer = generated.answer(shapes.output_shape)
    found = result(answer, file)
    assert not found.ledger.missing
    assert found.works, "the kit finds no description in what the API answers"


def test_the_page_names_every_export() -> None:
    assert len(EXPORTS) == PAGE.count("\n    aws emr")
    assert {(service, operation) for service, operation, _, _ in EXPORTS} == {
        ("emr", "describe-cluster"),
        ("emr", "list-instance-groups"),
        ("emr", "list-instance-fleets"),
        ("emr", "list-steps"),
        ("emr-containers", "describe-job-run"),
        ("emr-containers", "describe-job-template"),
        ("emr-serverless", "get-application"),
        ("emr-serverless", "get-job-run"),
    }


def test_every_file_that_the_page_links_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target


def test_all_that_convert_writes_beside_its_report_are_objects(folder: Path) -> None:
    convert = next(command for command in COMMANDS if command.startswith("emr convert"))
    assert CliRunner().invoke(app, shlex.split(convert)).exit_code == 0
    files = [path for path in (folder / "applications").iterdir() if path.is_file()]
    assert files
    for path in files:
        assert yaml.safe_load(path.read_text())["kind"] == "SparkApplication"
    assert {path.name for path in (folder / "applications" / "report").iterdir()} == {
        "report.html",
        "report.json",
    }
