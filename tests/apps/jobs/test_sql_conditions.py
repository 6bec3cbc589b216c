"""A condition in SQL is refused with file and line, or asked once and answered in numbers alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.job_pods.fields import pod_of
from apps.jobs.checks.asking import (
    ANSWER,
    CONFIG_MAP,
    FOLDER,
    PROGRAM,
    Answer,
    Count,
    Question,
    answer,
    ask,
    label,
    number_of,
    numbered,
    numbers,
)
from apps.jobs.checks.conditions import TABLE, condition, is_to_ask, summary
from apps.jobs.checks.findings import State
from apps.jobs.definitions.conditions import LONGEST, LONGEST_OF_ALL, MOST, faults, faults_of_all
from apps.jobs.definitions.settings import Check
from apps.jobs.ledger.identity import RunId, Series
from apps.jobs.ledger.record import Cause, Record, Wanted
from apps.jobs.runs.objects import DRIVER_CONTAINER
from components.naming import DEFAULTS_CONFIG_MAP
from components.tenants.namespace import SQL_CHECK

START = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
SQL = "amount >= 0"
OUTPUT = "s3a://data/data-dev/orders/day={{ interval.key }}"
PLACE = "s3a://data/data-dev/orders/day=2026-11-20"
CHECK = Check(name="orders", output=OUTPUT, sql=SQL)
SPEC: Mapping[str, Any] = {
    "type": "Scala",
    "image": "registry/team:1",
    "sparkVersion": "4.1.2",
    "mainApplicationFile": "s3a://artifacts/data-dev/a.jar",
    "mainClass": "a.B",
    "arguments": ["x"],
    "sparkConf": {"spark.hadoop.fs.s3a.endpoint.region": "x", "spark.executor.memory": "8g"},
    "driver": {"serviceAccount": "spark-driver", "memory": "20g", "cores": 8, "labels": {"a": "b"}},
    "executor": {"instances": 50},
}


@pytest.mark.parametrize(
    "text",
    [
        "amount >= 0",
        "amount >= 0 -- never; (a refund",
        "country IN ('DE', 'it''s; (', \"a;b\") /* ; ) */",
        "moment >= :interval_start AND moment < :interval_end AND day = :interval_key",
        "amount::INT > 0 AND note RLIKE r'^\\d+:\\('",
        "`with` IS NOT NULL AND update IS NOT NULL",
        "id IN (SELECT id FROM parquet.`s3a://data/data-dev/ids`)",
    ],
)
def test_an_expression_is_a_condition(text: str) -> None:
    assert list(faults(text)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT * FROM orders", "must be a condition for a row"),
        ("with x AS (SELECT 1) SELECT * FROM x", "must be a condition for a row"),
        ("DROP TABLE orders", "must be a condition for a row"),
        ("amount >= 0; DROP TABLE orders", "has a semicolon"),
        ("amount >= 0) OR (true", "has parentheses that do not match"),
        ("(amount >= 0", "has parentheses that do not match"),
        ("country = 'DE", "has ' at character 11, which nothing closes"),
        ("amount >= 0 /* refunds", "has /* at character 13, which nothing closes"),
        ("moment >= '{{ interval.start }}' AND {{ x", "has a mark: write :interval_start"),
        ("moment >= :start", "has the parameter :start, which is none: write :interval_start"),
        ("a" * (LONGEST + 1), f"a condition may have {LONGEST}"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_to_write(text: str, said: str) -> None:
    found = list(faults(text))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["a > 0"] * MOST, []),
        (["a > 0"] * (MOST + 1), [f"have {MOST + 1} conditions in SQL, and a job may have {MOST}"]),
        (
            ["a" * 1000] * 17,
            [f"have 17000 characters of conditions in SQL, and a job may have {LONGEST_OF_ALL}"],
        ),
    ],
)
def test_conditions_of_a_job_fit_into_one_question_and_its_answer(texts: list[str], said: list[str]) -> None:
    assert [found.partition(":")[0] for found in faults_of_all(texts)] == said


def record(spec: Mapping[str, Any] = SPEC, *, interval: bool = True) -> Record:
    series = Series(namespace="data-dev", job="orders", interval="2026-11-20" if interval else "once")
    ends = {"start": START, "end": START + timedelta(days=1)} if interval else {}
    wanted = Wanted(
        series=series,
        key="schedule",
        cause=Cause.SCHEDULE,
        manifest={
            "apiVersion": "sparkoperator.k8s.io/v1beta2",
            "kind": "SparkApplication",
            "metadata": {"labels": {"team": "x"}},
            "spec": spec,
        },
        **ends,
    )
    return wanted.as_run(2, "token", NOW)


def test_nothing_is_asked_without_a_condition_or_an_interval() -> None:
    assert ask(record(), [Check(name="orders", output=OUTPUT)], NOW) is None
    assert ask(record(interval=False), [CHECK], NOW) is None


def test_what_asks_is_small_and_the_runs_own_in_image_release_account_and_store() -> None:
    asked = ask(record(), [CHECK], NOW)
    assert asked is not None
    spec = asked.manifest["spec"]
    assert (spec["image"], spec["sparkVersion"]) == ("registry/team:1", "4.1.2")
    assert (spec["driver"]["serviceAccount"], spec["driver"]["cores"]) == ("spark-driver", 1)
    assert (spec["driver"]["coreRequest"], spec["driver"]["memory"]) == ("500m", "1g")
    assert spec["sparkConf"] == {
        "spark.hadoop.fs.s3a.endpoint.region": "x",
        "spark.kubernetes.driver.master": "local[1]",
        "spark.dynamicAllocation.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
    }
    assert "mainClass" not in spec
    assert asked.manifest["metadata"]["labels"] == {
        "jobs.spark-on-eks/job": "orders",
        "jobs.spark-on-eks/interval": "2026-11-20",
        "jobs.spark-on-eks/n": "2",
        "jobs.spark-on-eks/check": "sql",
    }


def test_values_and_conditions_are_an_argument_and_kubernetes_fills_nothing_in() -> None:
    text = "note <> '$(HOME) \"x\"\n'"
    asked = ask(record(), [CHECK, Check(name="more", output=OUTPUT, sql=text)], NOW)
    assert asked is not None
    (argument,) = asked.manifest["spec"]["arguments"]
    assert "$" not in argument
    assert "\n" not in argument
    assert json.loads(argument) == {
        "asked": [{"output": PLACE, "sql": SQL}, {"output": PLACE, "sql": text}],
        "words": {
            "start": "2026-11-20T00:00:00+00:00",
            "end": "2026-11-21T00:00:00+00:00",
            "key": "2026-11-20",
        },
    }


def test_the_program_is_that_of_the_tenants_namespace() -> None:
    asked = ask(record(), [CHECK], NOW)
    assert asked is not None
    spec = asked.manifest["spec"]
    assert (DEFAULTS_CONFIG_MAP, SQL_CHECK.name) == (CONFIG_MAP, PROGRAM)
    assert spec["mainApplicationFile"] == f"local://{FOLDER}/{SQL_CHECK.name}"
    assert spec["volumes"][0]["configMap"] == {
        "name": DEFAULTS_CONFIG_MAP,
        "items": [{"key": SQL_CHECK.name, "path": SQL_CHECK.name}],
    }


def test_the_operators_pods_have_the_program_where_it_is_named() -> None:
    asked = ask(record(), [CHECK], NOW)
    assert asked is not None
    pod = pod_of(asked.manifest, "driver")
    assert pod["volumes"] == asked.manifest["spec"]["volumes"]
    assert pod["containers"][0]["volumeMounts"] == [
        {"name": "sql-check", "mountPath": FOLDER, "readOnly": True}
    ]


def test_its_name_is_its_own_and_leaves_room_for_its_drivers() -> None:
    series = Series(namespace="data-dev", job="o" * 63, interval="2026-11-20T04-05-06Z")
    names = {each for n in (1, 2) for each in _names(RunId(series=series, n=n))}
    assert len(names) == 4
    assert max(len(f"{each}-driver") for each in names) <= 63


def _names(run: RunId) -> tuple[str, str]:
    return run.application, run.sql_check


def driver(message: str) -> Mapping[str, Any]:
    state = {"terminated": {"exitCode": 0, "message": message}}
    return {"status": {"containerStatuses": [{"name": DRIVER_CONTAINER, "state": state}]}}


def answered(said: Any, check: Check = CHECK) -> Answer:
    asked = ask(record(), [check], NOW)
    assert asked is not None
    return answer(asked, driver(said if isinstance(said, str) else json.dumps({"answer": said})))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{}",
        "[]",
        '{"answer": []}',
        '{"answer": [[1, 2]]}',
        '{"answer": [7]}',
        '{"answer": [[Infinity, 0, 0]]}',
        '{"answer": [[5, -1, 1]]}',
        f'{{"answer": [[{"9" * 4000}, 0, 0]]}}',
        '{"answer": [{"error": "read <b>this</b> and send your password"}]}',
        f'{{"answer": [{{"error": "{"E" * 81}"}}]}}',
        "[" * 4096,
    ],
    ids=lambda message: message[:40],
)
def test_a_message_without_an_answer_is_a_doubt(message: str) -> None:
    found = answered(message)
    assert found.counts == {}
    assert condition(CHECK, PLACE, None, found) == (
        State.WARN,
        "amount >= 0: Spark could not say: its driver's pod does not have its answer",
    )


@pytest.mark.parametrize(
    ("said", "state", "sentence"),
    [
        ([200, 0, 0], State.PASS, "holds in all of 200 rows"),
        ([2000, 1200, 0], State.FAIL, "does not hold in 1,200 of 2,000 rows"),
        ([200, 1, 2], State.FAIL, "does not hold in 3 of 200 rows, in 2 of them for want of a value"),
        ({"error": "PATH_NOT_FOUND"}, State.WARN, "Spark can not say: PATH_NOT_FOUND"),
        (
            {"error": "UNRESOLVED_COLUMN.WITH_SUGGESTION"},
            State.WARN,
            "the check itself is wrong: it names a column that the data does not have "
            "(UNRESOLVED_COLUMN.WITH_SUGGESTION)",
        ),
        ({"error": TABLE}, State.WARN, "is asked of folders of Parquet files, and this is a table"),
    ],
)
def test_what_spark_counted_is_said_with_its_numbers(said: Any, state: State, sentence: str) -> None:
    assert condition(CHECK, PLACE, START, answered([said])) == (state, f"{SQL}: {sentence}")


@pytest.mark.parametrize(
    ("check", "newest", "given", "words"),
    [
        (CHECK, None, None, "Spark has not answered"),
        (CHECK.model_copy(update={"sql": "amount > 0"}), None, "good", "Spark was asked another one"),
        (CHECK.model_copy(update={"name": "new"}), None, "good", "Spark was asked another one"),
        (CHECK, NOW + timedelta(hours=1), "good", "before the data was written (2026-11-21 07:00 UTC)"),
        (CHECK, None, "failed", "Spark could not say: DRIVER_JVM_OOM: Its heap ran out"),
    ],
)
def test_what_was_not_counted_of_this_condition_in_this_data_is_a_doubt(
    check: Check, newest: datetime | None, given: str | None, words: str
) -> None:
    answers = {
        "good": answered([[200, 0, 0]]),
        "failed": Answer(asked=NOW, code="DRIVER_JVM_OOM", sentence="Its heap ran out"),
    }
    state, sentence = condition(check, PLACE, newest, answers[given] if given else None)
    assert state is State.WARN
    assert words in sentence


@pytest.mark.parametrize(
    ("check", "newest", "given", "asks"),
    [
        (CHECK, NOW - timedelta(hours=1), "good", False),
        (CHECK, None, "good", False),
        (CHECK, NOW + timedelta(seconds=1), "good", True),
        (CHECK.model_copy(update={"sql": "amount > 0"}), None, "good", True),
        (CHECK, None, "failed", True),
        (CHECK, None, "none", True),
    ],
)
def test_spark_is_to_be_asked_again_only_if_it_would_say_something_new(
    check: Check, newest: datetime | None, given: str, asks: bool
) -> None:
    answers = {"good": answered([[200, 0, 0]]), "failed": Answer(asked=NOW, sentence="no room")}
    assert is_to_ask(check, PLACE, newest, answers.get(given)) is asks


def test_questions_of_a_runs_data_are_numbered_by_where_they_lie() -> None:
    assert numbers(["verdict.json", "sql/asked.json"]) == (1, 0)
    assert numbers(["sql/10/asked.json", "sql/9/answer.json", "sql/9/asked.json", "sql/x/asked.json"]) == (
        10,
        9,
    )
    assert [numbered(ANSWER, number) for number in (1, 2)] == ["sql/answer.json", "sql/2/answer.json"]
    assert [number_of(label(number)) for number in (1, 2, 123)] == [1, 2, 123]
    assert [number_of(text) for text in ("", "sql-0", "sql-1x", "other")] == [0, 0, 0, 0]


def test_a_further_question_has_a_name_of_its_own() -> None:
    run = record().run
    asked = ask(record(), [CHECK], NOW, 2)
    assert asked is not None
    assert asked.manifest["metadata"]["name"] == run.sql_check_again(2)
    assert len({run.application, run.sql_check, run.sql_check_again(2), run.sql_check_again(3)}) == 4


def test_the_list_of_runs_has_the_sum() -> None:
    def count(**more: Any) -> Count:
        return Count(question=Question(output=PLACE, sql=SQL), **more)

    found = summary(
        Answer(
            asked=NOW,
            counts={"a": count(rows=5), "b": count(rows=5, broken=1), "c": count(error="X")},
        )
    )
    assert (found.passed, found.warned, found.failed) == (1, 1, 1)
    assert found.first == "amount >= 0: does not hold in 1 of 5 rows"
    assert summary(Answer(asked=NOW, sentence="gone")).warned == 1
