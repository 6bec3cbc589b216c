"""How a program of ours reaches its database: encrypted, and sure of whom it talks to.

The server in the cluster has a key that it makes at each start. That it is the right one is shown by the
password's exchange: it is bound to the connection (channel binding, RFC 5929), and only who has the verifier
can answer it. RDS has a certificate of Amazon's, which is checked, and takes a token in a password's place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from sqlalchemy import URL, Engine, create_engine, event

CONNECT_SECONDS: Final = 5
"""A server that does not answer by then is away: whoever asked hears it."""


class AddressError(ValueError):
    """The environment does not say how the database is reached."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a database is, and how one gets in.

    Args:
        host: the server's name.
        name: of the database, and of the role that owns it.
        port: of the server.
        password: file with the password; None for a token of AWS.
        region: region of the RDS instance; None for one with a password.
        authorities: file with the certificates that the server's is checked by; None for a server that its
            password's exchange shows to be the right one.
    """

    host: str
    name: str
    port: int = 5432
    password: Path | None = None
    region: str | None = None
    authorities: Path | None = None


def address(environment: Mapping[str, str] | None = None) -> Address:
    """What `DATABASE_HOST`, `_NAME`, `_PORT` and either `_PASSWORD_FILE` or `_REGION` and `_AUTHORITIES` say.

    Args:
        environment: the variables; None for this process's.

    Raises:
        AddressError: one is missing or wrong; the message says which.
    """
    said = os.environ if environment is None else environment
    missing = [name for name in ("DATABASE_HOST", "DATABASE_NAME") if not said.get(name)]
    password, region = said.get("DATABASE_PASSWORD_FILE"), said.get("DATABASE_REGION")
    authorities, port = said.get("DATABASE_AUTHORITIES"), said.get("DATABASE_PORT", "5432")
    if missing:
        raise AddressError(f"{' and '.join(missing)}: not set; the pod's manifest says where the database is")
    if bool(password) == bool(region):
        raise AddressError("set one of DATABASE_PASSWORD_FILE (in the cluster) and DATABASE_REGION (RDS)")
    if region and not authorities:
        raise AddressError("DATABASE_AUTHORITIES: not set; RDS is known by a certificate of Amazon's")
    if not port.isdecimal():
        raise AddressError(f"DATABASE_PORT is {port!r}; write a number, such as 5432")
    return Address(
        host=said["DATABASE_HOST"],
        name=said["DATABASE_NAME"],
        port=int(port),
        password=Path(password) if password else None,
        region=region or None,
        authorities=Path(authorities) if authorities else None,
    )


def connect(to: Address, *, connections: int = 5, token: Callable[[Address], str] | None = None) -> Engine:
    """An engine that makes connections when they are needed, and makes new ones when the server was away.

    Args:
        to: the database.
        connections: how many it keeps; as many again while they are all in use.
        token: makes what is said in a password's place; None asks AWS' SDK.
    """
    url = URL.create("postgresql+psycopg", username=to.name, host=to.host, port=to.port, database=to.name)
    engine = create_engine(
        url,
        connect_args={"connect_timeout": CONNECT_SECONDS, "options": "-c timezone=UTC", **_safety(to)},
        pool_size=connections,
        max_overflow=connections,
        # A connection that ended with the server is found before a question is asked by it.
        pool_pre_ping=True,
    )

    def say_password(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        # At each connection: a password that was changed, and a token, which is good for 15 minutes.
        options["password"] = _password(to, token or _token)

    event.listen(engine, "do_connect", say_password)
    return engine


def _safety(to: Address) -> dict[str, str]:
    if to.authorities is None:
        return {"sslmode": "require", "channel_binding": "require"}
    return {"sslmode": "verify-full", "sslrootcert": str(to.authorities)}


def _password(to: Address, token: Callable[[Address], str]) -> str:
    return token(to) if to.password is None else to.password.read_text().strip()


def _token(to: Address) -> str:
    """Signed here, without asking AWS (RDS User Guide, "IAM database authentication")."""
    client = boto3.client("rds", region_name=to.region)
    return str(
        client.generate_db_auth_token(DBHostname=to.host, Port=to.port, DBUsername=to.name, Region=to.region)
    )
