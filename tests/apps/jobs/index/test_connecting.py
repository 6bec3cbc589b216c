"""Where the database is, and what is said in a password's place where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from apps.jobs.index.connecting import Address, AddressError, address, connect
from tests.store.gateway import free_port

IN_CLUSTER = {
    "DATABASE_HOST": "postgres.spark-database.svc",
    "DATABASE_NAME": "jobs",
    "DATABASE_PASSWORD_FILE": "/etc/database/password",
}
ON_RDS = {
    "DATABASE_HOST": "spark.example.eu-central-1.rds.amazonaws.com",
    "DATABASE_NAME": "jobs",
    "DATABASE_PORT": "5433",
    "DATABASE_REGION": "eu-central-1",
    "DATABASE_AUTHORITIES": "/etc/rds/authorities.pem",
}


def test_the_environment_says_where_the_database_is() -> None:
    assert address(IN_CLUSTER) == Address(
        host="postgres.spark-database.svc", name="jobs", password=Path("/etc/database/password")
    )
    assert address(ON_RDS) == Address(
        host="spark.example.eu-central-1.rds.amazonaws.com",
        name="jobs",
        port=5433,
        region="eu-central-1",
        authorities=Path("/etc/rds/authorities.pem"),
    )


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({}, "DATABASE_HOST and DATABASE_NAME"),
        ({"DATABASE_HOST": "x"}, "^DATABASE_NAME"),
        ({**IN_CLUSTER, "DATABASE_REGION": "eu-central-1"}, "set one of"),
        ({**IN_CLUSTER, "DATABASE_PASSWORD_FILE": ""}, "set one of"),
        ({**ON_RDS, "DATABASE_AUTHORITIES": ""}, "DATABASE_AUTHORITIES"),
        ({**IN_CLUSTER, "DATABASE_PORT": "-1"}, "DATABASE_PORT is '-1'"),
    ],
)
def test_what_is_missing_or_wrong_is_named(said: dict[str, str], error: str) -> None:
    with pytest.raises(AddressError, match=error):
        address(said)


def test_a_token_is_signed_for_the_instance_and_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without asking AWS: it is signed by the SDK itself, as the User Guide of RDS says."""
    from apps.jobs.index import connecting

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    token = connecting._token(address(ON_RDS))
    where, _, query = token.partition("/?")
    assert where == "spark.example.eu-central-1.rds.amazonaws.com:5433"
    assert {"Action=connect", "DBUser=jobs", "X-Amz-Expires=900"} <= set(query.split("&"))
    assert "eu-central-1%2Frds-db%2Faws4_request" in query


def test_each_connection_says_the_password_of_its_time(tmp_path: Path) -> None:
    asked = []

    def token(to: Address) -> str:
        asked.append(to.name)
        return "token"

    to = Address(host="127.0.0.1", name="jobs", port=free_port(), region="eu-central-1")
    engine = connect(to, token=token)
    for _ in range(2):
        with pytest.raises(OperationalError, match="refused"):
            engine.connect()
    assert asked == ["jobs", "jobs"]
