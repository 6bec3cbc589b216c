"""The table of SQLSTATEs is Spark's own."""

from __future__ import annotations

import json
import zipfile

import pytest

from apps.jobs.verdict.gathering import states
from tests.support.distributions import Distribution

pytestmark = pytest.mark.spark


def test_every_condition_has_the_state_that_spark_gives_it(distribution: Distribution) -> None:
    (jar,) = (distribution.home / "jars").glob("spark-common-utils_*.jar")
    with zipfile.ZipFile(jar) as archive:
        conditions = json.loads(archive.read("error/error-conditions.json"))
    assert states() == {
        name: condition["sqlState"] for name, condition in conditions.items() if condition.get("sqlState")
    }
