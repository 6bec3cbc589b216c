"""Databases and roles on a server of RDS: made once, and at no moment is the master shut out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import psycopg
import pytest
from botocore.stub import Stubber
from psycopg import Connection, sql

from apps.jobs.databases.__main__ import main, master
from apps.jobs.databases.making import IAM, make
from tests.support.postgres import ADMINISTRATOR, Postgres

MASTER = "postgres_master"


class KilledError(Exception):
    """The process is gone."""


class Watched:
    """A master's connection that looks after each statement whether its password would still be taken.

    Args:
        inner: the connection.
        killed_after: number of the statement after which the process is gone; 0 for never.
    """

    def __init__(self, inner: Connection[Any], killed_after: int = 0) -> None:
        self.inner = inner
        self.changes: list[str] = []
        self._left = killed_after

    def execute(self, statement: Any, values: Any = ()) -> Any:
        answer = self.inner.execute(statement, values)
        if isinstance(statement, sql.Composed):
            self.changes.append(statement.as_string(self.inner))
            shown = self.inner.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", (IAM,)).fetchone()
            assert shown == (False,), f"the master needs a token after {self.changes[-1]}"
            self._left -= 1
            if self._left == 0:
                raise KilledError
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    made = Postgres()
    made.start()
    with psycopg.connect(
        host=str(made.folder), user=ADMINISTRATOR, dbname="postgres", autocommit=True
    ) as admin:
        # As on RDS: no superuser, and a role that decides how others get in.
        admin.execute(f"CREATE ROLE {IAM}")
        admin.execute(f"CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE")
    yield made
    made.remove()


@pytest.fixture
def connection(server: Postgres) -> Iterator[Connection[Any]]:
    with psycopg.connect(host=str(server.folder), user=MASTER, dbname="postgres", autocommit=True) as made:
        yield made


def memberships(connection: Connection[Any], role: str) -> set[str]:
    found = connection.execute(
        "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", (role,)
    )
    return {name for (name,) in found}


def test_a_service_owns_its_database_and_gets_in_by_a_token(
    server: Postgres, connection: Connection[Any]
) -> None:
    assert make(Watched(connection), "catalog")  # type: ignore[arg-type]
    assert memberships(connection, "catalog") == {IAM}
    assert memberships(connection, MASTER) == set()
    shown = connection.execute(
        "SELECT pg_get_userbyid(datdba), has_database_privilege('public', oid, 'CONNECT')"
        " FROM pg_database WHERE datname = 'catalog'"
    ).fetchone()
    assert shown == ("catalog", False)
    with server.engine("catalog", role="catalog").begin() as own:
        own.exec_driver_sql("CREATE TABLE mine (n int)")


def test_done_again_it_changes_nothing(connection: Connection[Any]) -> None:
    make(connection, "again")
    watched = Watched(connection)
    assert not make(watched, "again")  # type: ignore[arg-type]
    assert watched.changes == []


def test_killed_after_any_statement_it_is_finished_by_the_next(connection: Connection[Any]) -> None:
    died = 0
    for number in range(1, 20):
        name = f"killed_{number}"
        try:
            make(Watched(connection, killed_after=number), name)  # type: ignore[arg-type]
        except KilledError:
            died += 1
        else:
            break
        make(Watched(connection), name)  # type: ignore[arg-type]
        assert not make(connection, name), "all of it is there"
        assert memberships(connection, name) == {IAM}
        assert memberships(connection, MASTER) == set()
    assert died == 7


def test_a_database_that_somebody_dropped_is_made_anew_for_a_role_that_is_there(
    server: Postgres, connection: Connection[Any]
) -> None:
    make(connection, "dropped")
    server.drop("dropped")
    assert make(Watched(connection), "dropped")  # type: ignore[arg-type]
    assert memberships(connection, "dropped") == {IAM}


def test_the_masters_name_and_password_are_read_as_rds_keeps_them() -> None:
    """RDS User Guide, "Password management with Secrets Manager": JSON with username and password."""
    secrets = boto3.client("secretsmanager", region_name="eu-central-1")
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-1"
    content = json.dumps({"username": MASTER, "password": "made by RDS"})
    with Stubber(secrets) as stub:  # type: ignore[no-untyped-call]
        stub.add_response("get_secret_value", {"SecretString": content}, {"SecretId": arn})
        assert master(secrets, arn) == (MASTER, "made by RDS")


def test_what_the_environment_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_HOST", "DATABASE_PORT", "DATABASE_REGION", "DATABASE_AUTHORITIES"):
        monkeypatch.setenv(name, "5432")
    for name in ("DATABASE_MASTER", "DATABASE_NAMES"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    assert str(ended.value).startswith("DATABASE_MASTER, DATABASE_NAMES: not set, or wrong")
