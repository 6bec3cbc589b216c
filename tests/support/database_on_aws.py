"""A stack on AWS whose jobs come from Git, with their index in a database of RDS."""

from __future__ import annotations

from typing import Any

from tests.support.stacks import stack_settings


def with_database(stack: str = "prod", **changes: Any) -> dict[str, Any]:
    """Settings of a stack with jobs and RDS; keys given replace those of `database.rds`."""
    values = stack_settings(stack)
    values["jobs"] = {
        "enabled": True,
        "repository": "https://git.example.com/data/jobs.git",
        "secret": "jobs-git",
    }
    values["database"] = {"rds": changes}
    return values
