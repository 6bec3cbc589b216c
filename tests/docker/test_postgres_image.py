"""PostgreSQL makes its data once, lets services in to their own databases, and keeps what they wrote."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from apps.jobs.index.connecting import address, connect
from apps.jobs.index.migrating import migrate
from components import versions
from components.services.database.scram import verifier
from tests.cluster.waiting import eventually
from tests.docker.conftest import OpenImage
from tests.docker.container import Container, Image
from tests.docker.test_monitoring_images import metrics
from tests.store.gateway import free_port

pytestmark = pytest.mark.docker

USER = 65532
EXPORTED = "host=/run/postgresql user=metrics dbname=postgres sslmode=disable"
PASSWORDS = {"jobs": "PasswordOfJobs", "catalog": "PasswordOfCatalog"}


@dataclass(kw_only=True)
class Server:
    """The image as its pod runs it."""

    image: Image
    folder: Path
    port: int = field(default_factory=free_port)
    running: Container | None = None

    def __post_init__(self) -> None:
        for name in ("data", "run", "services"):
            (self.folder / name).mkdir()
        self.folder.chmod(0o755)
        for path in (self.folder / "data", self.folder / "run"):
            os.chown(path, USER, USER)
        self.serve(*PASSWORDS)

    def serve(self, *names: str) -> None:
        """Say which services there are."""
        for file in (self.folder / "services").iterdir():
            file.unlink()
        for name in names:
            (self.folder / "services" / name).write_text(verifier(PASSWORDS[name], salt=name))

    def begin(self) -> Container:
        options = ("-c", f"port={self.port}", "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=16MB")
        self.running = self.image.start(
            *options,
            uid=USER,
            gid=USER,
            tmp=False,
            volumes={self.folder / "data": "/data", self.folder / "run": "/run/postgresql"},
            mounts={self.folder / "services": "/etc/postgres/services"},
        )
        return self.running

    def start(self) -> None:
        """Start it and wait until a service can come in."""
        self.begin().until("the server answers", self._answers)

    def end(self, signal: str) -> None:
        assert self.running
        self.running.signal(signal)
        self.running.wait(30)
        self.running.remove()

    def connect(self, name: str = "jobs", **different: str) -> psycopg.Connection[tuple[object, ...]]:
        how = {
            "host": "127.0.0.1",
            "port": str(self.port),
            "user": name,
            "dbname": name,
            "password": PASSWORDS.get(name, ""),
            "sslmode": "require",
            "channel_binding": "require",
            "connect_timeout": "5",
        }
        return psycopg.connect(**{**how, **different}, autocommit=True)  # type: ignore[arg-type]

    def ask(self, statement: str, name: str = "jobs") -> list[tuple[object, ...]]:
        with self.connect(name) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            return self.ask("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False


@pytest.fixture
def server(unpacked: OpenImage, tmp_path: Path) -> Iterator[Server]:
    made = Server(image=unpacked("postgres"), folder=tmp_path)
    yield made
    if made.running:
        made.running.remove()


@pytest.fixture(scope="module")
def shared(unpacked: OpenImage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that tests only ask."""
    made = Server(image=unpacked("postgres"), folder=tmp_path_factory.mktemp("postgres"))
    made.start()
    yield made
    assert made.running
    made.running.remove()


def test_a_service_owns_the_database_of_its_name_and_is_no_more_than_that(shared: Server) -> None:
    (row,) = shared.ask(
        "SELECT current_database(), pg_get_userbyid(datdba), rolsuper OR rolcreatedb OR rolcreaterole"
        " OR rolbypassrls OR rolreplication, ssl, version"
        " FROM pg_database, pg_roles, pg_stat_ssl"
        " WHERE datname = current_database() AND rolname = current_user AND pid = pg_backend_pid()"
    )
    assert row == ("jobs", "jobs", False, True, "TLSv1.3")
    assert shared.ask("SHOW server_version")[0][0].startswith(f"{versions.POSTGRES}.")  # type: ignore[attr-defined]
    locale = shared.ask("SELECT datcollate, encoding FROM pg_database WHERE datname = 'jobs'")
    assert locale == [("C.UTF-8", 6)]
    assert shared.ask("SHOW data_checksums") == [("on",)]
    shared.ask("CREATE EXTENSION pg_trgm")


@pytest.mark.parametrize(
    ("different", "refused"),
    [
        ({"password": "Another"}, "password authentication failed"),
        ({"sslmode": "disable", "channel_binding": "disable"}, "rejects connection.*no encryption"),
        ({"dbname": "catalog"}, "rejects connection|no pg_hba.conf entry"),
        ({"dbname": "postgres"}, "rejects connection|no pg_hba.conf entry"),
        ({"user": "postgres", "dbname": "postgres"}, "rejects connection"),
        ({"user": "metrics", "dbname": "postgres"}, "rejects connection"),
        ({"user": "nobody", "dbname": "nobody"}, "password authentication failed"),
    ],
)
def test_nobody_else_comes_in(shared: Server, different: dict[str, str], refused: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=refused):
        shared.connect(**different)


def test_no_password_is_in_what_it_prints_or_keeps(shared: Server) -> None:
    with pytest.raises(psycopg.Error):
        shared.ask("SELECT 'PasswordOfJobs' FROM nowhere")
    assert shared.running
    printed = shared.running.output()
    for password in PASSWORDS.values():
        assert password not in printed
    assert "SCRAM-SHA-256" not in printed


def test_the_exporter_sees_figures_and_no_data(shared: Server) -> None:
    port = free_port()
    exporter = replace(shared.image, entrypoint=["/usr/bin/prometheus-postgres-exporter"])
    running = exporter.start(
        f"--web.listen-address=127.0.0.1:{port}",
        uid=USER,
        gid=USER,
        environment={
            "DATA_SOURCE_NAME": f"{EXPORTED} port={shared.port}",
        },
        mounts={shared.folder / "run": "/run/postgresql"},
    )
    try:
        found = eventually("the exporter answers", metrics(port), timeout=60)
        assert "\npg_up 1" in found
        assert 'pg_database_size_bytes{datname="jobs"' in found
    finally:
        running.remove()


def test_what_was_written_is_there_after_a_restart_and_after_a_kill(server: Server) -> None:
    server.start()
    server.ask("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    server.end("INT")
    server.start()
    server.ask("INSERT INTO kept VALUES (2)")
    server.end("KILL")
    server.start()
    assert server.ask("SELECT n FROM kept ORDER BY n") == [(1,), (2,)]
    assert server.running
    assert "initdb" not in server.running.output()


def test_a_program_of_ours_goes_on_by_itself_after_the_server_was_away_and_has_another_password(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORDS["jobs"])
    said = {"DATABASE_HOST": "127.0.0.1", "DATABASE_NAME": "jobs", "DATABASE_PORT": str(server.port)}
    engine = connect(address({**said, "DATABASE_PASSWORD_FILE": str(password)}))
    server.start()
    migrate(engine)
    server.end("KILL")
    with pytest.raises(OperationalError):
        engine.connect()
    monkeypatch.setitem(PASSWORDS, "jobs", "AnotherOne")
    password.write_text("AnotherOne\n")
    server.serve("jobs")
    server.start()
    migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW timezone")) == "UTC"
        assert inspect(connection).has_table("runs")
    engine.dispose()


def test_a_service_that_is_taken_out_stays_out_and_its_database_stays(server: Server) -> None:
    server.start()
    server.ask("CREATE TABLE kept AS SELECT 1", "catalog")
    server.end("INT")
    server.serve("jobs")
    server.start()
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        server.connect("catalog")
    server.end("INT")
    server.serve("jobs", "catalog")
    server.start()
    assert server.ask("SELECT * FROM kept", "catalog") == [(1,)]


def test_a_first_start_that_was_interrupted_is_made_good(server: Server) -> None:
    partial = server.folder / "data" / "postgres.partial"
    partial.mkdir()
    (partial / "PG_VERSION").write_text("15")
    os.chown(partial, USER, USER)
    server.start()
    assert not partial.exists()


@pytest.mark.parametrize(
    ("version", "said"),
    [("14", "the data is of PostgreSQL 14, this is 15: dump it there"), (None, "is no PostgreSQL's data")],
)
def test_data_of_another_release_is_left_alone(server: Server, version: str | None, said: str) -> None:
    data = server.folder / "data" / "postgres"
    data.mkdir()
    if version:
        (data / "PG_VERSION").write_text(version)
    os.chown(data, USER, USER)
    container = server.begin()
    assert container.wait(30) == 1
    assert said in container.output()
    assert len(list(data.iterdir())) == bool(version)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("jobs", "PasswordOfJobs", "what the password is checked by"),
        ("postgres", verifier("x", salt="x"), "can't be a service's role"),
        ("Jobs; DROP", verifier("x", salt="x"), "can't be a service's role"),
    ],
)
def test_a_wrong_list_of_services_is_refused_without_saying_a_password(
    server: Server, name: str, content: str, said: str
) -> None:
    server.serve()
    (server.folder / "services" / name).write_text(content)
    container = server.begin()
    assert container.wait(60) == 1
    assert said in container.output()
    assert "PasswordOfJobs" not in container.output()
