"""A database for each service, and a role that owns it and that a token of AWS lets in.

RDS decides by membership in `rds_iam` how a role gets in, and an indirect membership counts: whoever is a
member of a role that has it must show a token too (RDS User Guide, "Database authentication"). To make a
database for a role the master has to be a member of it (PostgreSQL 15, CREATE DATABASE). If it were one while
the role has `rds_iam`, its password would not be taken any more. So it is one only while the role has not,
and a run that ends in between leaves the master as it was.
"""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection, sql

IAM: Final = "rds_iam"
"""The role of RDS whose members show a token."""


def make(connection: Connection[Any], name: str) -> bool:
    """Make a database and its role, if they are not there; done again it changes nothing.

    Args:
        connection: as the master, each statement by itself.
        name: of both.

    Returns:
        Whether there was anything to do.
    """
    role = sql.Identifier(name)
    new_role = not _is_there(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name)
    if new_role:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    unfinished = _is_unfinished(connection, name)
    if unfinished:
        _make_database(connection, name)
    by_token = _is_there(connection, "SELECT 1 WHERE pg_has_role(%s, %s, 'MEMBER')", name, IAM)
    if not by_token:
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(IAM), role))
    return new_role or unfinished or not by_token


def _make_database(connection: Connection[Any], name: str) -> None:
    role = sql.Identifier(name)
    # Of another life of the role: it is taken away before the master becomes a member.
    connection.execute(sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(IAM), role))
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
    if not _is_there(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))
    connection.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(role))


def _is_unfinished(connection: Connection[Any], name: str) -> bool:
    """Whether the database is missing, is open to every role, or the master is still a member of its role."""
    return not _is_there(
        connection,
        "SELECT 1 FROM pg_database WHERE datname = %s"
        " AND NOT has_database_privilege('public', oid, 'CONNECT') AND NOT EXISTS"
        " (SELECT 1 FROM pg_auth_members WHERE roleid = %s::regrole"
        " AND member = current_user::regrole)",
        name,
        sql.Identifier(name).as_string(connection),
    )


def _is_there(connection: Connection[Any], question: str, *values: str) -> bool:
    return connection.execute(question.encode(), values).fetchone() is not None
