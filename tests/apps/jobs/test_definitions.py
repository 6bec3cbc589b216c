"""A folder of definitions gives its jobs, and all errors at once, each with its file and line."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from apps.jobs.definitions import marks
from apps.jobs.definitions.checking import Definition, Platform
from apps.jobs.definitions.reading import Reading, read
from apps.jobs.schedule.due import CatchUp, Concurrency
from workspace.paths import ROOT

HERE = Platform(namespaces=frozenset({"data-dev", "science-dev"}))

ONCE = """\
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: orders
  namespace: data-dev
spec:
  type: Python
  mode: cluster
  mainApplicationFile: s3a://artifacts/data-dev/orders.py
"""

DAILY = """\
apiVersion: sparkoperator.k8s.io/v1beta2
kind: ScheduledSparkApplication
metadata:
  name: daily-orders
  namespace: data-dev
spec:
  schedule: 0 5 * * *
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  template:
    type: Python
    mode: cluster
    mainApplicationFile: s3a://artifacts/data-dev/orders.py
    arguments:
      - --day={{ interval.key }}
    restartPolicy:
      type: Never
"""

BESIDE = """\
---
apiVersion: jobs.spark-on-eks/v1
kind: SparkJob
metadata:
  name: daily-orders
  namespace: data-dev
spec:
  owner: data-engineers
  catchUp: all
  dueWithin: 2h30m
  retries:
    most: 3
    by:
      EXEC_LOST_MAX: 1
  checks:
    - name: rows
      output: s3a://data/data-dev/orders/day={{ interval.key }}
      rowsAtLeast: 1000
"""

Write = Callable[..., Reading]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Puts files into a folder, and reads it."""

    def put(*, platform: Platform = HERE, **files: str) -> Reading:
        for name, text in files.items():
            path = tmp_path / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return read(tmp_path, platform)

    return put


def example() -> str:
    """The file that docs/jobs.md shows for conditions in SQL."""
    _, _, text = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8").partition("## Conditions in SQL\n")
    lines = takewhile(
        lambda line: not line or line.startswith("    "), text.partition(":\n\n")[2].splitlines()
    )
    return textwrap.dedent("\n".join(lines))


def only(reading: Reading) -> Definition:
    assert reading.problems == ()
    (found,) = reading.definitions
    return found


def test_a_definition_of_upstreams_is_a_job_as_it_stands(write: Write) -> None:
    job = only(write(orders=ONCE))
    assert (job.namespace, job.name, job.path, job.line) == ("data-dev", "orders", "orders.yaml", 1)
    assert job.schedule is None
    assert job.spec["mode"] == "cluster"
    assert job.settings.retries.most == 2


def test_a_schedule_with_settings_beside_it(write: Write) -> None:
    job = only(write(orders=DAILY + BESIDE))
    assert job.schedule is not None
    assert (job.schedule.text, job.schedule.zone, job.concurrency) == (
        "0 5 * * *",
        "Europe/Berlin",
        Concurrency.FORBID,
    )
    assert job.settings.catch_up is CatchUp.ALL
    assert job.settings.due_within == timedelta(hours=2, minutes=30)
    assert job.settings.retries.by == {"EXEC_LOST_MAX": 1}
    assert job.settings.checks[0].rows_at_least == 1000


def test_settings_may_stand_in_a_file_of_their_own(write: Write) -> None:
    assert only(write(a_settings=BESIDE, orders=DAILY)).settings.owner == "data-engineers"


def test_a_bad_file_stops_no_other(write: Write) -> None:
    reading = write(orders=ONCE, broken="kind: [", daily=DAILY)
    assert [job.name for job in reading.definitions] == ["daily-orders", "orders"]
    assert [problem.path for problem in reading.problems] == ["broken.yaml"]


def test_all_errors_are_said_at_once_with_file_and_line(write: Write) -> None:
    wrong = (
        DAILY.replace("0 5 * * *", "0 25 * * *")
        .replace("Europe/Berlin", "Europe/Atlantis")
        .replace("Forbid", "Maybe")
        .replace("interval.key", "interval.day")
        .replace("type: Never", "type: OnFailure")
        .replace("namespace: data-dev", "namespace: kube-system")
    )
    found = [(each.line, each.key) for each in write(orders=wrong).problems]
    assert found == [
        (5, "metadata.namespace"),
        (7, "spec.schedule"),
        (8, "spec.timeZone"),
        (9, "spec.concurrencyPolicy"),
        (15, "spec.template.arguments[0]"),
        (17, "spec.template.restartPolicy.type"),
    ]


def test_a_condition_that_is_none_is_said_with_its_line_and_stops_its_job(write: Write) -> None:
    conditions = (
        BESIDE + "      sql: amount >= 0\n" + "    - name: more\n      output: s3a://data/data-dev/orders\n"
    )
    assert write(orders=DAILY + conditions).problems == ()
    (problem,) = write(orders=DAILY, beside=conditions + "      sql: SELECT 1\n").problems
    assert (problem.key, problem.line) == ("spec.checks[1].sql", len(conditions.splitlines()) + 1)
    assert "must be a condition for a row" in problem.message


def test_two_checks_of_one_name_are_refused_as_only_one_could_be_shown(write: Write) -> None:
    twice = BESIDE + "    - name: {}\n      output: s3a://data/data-dev/orders\n"
    assert write(orders=DAILY, beside=twice.replace("{}", "more")).problems == ()
    (problem,) = write(orders=DAILY, beside=twice.replace("{}", "rows")).problems
    assert problem.key == "spec.checks[1].name"
    assert problem.message == "rows is the name of two: give it another"


def test_the_example_of_conditions_in_sql_is_a_job_as_it_stands_on_its_page(write: Write) -> None:
    job = only(write(orders=example()))
    assert [(check.name, bool(check.sql)) for check in job.settings.checks] == [
        ("amounts", True),
        ("times", True),
    ]
    assert job.schedule is not None


WRONG: dict[str, tuple[str, str]] = {
    "a namespace that is nobody's": (
        ONCE.replace("data-dev\nspec", "kube-system\nspec"),
        "orders.yaml:5: metadata.namespace must be one of data-dev, science-dev, not kube-system",
    ),
    "no namespace": (
        ONCE.replace("  namespace: data-dev\n", ""),
        "orders.yaml:3: metadata.namespace must be one of data-dev, science-dev, not left out",
    ),
    "a name that no Service takes": (
        ONCE.replace("name: orders", "name: 2026-orders"),
        "orders.yaml:4: metadata.name can not be: job '2026-orders' must begin with a letter",
    ),
    "a key that stands twice": (
        ONCE + "  type: Scala\n",
        "orders.yaml:10: spec.type stands twice: remove one; only the last would count",
    ),
    "a driver's name that all runs would have": (
        ONCE + "  driver: {podName: orders-driver}\n",
        "orders.yaml:10: spec.driver.podName must be left out: a job here has a run each time that it is due",
    ),
    "another kind of object": (
        ONCE.replace("SparkApplication", "Secret"),
        "orders.yaml:2: kind must be SparkApplication, ScheduledSparkApplication, SparkJob, not Secret",
    ),
    "an old version": (
        ONCE.replace("v1beta2", "v1beta1"),
        "orders.yaml:1: apiVersion must be sparkoperator.k8s.io/v1beta2, not sparkoperator.k8s.io/v1beta1",
    ),
    "a text that is no object": ("just words\n", "orders.yaml:1: is no object of Kubernetes"),
    "no YAML": (ONCE + "\t- a\n", "orders.yaml:10: found character '\\t' that cannot start any token"),
    "a mark where runs do not differ": (
        ONCE + "  image: spark:{{ interval.key }}\n",
        "orders.yaml:10: spec.image can not differ from run to run: marks may stand in arguments, sparkConf",
    ),
    "a spec that is a text": (ONCE[: ONCE.index("spec:")] + "spec: none\n", "spec must be a mapping"),
    "a secret": (
        ONCE + "  sparkConf:\n    spark.hadoop.fs.s3a.secret.key: " + "canaryOf" + "ASecret\n",
        "orders.yaml:11: spec.sparkConf.spark.hadoop.fs.s3a.secret.key has a secret in it: put it into a",
    ),
    "settings of nobody": (BESIDE, "metadata.name data-dev/daily-orders is no job of this folder"),
    "a setting that is none": (
        DAILY + BESIDE.replace("catchUp: all", "catchup: all"),
        "orders.yaml:26: spec.catchup is no setting: is catchUp meant?",
    ),
    "a verdict that is none": (
        DAILY + BESIDE.replace("EXEC_LOST_MAX", "BAD_LUCK"),
        "orders.yaml:31: spec.retries.by.BAD_LUCK is no verdict; the verdicts are API_SERVER_AWAY",
    ),
    "more retries than anybody needs": (
        DAILY + BESIDE.replace("most: 3", "most: 300"),
        "orders.yaml:29: spec.retries.most Input should be less than or equal to 10",
    ),
    "a span that is none": (
        DAILY + BESIDE.replace("2h30m", "soon"),
        "orders.yaml:27: spec.dueWithin must be a span of time such as 90m, 2h or 1d12h",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_with_its_place_and_what_to_write(write: Write, what: str) -> None:
    text, says = WRONG[what]
    reading = write(orders=text)
    assert any(says in str(problem) for problem in reading.problems), list(map(str, reading.problems))
    assert reading.definitions == ()


def test_no_message_shows_the_secret(write: Write) -> None:
    text, _ = WRONG["a secret"]
    assert "canaryOf" not in "".join(map(str, write(orders=text).problems))


def test_a_name_that_is_given_twice_is_neithers(write: Write) -> None:
    reading = write(a=ONCE, b=ONCE, c=ONCE.replace("name: orders", "name: other"))
    assert [job.name for job in reading.definitions] == ["other"]
    assert [(each.path, each.line) for each in reading.problems] == [("a.yaml", 4), ("b.yaml", 4)]


def test_a_job_whose_settings_are_wrong_does_not_run_with_the_defaults(write: Write) -> None:
    assert write(orders=DAILY + BESIDE.replace("most: 3", "most: many")).definitions == ()


def test_what_the_api_server_would_refuse_stands_at_the_job(write: Write) -> None:
    def refusals(manifest: Mapping[str, Any]) -> Sequence[str]:
        return ["spec asks for 9 pods, and the namespace may have 4"] if "pods" in str(manifest) else []

    said = write(
        orders=ONCE + "  arguments: [pods]\n",
        platform=Platform(namespaces=HERE.namespaces, refusals=refusals),
    )
    assert [str(each) for each in said.problems] == [
        "orders.yaml:6: spec spec asks for 9 pods, and the namespace may have 4"
    ]


def test_the_api_server_is_not_asked_about_what_is_wrong_already(write: Write) -> None:
    asked: list[Mapping[str, Any]] = []

    def refusals(manifest: Mapping[str, Any]) -> Sequence[str]:
        asked.append(manifest)
        return []

    platform = Platform(namespaces=HERE.namespaces, refusals=refusals)
    write(orders=WRONG["a mark where runs do not differ"][0], daily=DAILY, platform=platform)
    assert [each["metadata"]["name"] for each in asked] == ["daily-orders"]


def test_a_revision_is_of_what_a_definition_means(write: Write) -> None:
    plain = only(write(orders=ONCE)).revision
    moved = ONCE.replace("  type: Python\n", "") + "  # a comment\n  type: 'Python'\n"
    assert only(write(orders=moved)).revision == plain
    assert only(write(orders=ONCE.replace("orders.py", "orders2.py"))).revision != plain


def test_a_rerun_is_another_revision(write: Write) -> None:
    beside = BESIDE.replace("daily-orders", "orders")
    again = beside[: beside.index("  owner")] + "  rerun: 1\n"
    assert only(write(orders=ONCE + again)).revision != only(write(orders=ONCE)).revision


def test_a_link_out_of_the_folder_is_not_followed(write: Write, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside.yaml"
    outside.write_text(ONCE)
    (tmp_path / "link.yaml").symlink_to(outside)
    reading = write()
    assert reading.definitions == ()
    assert "leads out of the folder" in str(reading.problems[0])


def test_a_file_that_unfolds_into_billions_is_refused(write: Write) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    (problem,) = write(bomb="\n".join(lines)).problems
    assert "has more than 50000 values" in problem.message


def test_a_date_is_a_text_as_it_is_for_kubernetes(write: Write) -> None:
    job = only(write(orders=ONCE + "  arguments: [2026-11-20]\n"))
    assert job.spec["arguments"] == ["2026-11-20"]


def test_what_lies_hidden_is_passed_over(write: Write, tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "ci.yaml").write_text("on: push\n")
    assert write(orders=ONCE).files == ("orders.yaml",)


def test_marks_are_filled_in_for_a_run() -> None:
    spec = {"arguments": ["--from={{interval.start}}", "--run={{ run.id }}"], "driver": {"cores": 1}}
    words = {"interval.start": "2026-11-20T00:00:00Z", "run.id": "orders-20261120-1a2b3c4d"}
    assert marks.filled(spec, words) == {
        "arguments": ["--from=2026-11-20T00:00:00Z", "--run=orders-20261120-1a2b3c4d"],
        "driver": {"cores": 1},
    }


def test_a_job_without_a_mark_of_its_interval_does_the_same_each_time() -> None:
    assert marks.uses_interval({"arguments": ["{{ interval.end }}"]})
    assert not marks.uses_interval({"arguments": ["{{ run.id }}"]})
