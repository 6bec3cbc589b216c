"""Any number of jobs and schedules that are ordinary but for some hostile places, anywhere in the CRDs."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from tests.submission.jobs import KEYS, TEXTS
from tests.walls.attack import job, schedule

Object = dict[str, Any]
Schema = Mapping[str, Any]

WRONG: Final[tuple[Any, ...]] = (
    *(None, [], {}, [{}], [[]], [None], {"a": {}}, {"": None}, "x", "", True, -1, 0, 1.5),
    *(
        2**31,
        2**63 - 1,
        -(2**63),
        1e300,
        "1e1.5",
        "-1",
        "NaN",
        "0x10",
        "1Ki1",
        "\u0000",
        "ä\u2028",
        "9" * 400,
    ),
)
"""Values that fit hardly anywhere."""

NUMBERS: Final = (-1, 0, 1, 7, 600, 2**31 - 1, 2**31, 2**53, 2**63 - 1, -(2**63))

SCHEDULES: Final = (
    *(
        "@daily",
        "*/5 * * * *",
        "@every 1m",
        "@every 1s",
        "@every -1m",
        "@every 9999999h",
        "@every",
        "@reboot",
    ),
    *("* * * * * *", "TZ=0", "TZ=UTC 0 5 * * *", "CRON_TZ=Europe/Paris 0 5 * * *", "99 * * * *", "? ? ? ? ?"),
    *("0 5 31 2 *", "0-59/0 * * * *", "1-0 * * * *", "L * * * *", "*/99999999999999999999 * * * *", " ", ""),
)
ZONES: Final = ("UTC", "Europe/Paris", "Local", "", "../../etc/passwd", "Nowhere/Land", "UTC\n", "0")

WRONG_SHARE: Final = 0.3
"""How many of the places get a value of another type."""

DEEPER_SHARE: Final = 0.9
"""How often a place is looked for below a field that has fields."""


class Fuzz:
    """Makes them."""

    def __init__(self, kinds: Mapping[str, Schema], random: Random) -> None:
        """Take the places from schemas.

        Args:
            kinds: the schema of each kind's spec.
            random: seeded, so that a finding can be had again.
        """
        self._kinds = kinds
        self._random = random

    def make(self, name: str) -> Object:
        """A SparkApplication, or two times in five a ScheduledSparkApplication.

        Args:
            name: its name.
        """
        random = self._random
        made = schedule("@daily") if random.random() < 0.4 else job()
        made["metadata"] = {"name": name}
        for _ in range(random.randint(1, 3)):
            self._spoil(made["spec"], self._kinds[made["kind"]])
        if made["kind"] == "ScheduledSparkApplication" and random.random() < 0.3:
            made["spec"]["schedule"] = random.choice(SCHEDULES)
            made["spec"]["timeZone"] = random.choice(ZONES)
        return made

    def _spoil(self, place: Object, schema: Schema) -> None:
        """Descend to a place of the schema, and put something hostile there."""
        random = self._random
        name, below = random.choice(sorted(schema["properties"].items()))
        inner = place.get(name)
        if "properties" in below and random.random() < DEEPER_SHARE:
            inner = inner if isinstance(inner, dict) else self._needed(below)
            place[name] = inner
            self._spoil(inner, below)
        elif "properties" in below.get("items", {}) and random.random() < DEEPER_SHARE:
            one = self._needed(below["items"])
            self._spoil(one, below["items"])
            place[name] = [one]
        else:
            place[name] = random.choice(WRONG) if random.random() < WRONG_SHARE else self._value(below)

    def _needed(self, schema: Schema) -> Object:
        """An object with what the schema requires."""
        return {name: self._plain(schema["properties"][name]) for name in schema.get("required", [])}

    def _plain(self, schema: Schema) -> Any:
        """A value that nobody minds."""
        if "properties" in schema:
            return self._needed(schema)
        plain: dict[str, Any] = {"array": [], "object": {}, "integer": 1, "number": 1, "boolean": True}
        return plain.get(str(schema.get("type")), schema.get("enum", ["a"])[0])

    def _value(self, schema: Schema) -> Any:
        """A hostile value of the type that the schema asks for."""
        random = self._random
        kind = schema.get("type")
        if "properties" in schema:
            return {**self._needed(schema), random.choice(sorted(schema["properties"])): random.choice(TEXTS)}
        if kind == "array":
            return [self._value(schema["items"]) for _ in range(random.randint(1, 4))]
        if kind == "object":
            return {random.choice(KEYS): random.choice(TEXTS) for _ in range(random.randint(1, 3))}
        if kind in ("integer", "number") or schema.get("x-kubernetes-int-or-string"):
            return random.choice(NUMBERS)
        if kind == "boolean":
            return random.random() < 0.5
        return random.choice(schema.get("enum", TEXTS))
