"""Objects as YAML, the same bytes for the same input. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from emr.model.ledger import Finding, Level

_PRESETS: Final = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_WEEKDAY_SEVEN: Final = re.compile(r"(?<![\d/])7(?!\d)")
MOST_VALUES: Final = 4
"""Values that a line at the head of a file names: all of them are in the report."""

HISTORY: Final = 3
"""Runs of a schedule that are kept, with their pods and logs."""


def schedule(text: str) -> str:
    """A schedule as the operator takes it; empty if it is none.

    Args:
        text: cron or a preset, as Airflow and people write it.
    """
    text = " ".join(text.split())
    if text in _PRESETS:
        return text
    fields = text.split(" ")
    if len(fields) != 5 or not all(re.fullmatch(r"[\w*?,/-]+", each) for each in fields):
        return ""
    # Sunday is 0 alone here (docs/walls.md).
    return " ".join([*fields[:4], _WEEKDAY_SEVEN.sub("0", fields[4])])


def scheduled(manifest: Mapping[str, Any], when: str) -> dict[str, Any]:
    """A SparkApplication as a ScheduledSparkApplication.

    Args:
        manifest: the application.
        when: as `schedule` gives it.
    """
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": "ScheduledSparkApplication",
        "metadata": manifest["metadata"],
        "spec": {
            "schedule": when,
            "timeZone": "UTC",
            "concurrencyPolicy": "Forbid",
            "successfulRunHistoryLimit": HISTORY,
            "failedRunHistoryLimit": HISTORY,
            "template": dict(manifest["spec"]),
        },
    }


def written(manifest: Mapping[str, Any], findings: Sequence[Finding]) -> str:
    """An object as a file, with what has to be done by hand at its head.

    Args:
        manifest: the object.
        findings: those of its job.
    """
    todo = list(_todo(findings))
    lines = ["From EMR; what became of each of its settings stands in report/report.json."]
    lines += ["Before its first run:", *todo] if todo else []
    head = "".join(_comment(line) for line in lines)
    return head + yaml.dump(dict(manifest), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


def _todo(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each thing to do; what is said of a whole description names its values."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in findings:
        if each.level is Level.BY_HAND and each.todo:
            values = grouped.setdefault((_flat(each.why), _flat(each.todo)), [])
            if each.value and not each.job:
                values.append(_flat(each.value))
    for (why, todo), values in grouped.items():
        named = ", ".join(values[:MOST_VALUES]) + (", ..." if len(values) > MOST_VALUES else "")
        yield f"- {why}{f' ({named})' if named else ''}: {todo}"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _comment(line: str) -> str:
    wrapped = textwrap.wrap(
        line, 108, subsequent_indent="  " if line.startswith("-") else "", break_long_words=False
    )
    return "".join(f"# {each}\n" for each in wrapped)


class _Dumper(yaml.SafeDumper):
    """YAML without aliases; texts are in quotes where another reader would see something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    # Go's reader of YAML takes more words for truth values than PyYAML does, and `1_000` for a number.
    risky = re.fullmatch(r"(?i)(y|n|yes|no|on|off|true|false|null|~|)|[-+.\d][\d_.,:eExXoO+-]*", data)
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style='"' if risky else None)


_Dumper.add_representer(str, _text)
