"""Settings of the databases of the platform's own services."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field, Strict, WithJsonSchema

from components.domain import MIB, size_bytes
from components.settings.fields import Section, SizeQuantity, why

_LEAST_MIB: Final = 256
"""A quarter of it is 64 MB of cache, half of PostgreSQL's own default."""


def _check_memory(quantity: str) -> str:
    if size_bytes(quantity) < _LEAST_MIB * MIB:
        raise ValueError(f"must be {_LEAST_MIB}Mi or more: a quarter of it is the cache")
    return quantity


ServerMemory = Annotated[
    SizeQuantity,
    AfterValidator(_check_memory),
    WithJsonSchema({"type": "string", "$comment": f"{_LEAST_MIB}Mi or more, such as `384Mi` or `1Gi`"}),
]


class DatabaseSettings(Section):
    """PostgreSQL in the cluster, with a database for each service that wants one; none, if none does."""

    storage: SizeQuantity = Field(
        "5Gi",
        description="Size of its volume.",
        json_schema_extra=why("A run takes 2 KB with its indexes: two million fit. Volumes rarely shrink."),
    )
    memory: ServerMemory = Field(
        "384Mi",
        description="Memory of the server, request and limit; a quarter of it is its cache.",
        json_schema_extra=why("Its cache holds the newest 40,000 runs, at 2 KB each with their indexes."),
    )
    generation: Annotated[int, Strict(), Field(ge=1, le=10_000)] = Field(
        1,
        description="Which passwords these are; raise it by one, and every service gets a new one.",
        json_schema_extra=why("Server and services restart with it; nobody types one."),
    )
