"""A run's answer: read from the store, compared with DuckDB's, shown to people."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from flights.dataset import Dataset, pin
from flights.platform import Platform
from flights.sight import Times
from flights.store import Store
from flights.submit import FOLDER, Kind
from flights.watch import Outcome
from workspace import paths
from workspace.errors import ReportedError

TABLES: Final = ("flights", "rejected", "statistics")
"""Folders that a run writes as Parquet."""

SHOWN: Final = 3
"""Entries shown of each ranking; all of them are in the answer."""


@dataclass(frozen=True)
class Report:
    """A run whose results were compared with the oracle's.

    Args:
        run: its name.
        kind: how it was started.
        answer: the document that it wrote.
        times: when what happened.
    """

    run: str
    kind: Kind
    answer: Mapping[str, Any]
    times: Times

    def to_json(self) -> str:
        """The report as text."""
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str | bytes) -> Report:
        """The report that a text is.

        Args:
            text: what `to_json` wrote.
        """
        read = json.loads(text)
        moments = {name: value and datetime.fromisoformat(value) for name, value in read["times"].items()}
        return cls(read["run"], Kind(read["kind"]), read["answer"], Times(**moments))


def answer(outcome: Outcome, kind: Kind, platform: Platform, store: Store, data: Dataset) -> Report:
    """Read a run's results and compare all of them with what DuckDB computes from the same files.

    Args:
        outcome: of the run.
        kind: how it was started.
        platform: where.
        store: with the tenant's rights.
        data: what the run was given.

    Raises:
        ReportedError: a result is missing, differs, or was not written by the magic committer.
    """
    try:
        from jobs.flights import oracle
    except ModuleNotFoundError as error:
        raise ReportedError(
            f"the answer can't be checked: {error}", hint="`uv sync` installs DuckDB, which checks it"
        ) from error
    prefix = platform.run_prefix(outcome.run)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder)
        store.download(platform.data_bucket, prefix, written)
        document = read_answer(written, f"s3://{platform.data_bucket}/{prefix}")
        check_committer(written)
        differences = oracle.compare(written, document, oracle.compute(data.flights, data.airports))
    if differences:
        raise ReportedError(
            f"run {outcome.run} differs from DuckDB's results:\n" + "\n".join(differences),
            hint="one of jobs/flights/flights.py and oracle.py is wrong, or the input was changed",
        )
    return Report(outcome.run, kind, document, outcome.times)


def read_answer(folder: Path, where: str) -> dict[str, Any]:
    """The answer in a copy of a run's results.

    Args:
        folder: the copy.
        where: what it is a copy of, for the error.

    Raises:
        ReportedError: there is none.
    """
    parts = sorted((folder / "answer").glob("part-*"))
    text = "".join(part.read_text() for part in parts)
    if not text:
        raise ReportedError(
            f"{where}/answer is missing, although the run succeeded", hint="was it deleted? run the job again"
        )
    return dict(json.loads(text))


def check_committer(folder: Path) -> None:
    """Every table must have been committed by S3A's magic committer, whose success marker says so.

    A rename committer leaves an empty marker: on S3 it copies every file, and fails when a task runs twice.

    Args:
        folder: the run's results, one folder a table.

    Raises:
        ReportedError: a table was committed in another way.
    """
    for name in TABLES:
        marker = folder / name / "_SUCCESS"
        text = marker.read_text() if marker.exists() else ""
        if not text or json.loads(text).get("committer") != "magic":
            raise ReportedError(
                f"{name} was not written by the magic committer: its _SUCCESS holds {text[:80]!r}",
                hint="is spark-hadoop-cloud in the image, and is spark-defaults.conf mounted?",
            )


def digest(platform: Platform, kind: Kind) -> str:
    """Name what a run depends on: code, manifest, image and data. Equal digests, equal answers.

    Args:
        platform: where it runs; names the image.
        kind: how it is submitted.
    """
    parts = [platform.image, pin()["integrity"], kind.value]
    files = [FOLDER / "flights.py", FOLDER / kind.manifest]
    content = "\n".join([*parts, *(path.read_text() for path in files)])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _verified_key(platform: Platform, kind: Kind) -> str:
    return f"{platform.namespace}/flights/verified/{digest(platform, kind)}.json"


def previous(platform: Platform, kind: Kind, store: Store) -> Report | None:
    """The report of an earlier run of the same code, manifest, image and data; None if there is none.

    Args:
        platform: where the run would be.
        kind: how it would be submitted.
        store: where reports are kept.
    """
    text = store.read(platform.data_bucket, _verified_key(platform, kind))
    return Report.from_json(text) if text else None


def remember(report: Report, platform: Platform, store: Store) -> None:
    """Keep a report for `previous`.

    Args:
        report: of a run whose answer was right.
        platform: where the run was.
        store: where it is kept.
    """
    key = _verified_key(platform, report.kind)
    store.write(platform.data_bucket, key, report.to_json().encode())


def show(report: Report, platform: Platform, console: Console) -> None:
    """Print the answer, how long what took, and where to look.

    Args:
        report: of a run whose answer was right.
        platform: where the run was.
        console: where it is printed.
    """
    answer, total = report.answer, report.answer["total"]
    console.print(
        f"\n{total['flights']:,} US flights, {answer['months'][0]['key']} to {answer['months'][-1]['key']}, "
        f"by Spark {answer['spark']}; equal to what {_oracle_version()} computes from the same file.",
        soft_wrap=True,
    )
    rejected = ", ".join(f"{count} {reason}" for reason, count in answer["rejected"].items())
    console.print(
        f"{total['late'] / total['flights']:.1%} arrived 15 minutes late or more; the median arrival was "
        f"{_minutes(total['median_delay'])}, the mean {_minutes(total['mean_delay'])}. "
        f"Left out: {rejected or 'none'}.",
        soft_wrap=True,
    )
    for title, name in LISTS:
        entries = answer[name] if name in ("months", "weekdays") else answer[name][:SHOWN]
        console.print(_table(title, entries))
    console.print(_times(report), soft_wrap=True)
    console.print(
        f"Results: s3://{platform.data_bucket}/{platform.run_prefix(report.run)}/"
        f"{{flights,rejected,statistics,answer}}",
        soft_wrap=True,
    )
    if platform.history_url:
        console.print(
            f"History: {platform.history_url.rstrip('/')}/history/{answer['application']}/", soft_wrap=True
        )
    if report.kind is Kind.SCHEDULE:
        return  # its trial was removed, and the driver with it
    console.print(
        f"Logs:    kubectl --kubeconfig {_short(platform.kubeconfig)} logs "
        f"-n {platform.namespace} {report.run}-driver",
        soft_wrap=True,
    )


LISTS: Final = (
    ("month", "months"),
    ("weekday, best first", "weekdays"),
    ("worst days", "worst_days"),
    ("best days", "best_days"),
    ("busiest airports", "busiest_airports"),
    ("worst airports to leave from", "worst_airports"),
    ("best airports to leave from", "best_airports"),
    ("busiest routes", "busiest_routes"),
    ("worst routes", "worst_routes"),
    ("best hour at the busiest airports", "best_hour_of_busiest_airports"),
)


def _table(title: str, entries: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title, "flights", "late", "mean delay", "", box=None, pad_edge=False, title_justify="left")
    for column in table.columns[1:4]:
        column.justify = "right"
    table.columns[0].min_width = 34
    for entry in entries:
        late, delay = entry["late"] / entry["flights"], entry["mean_delay"]
        name = entry.get("name", "")
        table.add_row(entry["key"], f"{entry['flights']:,}", f"{late:.1%}", f"{delay:.1f} min", name)
    return table


def _times(report: Report) -> str:
    times = report.times
    steps = (
        ("created -> driver running", times.seconds(times.created, times.driver)),
        ("-> first executor", times.seconds(times.driver, times.executor)),
        ("-> finished", times.seconds(times.executor or times.driver, times.finished)),
        ("in all", times.seconds(times.created, times.finished)),
    )
    told = ", ".join(f"{name} {value:.0f} s" for name, value in steps if value is not None)
    return f"Run {report.run} ({report.kind.value}): {told}."


def _minutes(value: float) -> str:
    if value == 0:
        return "on time"
    number = f"{abs(value):.1f}".removesuffix(".0")
    return f"{number} minute{'' if number == '1' else 's'} {'late' if value > 0 else 'early'}"


def _oracle_version() -> str:
    from importlib.metadata import version

    return f"DuckDB {version('duckdb')}"


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(paths.ROOT))
    except ValueError:
        return str(path)
