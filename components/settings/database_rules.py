"""Rules about the database: what RDS would refuse, or nobody could have meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from components.aws_plans.database_plan import GROWTH_PERCENT, IDENTIFIER_MAX, instance_name
from components.aws_plans.rds_authorities import authorities
from components.settings.aws import AwsFoundationSettings
from components.settings.database import RdsSettings
from components.settings.problems import Path, Problem

if TYPE_CHECKING:
    from components.settings.model import Settings

HERE: Final[Path] = ("database", "rds")
_IN_CLUSTER: Final = ("storage", "memory", "generation")


def check(settings: Settings) -> Iterator[Problem]:
    """Find everything that contradicts something else.

    Args:
        settings: all settings.
    """
    chosen, foundation = settings.database.rds, settings.foundation
    if chosen is None:
        return
    for key in sorted(settings.database.model_fields_set.intersection(_IN_CLUSTER)):
        yield Problem(
            path=("database", key),
            value=getattr(settings.database, key),
            message="is for the server in the cluster, and database.rds names another; remove one of the two",
            read=(HERE,),
        )
    yield from _growth(chosen)
    if not isinstance(foundation, AwsFoundationSettings):
        yield Problem(
            path=HERE,
            value="a section",
            message="is on AWS, and only pods on the foundation aws have an identity there; remove it",
            read=(("foundation", "kind"),),
        )
        return
    yield from _on_aws(foundation)


def _growth(chosen: RdsSettings) -> Iterator[Problem]:
    least = -(-chosen.storage_gib * (100 + GROWTH_PERCENT) // 100)
    if chosen.storage_limit_gib < least:
        yield Problem(
            path=(*HERE, "storageLimitGib"),
            value=chosen.storage_limit_gib,
            message=f"leaves storageGib, {chosen.storage_gib}, no room: RDS wants {GROWTH_PERCENT} % more; "
            f"write {least} or more",
            read=((*HERE, "storageGib"),),
        )


def _on_aws(foundation: AwsFoundationSettings) -> Iterator[Problem]:
    name = instance_name(foundation.name)
    if len(name) > IDENTIFIER_MAX or "--" in name:
        yield Problem(
            path=("foundation", "name"),
            value=foundation.name,
            message=f"gives the database the name {name}, which RDS refuses: {IDENTIFIER_MAX} characters at "
            "most, and no two hyphens beside each other; write another name",
            read=(HERE,),
        )
    if foundation.region not in authorities():
        yield Problem(
            path=("foundation", "region"),
            value=foundation.region,
            message="has no certificate of RDS' authority here, so nobody could tell the server from others; "
            "add it to components/aws_plans/rds_authorities.pem, or remove database.rds",
            read=(HERE,),
        )
