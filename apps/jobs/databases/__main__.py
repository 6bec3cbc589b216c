"""`python -m apps.jobs.databases`: makes what its environment names on a server of RDS, and ends."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

import boto3
import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .making import make

LOG: Final = logging.getLogger("apps.jobs.databases")

CONNECT_SECONDS: Final = 10


class Told(BaseModel):
    """What the environment says.

    Args:
        host: the server's name.
        port: of the server.
        region: where it is.
        authorities: file with the certificates that the server's is checked by.
        master: ARN of the secret with name and password of its master.
        names: the databases, with commas between them.
    """

    model_config = ConfigDict(frozen=True)

    host: str = Field(alias="DATABASE_HOST", min_length=1)
    port: int = Field(alias="DATABASE_PORT")
    region: str = Field(alias="DATABASE_REGION", min_length=1)
    authorities: str = Field(alias="DATABASE_AUTHORITIES", min_length=1)
    master: str = Field(alias="DATABASE_MASTER", min_length=1)
    names: str = Field(alias="DATABASE_NAMES", min_length=1)


def master(secrets: Any, arn: str) -> tuple[str, str]:
    """Name and password of the master, as RDS keeps them.

    Args:
        secrets: a boto3 client for Secrets Manager.
        arn: ARN of the secret.
    """
    found: Mapping[str, str] = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    return found["username"], found["password"]


def run(told: Told) -> None:
    """Make all of it.

    Args:
        told: what the environment says.
    """
    user, password = master(boto3.client("secretsmanager", region_name=told.region), told.master)
    with psycopg.connect(
        host=told.host,
        port=told.port,
        dbname="postgres",
        user=user,
        password=password,
        sslmode="verify-full",
        sslrootcert=told.authorities,
        connect_timeout=CONNECT_SECONDS,
        autocommit=True,
    ) as connection:
        for name in told.names.split(","):
            LOG.info("%s: %s", name, "made" if make(connection, name) else "was there")


def main() -> None:
    """Make what the process's environment names."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        run(Told.model_validate(dict(os.environ)))
    except ValidationError as error:
        wrong = ", ".join(str(each["loc"][0]) for each in error.errors())
        sys.exit(f"{wrong}: not set, or wrong; the pod's manifest says where the database is")
    except (ClientError, BotoCoreError, psycopg.Error) as error:
        # Kubernetes tries again; what this says has no password in it.
        sys.exit(f"the databases were not made, and are tried again: {error}")


if __name__ == "__main__":
    main()
