"""From files to a report, for the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emr.catalog import report
from emr.catalog.classify import classify
from emr.catalog.export import Table, Unreadable, read
from emr.catalog.order import Move, order


def plan(files: Iterable[Path]) -> tuple[list[Move], list[Unreadable]]:
    """The moves of all tables in some files.

    Args:
        files: what `aws glue get-tables` printed, a file for each database or page.

    Raises:
        ValueError: a file can't be read, or is no JSON.
    """
    tables: dict[str, Table] = {}
    unreadable = []
    for file in files:
        for each in read(file.name, _text(file)):
            if isinstance(each, Unreadable):
                unreadable.append(each)
            elif each.full_name.lower() in tables:
                first = tables[each.full_name.lower()]
                unreadable.append(Unreadable(each.at, f"is {each.full_name} again, which is at {first.at}"))
            else:
                tables[each.full_name.lower()] = each
    return order(map(classify, tables.values())), unreadable


def show(files: Iterable[Path], *, as_json: bool) -> str:
    """The report of some files; see `plan`.

    Args:
        files: what `aws glue get-tables` printed.
        as_json: True for programs.
    """
    moves, unreadable = plan(files)
    return (report.document if as_json else report.text)(moves, unreadable)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise ValueError(f"{file} can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not text: {error}") from error
