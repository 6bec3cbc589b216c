"""What is written of a run is what is read of it, however often it is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from apps.jobs.index.reading import Reader
from apps.jobs.index.rows import COLUMNS, row_of, run_of
from apps.jobs.index.schema import RUNS
from apps.jobs.index.writing import AT_ONCE, write
from apps.jobs.runs.outcome import Quote
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from tests.apps.jobs.index.samples import NOW, a_run, failed, many


def read(index: Engine, run: Run) -> Run | None:
    return Reader(index, {run.namespace}).run(run.run)


def rows(index: Engine) -> int:
    with index.connect() as connection:
        return connection.execute(select(func.count()).select_from(RUNS)).scalar_one()


def test_the_index_holds_every_field_of_a_run() -> None:
    """Who adds a field to a run adds a column, and a migration that makes it."""
    assert set(COLUMNS) == set(Run.model_fields)


def test_a_run_and_its_row_say_the_same() -> None:
    for run in many(300):
        assert run_of(row_of(run)) == run


@pytest.mark.store
def test_a_run_is_read_as_it_was_written(index: Engine) -> None:
    runs = [*many(300), a_run(day=None), a_run(n=2, parent=1, **failed())]
    write(index, runs)
    assert [read(index, run) for run in runs] == runs


@pytest.mark.store
def test_a_run_that_went_on_replaces_what_was_there_of_it(index: Engine) -> None:
    run = a_run(phase=Phase.RUNNING, ended=None)
    write(index, [run])
    later = run.model_copy(update={"phase": Phase.SUCCEEDED, "ended": run.claimed + timedelta(hours=1)})
    for _ in range(2):
        write(index, [later])
    assert (rows(index), read(index, run)) == (1, later)


@pytest.mark.store
def test_what_a_run_no_longer_has_goes(index: Engine) -> None:
    write(index, [a_run(**failed())])
    write(index, [a_run()])
    assert read(index, a_run()) == a_run()
    with index.connect() as connection:
        assert connection.execute(select(RUNS.c.failure.is_(None), RUNS.c.code)).one() == (True, None)


@pytest.mark.store
def test_of_two_states_of_a_run_in_one_call_the_last_counts(index: Engine) -> None:
    write(index, [a_run(phase=Phase.QUEUED), a_run(phase=Phase.RUNNING)])
    assert read(index, a_run()) == a_run(phase=Phase.RUNNING)


@pytest.mark.store
def test_more_runs_than_one_statement_takes_are_written(index: Engine) -> None:
    write(index, many(AT_ONCE + 1))
    assert rows(index) == AT_ONCE + 1


@pytest.mark.store
def test_nothing_is_written_of_no_run(index: Engine) -> None:
    write(index, [])
    assert rows(index) == 0


@pytest.mark.store
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(codec=None)), days=st.floats(-36500, 365000))
def test_any_text_of_a_program_can_be_written(index: Engine, words: str, days: float) -> None:
    """Logs have bytes that no text has; PostgreSQL refuses NUL, and psycopg halves of surrogate pairs."""
    run = a_run(
        **{
            **failed(sentence=words),
            "reason": words,
            "key": f"request:{words}" + "k" * 5000,
            "ended": NOW + timedelta(days=days),
        }
    )
    assert run.failure
    run = run.model_copy(
        update={"failure": run.failure.model_copy(update={"evidence": (Quote(source="log", text=words),)})}
    )
    write(index, [run])
    found = read(index, run)
    assert found
    assert found.failure
    kept = "".join("\ufffd" if each == "\0" or "\ud800" <= each <= "\udfff" else each for each in words)
    assert (found.reason, found.failure.sentence, found.failure.evidence[0].text) == (kept, kept, kept)
    assert found.ended == run.ended
