"""What the input does not say and a person does: a file that goes with the inputs. Pure.

variables: {BUCKET: sales}
paths: {"hdfs:///raw": "s3a://sales/raw", "/etc/app.conf": ""}
packages: {"org.apache.spark:spark-avro_2.12": [s3a://artifacts/data-dev/spark-avro_2.12-3.5.8.jar]}
catalog: none
label: emr-6.15.0
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

NO_CATALOG: Final = "none"
"""The jobs read and write files alone, and no table by its name."""

_KEYS: Final = ("variables", "paths", "packages", "catalog", "label")


class BadAnswersError(ValueError):
    """Answers that can't be used; all of what is wrong, a line each."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a person has decided.

    Args:
        variables: name -> value, of what only a run knows.
        paths: beginning of a path -> what it is in S3; itself to leave it as it is, empty to leave it out.
        packages: coordinate, with its version or without -> files in its place.
        catalog: address of a Hive metastore, or `none`; empty if nobody has decided.
        label: release label where the input has none; empty for none.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    catalog: str = ""
    label: str = ""

    def path(self, text: str) -> str | None:
        """What a path is here; None if nobody has said.

        Args:
            text: the path.
        """
        fits = [start for start in self.paths if text == start or text.startswith(start.rstrip("/") + "/")]
        if not fits:
            return None
        start = max(fits, key=len)
        target = self.paths[start]
        return target + text[len(start) :] if target else ""

    def package(self, coordinate: str) -> tuple[str, ...] | None:
        """Files in the place of a package; None if nobody has said.

        Args:
            coordinate: group, name and version, with colons.
        """
        without = coordinate.rpartition(":")[0]
        return self.packages.get(coordinate, self.packages.get(without))


def read(text: str) -> Answers:
    """Read a file of answers.

    Args:
        text: YAML.

    Raises:
        BadAnswersError: with all that is wrong.
    """
    try:
        data = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise BadAnswersError(f"answers: no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise BadAnswersError(f"answers: must be a mapping of {', '.join(_KEYS)}")
    wrong = [f"answers: {key} is none of {', '.join(_KEYS)}" for key in data if key not in _KEYS]
    mappings = ("variables", "paths", "packages")
    wrong += [
        f"answers: {key} must be a mapping" for key in mappings if not isinstance(data.get(key) or {}, dict)
    ]
    if wrong:
        raise BadAnswersError("\n".join(wrong))
    return Answers(
        variables=_texts(data.get("variables")),
        paths=_texts(data.get("paths")),
        packages={str(key): _files(value) for key, value in (data.get("packages") or {}).items()},
        catalog=str(data.get("catalog") or ""),
        label=str(data.get("label") or ""),
    )


def _texts(data: Any) -> dict[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in (data or {}).items()}


def _files(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),) if value else ()
