"""A stack on AWS whose jobs come from Git, with their index in a database of RDS."""

from __future__ import annotations

from typing import Any

from components.naming import JOBS_NAMESPACE
from components.records.jobs import WEB, WORKER
from components.records.model import DatabaseClient
from tests.support.stacks import stack_settings

CLIENT = DatabaseClient(database="jobs", namespace=JOBS_NAMESPACE, pods=(WORKER, WEB))


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
