"""Writes the table of values in a chart's README from the comments in its values.yaml.

    python charts/values_table.py charts/spark-history-server            writes it
    python charts/values_table.py --check charts/spark-history-server    fails if it is out of date

A value is described by the comment lines above it that start with `# --`; every value must have one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

BEGIN = "<!-- values: written by charts/values_table.py -->"
END = "<!-- end of values -->"
_MARK = "# --"


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value of a chart.

    Args:
        key: its path, such as `store.size`.
        default: its default, as YAML would write it on one line.
        description: what the comment above it says; empty if there is none.
    """

    key: str
    default: str
    description: str


def values(text: str) -> list[Value]:
    """Read the values of a chart, in the order in which they stand.

    Args:
        text: content of values.yaml.

    Raises:
        ValueError: a value has no description; the message names all that have none.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = list(_leaves(root, "", text.splitlines())) if isinstance(root, yaml.MappingNode) else []
    bare = [value.key for value in found if not value.description]
    if bare:
        raise ValueError(
            f"values without a comment that starts with '{_MARK}': {', '.join(bare)}; add one to each"
        )
    return found


def table(found: list[Value]) -> str:
    """Write values as a Markdown table.

    Args:
        found: in the order of the rows.
    """
    rows = [f"| `{value.key}` | `{value.default}` | {value.description} |" for value in found]
    return "\n".join(["| Value | Default | What it is |", "|---|---|---|", *rows])


def with_table(readme: str, found: list[Value]) -> str:
    """Put the table between the two marks of a README.

    Args:
        readme: its whole text.
        found: what the chart's values file says.

    Raises:
        ValueError: the marks are missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README lacks the lines {BEGIN!r} and {END!r}; the table goes between them")
    return f"{before}{BEGIN}\n\n{table(found)}\n\n{END}{after}"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the table of one chart; return 1 if it is checked and out of date.

    Args:
        arguments: the command line without the program's name; None for this process's own.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("chart", type=Path, help="folder of the chart")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the README is out of date"
    )
    options = parser.parse_args(arguments)
    readme: Path = options.chart / "README.md"
    text = readme.read_text(encoding="utf-8")
    wanted = with_table(text, values((options.chart / "values.yaml").read_text(encoding="utf-8")))
    if options.check and wanted != text:
        sys.stderr.write(f"{readme} is out of date: run python charts/values_table.py {options.chart}\n")
        return 1
    if wanted != text:
        readme.write_text(wanted, encoding="utf-8")
    return 0


def _leaves(node: yaml.MappingNode, prefix: str, lines: list[str]) -> Iterator[Value]:
    """Every value that isn't a group of values; an empty map is a value."""
    for key, value in node.value:
        path = f"{prefix}{key.value}"
        if isinstance(value, yaml.MappingNode) and value.value:
            yield from _leaves(value, f"{path}.", lines)
            continue
        # "null" and "on" are what YAML makes of them; JSON is YAML on one line.
        default = json.dumps(yaml.safe_load(yaml.serialize(value)))
        yield Value(key=path, default=default, description=_description(lines, key.start_mark.line))


def _description(lines: list[str], at: int) -> str:
    above: list[str] = []
    while at > 0 and (line := lines[at - 1].strip()).startswith("#"):
        above.insert(0, line)
        at -= 1
    text = " ".join(line.lstrip("#").strip() for line in above)
    return text.removeprefix("--").strip() if above and above[0].startswith(_MARK) else ""


if __name__ == "__main__":
    sys.exit(main())
