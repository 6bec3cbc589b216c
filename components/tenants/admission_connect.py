"""A SparkConnect is refused to everybody, always: with what to write instead. Pure.

The operator would start it, whoever made it. So the rule denies also where those for jobs only warn. Whoever
submits jobs may ask for it in rights: without, the answer would be "forbidden", and nothing to do instead.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import CONNECTS, SPARK_GROUP
from components.tenants.admission_policy import Check, Policy

CONNECT: Final = Policy(
    subject="connect",
    kinds={SPARK_GROUP: CONNECTS},
    of_spec=True,
    always=True,
    checks=(
        Check(
            "false",
            "'a SparkConnect can not be used, whatever its spec says: whoever reaches its port acts with its "
            "rights, and it outlives every job. Write a SparkApplication whose mainApplicationFile "
            "has what the client would send'",
            "the operator would start a server that asks nobody who they are",
        ),
    ),
)
"""The rule for servers of Spark Connect."""
