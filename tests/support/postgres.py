"""A real PostgreSQL of Debian's package, in a folder of its own; never run by root, whom it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import Engine, create_engine

from components.versions import POSTGRES
from tests.binaries import system_program

SERVER: Final = f"/usr/lib/postgresql/{POSTGRES}/bin/postgres"
ADMINISTRATOR: Final = "administrator"

_QUICK: Final = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""Nobody needs the data after the tests."""

_START_SECONDS: Final = 30


@dataclass(kw_only=True)
class Postgres:
    """The server, and what is needed to use it.

    Args:
        folder: of its data and its socket.
    """

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="postgres-")))
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make its data if there is none yet, start it, and wait until it answers."""
        data = self.folder / "data"
        if not data.is_dir():
            if os.geteuid() == 0:
                shutil.chown(self.folder, "nobody", "nogroup")
            self._run(
                "initdb",
                *("--pgdata", str(data), "--username", ADMINISTRATOR, "--no-sync", "--auth=trust"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            )
        options = ["listen_addresses=", f"unix_socket_directories={self.folder}", *_QUICK]
        words = [word for option in options for word in ("-c", option)]
        self._process = self._popen("postgres", "-D", str(data), *words)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, f"PostgreSQL did not answer within {_START_SECONDS} s"
            assert self._process.poll() is None, "PostgreSQL has ended"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it without a warning, with all that it started."""
        if self._process is not None:
            # SIGQUIT is its immediate shutdown: as after a crash, but without processes that stay.
            self._process.send_signal(3)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End it, and delete its data."""
        self.kill()
        shutil.rmtree(self.folder)

    def create(self, database: str) -> Engine:
        """Make a database.

        Args:
            database: its name.
        """
        self._say(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.engine(database)

    def drop(self, database: str) -> None:
        """Remove a database, also if somebody is connected.

        Args:
            database: its name.
        """
        self._say(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def engine(self, database: str, *, role: str = ADMINISTRATOR) -> Engine:
        """An engine for a database.

        Args:
            database: its name.
            role: who asks.
        """
        return create_engine(f"postgresql+psycopg://{role}@/{database}?host={self.folder}")

    def dump(self, database: str) -> str:
        """Its schema as SQL.

        Args:
            database: its name.
        """
        options = ("--schema-only", "--no-owner", "--host", str(self.folder), "--username", ADMINISTRATOR)
        return self._run("pg_dump", *options, database)

    def _say(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._where("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _where(self, database: str) -> str:
        return f"host={self.folder} user={ADMINISTRATOR} dbname={database} connect_timeout=5"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._where("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> str:
        process = self._popen(program, *arguments, output=subprocess.PIPE)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, f"{program} failed"
        return output.decode()

    def _popen(
        self, program: str, *arguments: str, output: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        command: Sequence[str] = [str(Path(system_program(SERVER)).with_name(program)), *arguments]
        root = os.geteuid() == 0
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            user="nobody" if root else None,
            group="nogroup" if root else None,
            extra_groups=[] if root else None,
        )
