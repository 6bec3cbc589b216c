"""The command line says what the pages say, over HTTP, and ends with a status that a script can use."""

from __future__ import annotations

import json
import re
import shlex
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from apps.jobs.checks.findings import Finding, State
from apps.jobs.checks.judging import Checked
from apps.jobs.checks.kept import add
from apps.jobs.cli import main as cli
from apps.jobs.cli.api import Api
from apps.jobs.cli.spark_submit import SubmitError, application
from apps.jobs.ledger.requests import CheckRequest, RunRequest, StopRequest
from apps.jobs.runs.phase import Phase
from tests.apps.jobs.web.typed import Said, typed
from workspace.paths import ROOT

from .world import DATA, NOW, PASSWORD, World, run

Command = Callable[..., Said]


@pytest.fixture
def command(address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run_it(*words: str, viewer: str = "ann", password: str = PASSWORD) -> Said:
        return typed(monkeypatch, capsys, *words, address=address, user=viewer, password=password)

    return run_it


def asked(world: World) -> Any:
    """The one thing that the worker is asked for; it is taken away."""
    (name, request), *others = list(world.requests.all())
    assert not others
    world.requests.done(name)
    return request


def test_runs_are_a_table_for_people_and_json_for_programs(command: Command) -> None:
    status, text, _ = command("runs", "--phase", "failed")
    assert status == 0
    lines = text.splitlines()
    assert lines[0].split()[:3] == ["STATE", "JOB", "INTERVAL"]
    assert len(lines) == 3
    assert "DATA_ERROR Bad value" in lines[1]
    said = json.loads(command("runs", "--phase", "failed", "--json")[1])
    assert [each["interval"] for each in said["runs"]] == ["2026-11-18", "2026-11-17"]


@pytest.mark.parametrize(
    ("zone", "claimed"), [("UTC", "2026-11-19 00:01"), ("Asia/Seoul", "2026-11-19 09:01")]
)
def test_times_are_those_of_whoever_looks(
    command: Command, monkeypatch: pytest.MonkeyPatch, zone: str, claimed: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert claimed in command("runs", "--phase", "failed")[1].splitlines()[1]
        said = json.loads(command("runs", "--phase", "failed", "--json")[1])["runs"][0]
        assert said["claimed"].startswith("2026-11-19T00:01"), "programs get what the page says"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_no_run_at_all_is_said_in_words(command: Command) -> None:
    assert command("runs", "--job", "nothing")[1] == "no run is like that\n"


@pytest.mark.parametrize(
    ("which", "status", "words"),
    [
        (f"{DATA}/orders/2026-11-18", 3, "  at: orders.py:41 totals"),
        (f"{DATA}/orders/2026-11-18/1", 3, "  seen 2 times since commit 01234567"),
        (f"{DATA}/orders/2026-11-16", 0, "succeeded"),
        (f"{DATA}/clicks", 0, "0/3 nodes are available"),
    ],
)
def test_why_says_the_verdict_and_ends_as_the_run_did(
    command: Command, which: str, status: int, words: str
) -> None:
    ended, text, _ = command("why", which)
    assert ended == status
    assert words in text


def test_a_log_is_printed_as_it_is(command: Command, world: World) -> None:
    world.keep_log(run(17, Phase.FAILED), "line one\nline two\n")
    assert command("logs", f"{DATA}/orders/2026-11-17")[1] == "line one\nline two\n"


def test_a_log_that_is_not_there_is_a_refusal_in_words(command: Command) -> None:
    status, _, error = command("logs", f"{DATA}/orders/2026-11-10")
    assert status == 1
    assert "nothing was kept of it" in error


def test_a_run_is_stopped(command: Command, world: World) -> None:
    assert command("stop", f"{DATA}/orders/2026-11-20")[0] == 0
    request = asked(world)
    assert isinstance(request, StopRequest)
    assert request.by == "ann"


def test_a_run_is_started_again_with_changes(command: Command, world: World) -> None:
    status, _, error = command(
        "rerun",
        f"{DATA}/orders/2026-11-18",
        "--set",
        "executor_memory=4g",
        "--set",
        "conf=spark.x=1",
        "--set",
        "conf=spark.y=2",
    )
    assert status == 0, error
    request = asked(world)
    assert isinstance(request, RunRequest)
    assert request.wanted.manifest["spec"]["executor"]["memory"] == "4g"
    assert request.wanted.manifest["spec"]["sparkConf"] == {"spark.x": "1", "spark.y": "2"}


def test_a_backfill_is_shown_and_started_only_if_that_is_asked_for(command: Command, world: World) -> None:
    words = ("backfill", f"{DATA}/orders", "--from", "2026-11-15", "--to", "2026-11-18", "--redo", "failed")
    status, text, _ = command(*words)
    assert status == 0
    assert "2 runs: 2026-11-17, 2026-11-18" in text
    assert "left out: 2026-11-15 has a run that succeeded" in text
    assert not [key for key in world.s3.objects if "backfills/" in key]
    status, text, error = command(*words, "--start")
    assert status == 0, error
    assert "started: " in text
    assert [key for key in world.s3.objects if key.endswith("plan.json")]
    status, text, _ = command(*words, "--start")
    assert status == 1
    assert "refused: another backfill of orders" in text


def test_conditions_are_asked_again_of_the_latest_run_that_went_well(command: Command, world: World) -> None:
    status, text, error = command("checks", f"{DATA}/orders", "--again")
    assert status == 0, error
    well = max(
        (each for each in world.runs if (each.job, each.phase) == ("orders", Phase.SUCCEEDED)),
        key=lambda each: each.claimed,
    )
    assert text == f"asked for the conditions of {DATA}/orders/{well.interval}/{well.n}\n"
    request = asked(world)
    assert isinstance(request, CheckRequest)
    assert (request.run, request.by) == (well.run, "ann")
    status, _, error = command("checks", f"{DATA}/orders", "--again", viewer="eve")
    assert (status, "may not start runs" in error) == (1, True)


def test_red_data_ends_with_a_status_of_its_own(command: Command, world: World) -> None:
    assert command("checks")[0] == 0
    gone = Finding(check="there", state=State.MISSING, sentence="no file")
    add(world.bucket, DATA, "orders", {"2026-11-19": Checked(at=NOW, state=State.MISSING, findings=(gone,))})
    status, text, _ = command("checks", f"{DATA}/orders")
    assert status == 5
    assert text.splitlines()[1].endswith("M")


def test_cost_is_a_dash_where_nobody_knows_it(command: Command) -> None:
    text = command("cost", "--by", "phase")[1]
    by = {line.split()[0]: line.split()[-4:-1] for line in text.splitlines()[1:]}
    assert by["running"] == ["-", "-", "-"]
    assert by["succeeded"][0].startswith("$")


def test_cost_says_what_failed_runs_took_of_it_and_what_emr_would_have(command: Command) -> None:
    said = json.loads(command("cost", "--by", "phase", "--json")[1])
    counts = {each["value"]: each for each in said["phase"]}
    assert counts["failed"]["wasted"] == counts["failed"]["dollars"]
    assert counts["succeeded"]["wasted"] is None
    assert counts["succeeded"]["emr_dollars"] is not None


@pytest.mark.parametrize(
    ("words", "viewer", "password", "said"),
    [
        (("why", "science-dev/train"), "ann", PASSWORD, "there is no run science-dev/train that you may see"),
        (("stop", f"{DATA}/orders/2026-11-20"), "eve", PASSWORD, "You may not stop runs in data-dev"),
        (("runs",), "ann", "wrong", "nobody is signed in by that name and password"),
        (("why", "orders"), "ann", PASSWORD, "write namespace/job"),
        (("runs", "--phase", "done"), "ann", PASSWORD, "phase done is none"),
    ],
)
def test_a_refusal_says_what_to_do_and_ends_with_one(
    command: Command, words: tuple[str, ...], viewer: str, password: str, said: str
) -> None:
    status, _, error = command(*words, viewer=viewer, password=password)
    assert status == 1
    assert said in " ".join(error.split())


def test_a_place_that_is_not_reached_is_said_so(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Api, "of", lambda: Api(address="http://127.0.0.1:1"))
    status, _, error = command("runs")
    assert status == 1
    assert "is not reached" in error


def test_a_file_is_handed_over_and_waited_for(command: Command, world: World, tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    made = {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": "adhoc", "namespace": DATA},
        "spec": {"type": "Python"},
    }
    file.write_text(yaml.safe_dump(made))

    def work() -> None:
        while not (found := list(world.requests.all())):
            time.sleep(0.05)
        request = found[0][1]
        assert isinstance(request, RunRequest)
        world.requests.done(found[0][0])
        ended = run(18, Phase.FAILED, job="adhoc", key=request.wanted.key)
        world.runs = [*world.runs, ended]

    worker = threading.Thread(target=work)
    worker.start()
    status, text, _ = command("submit", str(file), "--wait", "--limit", "20")
    worker.join()
    assert status == 3
    assert "DATA_ERROR" in text


def test_a_spark_submit_is_handed_over_as_people_know_it(command: Command, world: World) -> None:
    status, _, error = command(
        "submit",
        "--namespace",
        DATA,
        "--version",
        "4.1.2",
        "--",
        "spark-submit",
        "--name",
        "My Job",
        "--num-executors",
        "3",
        "s3a://artifacts/data-dev/x.py",
        "--day",
        "2026-11-20",
    )
    assert status == 0, error
    request = asked(world)
    assert isinstance(request, RunRequest)
    assert request.wanted.series.job == "my-job"
    assert request.wanted.manifest["spec"]["arguments"] == ["--day", "2026-11-20"]


EXAMPLES = re.findall(
    r"^\| .+ \| `spark-jobs (.+)` \|$", (ROOT / "docs" / "runs.md").read_text(), re.MULTILINE
)


def test_the_documentation_has_an_example_of_each_command() -> None:
    known = get_command(cli.APP)
    assert isinstance(known, TyperGroup)
    assert {each.split()[0] for each in EXAMPLES} == set(known.commands)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_written_as_the_command_takes_it(example: str) -> None:
    known = get_command(cli.APP)
    assert isinstance(known, TyperGroup)
    name, *words = shlex.split(example)
    context = known.commands[name].make_context(name, words)
    if "spark-submit" in words:
        assert application([context.params["file"], *context.args], namespace=DATA, version="4.1.2")


def test_the_documentation_says_what_each_exit_status_is() -> None:
    said = re.findall(r"^\| (\d) \| ", (ROOT / "docs" / "runs.md").read_text(), re.MULTILINE)
    assert {int(each) for each in said} == {0, 2, *cli.Status}


def test_a_login_that_answers_with_a_page_is_said_so_without_a_trace(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Api, "_send", lambda *_: "<!doctype html><title>Sign in</title>")
    status, _, error = command("runs")
    assert status == 1
    assert "answers with a page and not with JSON" in " ".join(error.split())


def test_every_option_has_its_field() -> None:
    words = [
        "bin/spark-submit",
        "--master",
        "k8s://x",
        "--deploy-mode=cluster",
        "--class",
        "a.B",
        "--driver-memory",
        "2g",
        "--driver-cores",
        "2",
        "--executor-memory",
        "4g",
        "--executor-cores",
        "2",
        "--num-executors",
        "5",
        "--jars",
        "a.jar,b.jar",
        "--packages",
        "g:a:1",
        "--verbose",
        "--conf",
        "spark.sql.shuffle.partitions=64",
        "--conf",
        "spark.executor.memoryOverhead=1g",
        "--conf",
        "spark.kubernetes.namespace=science-dev",
        "s3a://b/my.jar",
        "one",
        "--two",
    ]
    made = application(words, namespace=DATA, version="4.1.2")
    assert made["metadata"] == {"name": "my", "namespace": "science-dev"}
    assert made["spec"] == {
        "mode": "cluster",
        "sparkVersion": "4.1.2",
        "type": "Scala",
        "mainClass": "a.B",
        "mainApplicationFile": "s3a://b/my.jar",
        "arguments": ["one", "--two"],
        "driver": {"memory": "2g", "cores": 2},
        "executor": {"memory": "4g", "cores": 2, "instances": 5, "memoryOverhead": "1g"},
        "deps": {"jars": ["a.jar", "b.jar"], "packages": ["g:a:1"]},
        "sparkConf": {"spark.sql.shuffle.partitions": "64"},
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("spark-submit --deploy-mode client x.py", "jobs run in cluster mode"),
        ("spark-submit --queue q x.py", "--queue has no place in a SparkApplication"),
        ("spark-submit --num-executors many x.py", "write a whole number"),
        ("spark-submit --conf x x.py", "is no property"),
        ("spark-submit --name a", "there is no file to run"),
        ("spark-submit --name", "--name has no value"),
    ],
)
def test_an_option_that_can_not_be_kept_is_refused_by_its_name(words: str, said: str) -> None:
    with pytest.raises(SubmitError, match=said):
        application(words.split(), namespace=DATA, version="4.1.2")


def test_a_password_is_in_no_traceback() -> None:
    assert "hunter" not in repr(Api(address="http://127.0.0.1:1", user="ann", password="hunter"))
