"""From files to applications and their account. Pure: it gets texts, and opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emr.model.beside import Beside
from emr.model.job import Form, Reading
from emr.model.ledger import End, Finding, Ledger, Level
from emr.model.tree import leaves
from emr.readers import files
from emr.translate import application, fields, flow, passed, runs
from emr.translate.answers import Answers
from emr.translate.application import Application
from emr.translate.flow import Work


@dataclass(frozen=True, kw_only=True)
class FileResult:
    """What became of one file.

    Args:
        name: of the file.
        kind: of file, in words.
        works: what it describes.
        applications: what its jobs became, in their order.
        ledger: what became of each of its leaves.
    """

    name: str
    kind: str
    works: tuple[Work, ...]
    applications: tuple[Application, ...]
    ledger: Ledger


@dataclass(kw_only=True)
class _Read:
    name: str
    kind: str
    ledger: Ledger
    works: list[Work] = field(default_factory=list)


def translate(
    texts: Mapping[str, str],
    answers: Answers,
    *,
    namespace: str,
    templated: bool = False,
) -> list[FileResult]:
    """Translate files that belong together: steps in one may run on the cluster of another.

    Args:
        texts: name of a file -> its text.
        answers: what a person has decided.
        namespace: where the jobs will run.
        templated: whether Airflow fills in `{{ ... }}`.
    """
    beside = {name: Beside(here=name, texts=texts) for name in texts}
    readings = {name: files.read(name, text, beside[name]) for name, text in sorted(texts.items())}
    taken = {part: name for name in sorted(texts) for part in beside[name].taken}
    read = [_read(name, reading, taken.get(name, "")) for name, reading in readings.items()]
    _share_cluster([work for each in read for work in each.works])
    _share_application([work for each in read for work in each.works])
    made = [_finish(each, answers, namespace, templated) for each in read]
    told = _told(read)
    return [_result(each, own, told) for each, own in zip(read, made, strict=True)]


def _read(name: str, reading: Reading, taken_by: str) -> _Read:
    ledger = Ledger()
    ledger.expect(reading.leaves)
    if taken_by:
        return _taken(name, reading, taken_by, ledger)
    for finding in reading.findings:
        ledger.note(finding)
    found = _Read(name=name, kind=reading.kind, ledger=ledger)
    for source in reading.sources:
        ledger.expect(leaf for leaf in leaves(source.tree) if leaf.at)
        work = flow.read(source, ledger) if source.form is Form.JOB_FLOW else runs.read(source, ledger)
        work.source = source
        found.works.append(work)
    return found


def _taken(name: str, reading: Reading, by: str, ledger: Ledger) -> _Read:
    """A file that is a part of another: its values stand in the account of that one."""
    own = [each for source in reading.sources for each in leaves(source.tree) if each.at]
    ledger.expect(own)
    for each in [*reading.leaves, *own]:
        ledger.note(
            Finding(
                at=each.at,
                level=Level.EXACT,
                code="PART",
                why=f"{by} names this file: it is read there",
                end=End.DROPPED,
            )
        )
    return _Read(name=name, kind=f"a part of {by}", ledger=ledger)


def _share_cluster(works: list[Work]) -> None:
    """Give steps that stand alone the cluster that is described beside them, if there is just one."""
    described = [each for each in works if each.cluster.form is Form.JOB_FLOW and _is_cluster(each)]
    alone = [each for each in works if each.cluster.form is Form.JOB_FLOW and not _is_cluster(each)]
    if len(described) > 1:
        _share_label(described, alone)
    if len(described) != 1:
        return
    for each in alone:
        own = each.cluster
        each.cluster = replace(
            described[0].cluster,
            properties=(*described[0].cluster.properties, *own.properties),
            environment=(*described[0].cluster.environment, *own.environment),
        )
        each.glue = each.glue or described[0].glue
        each.lent = described[0].source


def _share_label(described: list[Work], alone: list[Work]) -> None:
    """On which of several clusters steps run nobody says; that they are of one release, they say."""
    first = described[0].cluster.label
    if first is None or {each.cluster.label.text if each.cluster.label else "" for each in described} != {
        first.text
    }:
        return
    for each in alone:
        each.cluster = replace(each.cluster, label=first, spark=described[0].cluster.spark)


def _share_application(works: list[Work]) -> None:
    """Give runs of EMR Serverless the label and the settings of the one application that is described."""
    runs = [each for each in works if each.cluster.form is Form.SERVERLESS]
    made = [each for each in runs if not each.jobs and each.cluster.label is not None]
    if len({each.cluster.label.text for each in made if each.cluster.label is not None}) != 1:
        return
    shared = made[0]
    for each in runs:
        if each.jobs and each.cluster.label is None:
            own = each.cluster
            each.cluster = replace(
                own,
                label=shared.cluster.label,
                properties=(*shared.cluster.properties, *own.properties)
                if len(made) == 1
                else own.properties,
            )
            each.glue = each.glue or shared.glue


def _is_cluster(work: Work) -> bool:
    return work.cluster.label is not None or bool(work.cluster.nodes)


def _finish(read: _Read, answers: Answers, namespace: str, templated: bool) -> list[list[Application]]:
    """Applications of a file by what they are described by; the account of the file is closed."""
    found: list[list[Application]] = []
    for work in read.works:
        made = [
            application.write(job, work, answers, read.ledger, namespace=namespace, templated=templated)
            for job in work.jobs
        ]
        if work.source is not None and work.cluster.form is Form.OPERATOR:
            made.insert(0, passed.write(work.source, read.ledger, namespace=namespace))
        found.append(made)
    for work in read.works:
        if work.source is not None:
            fields.account(work.source, read.ledger)
    return found


def _result(read: _Read, made: list[list[Application]], told: Mapping[str, list[Finding]]) -> FileResult:
    applications: list[Application] = []
    for work, own in zip(read.works, made, strict=True):
        sources = [each for each in (work.source, work.lent) if each is not None]
        places = {leaf.at for source in sources for leaf in leaves(source.tree)}
        around = tuple(each for at in sorted(places & told.keys()) for each in told[at])
        applications += [replace(each, around=around) for each in own]
    return FileResult(
        name=read.name,
        kind=read.kind,
        works=tuple(read.works),
        applications=tuple(_unique(applications)),
        ledger=read.ledger,
    )


def _told(read: list[_Read]) -> dict[str, list[Finding]]:
    """Place -> what has to be done by hand there, for whatever job."""
    found: dict[str, list[Finding]] = {}
    for each in read:
        for finding in each.ledger.findings:
            if finding.level is Level.BY_HAND and not finding.job and finding.todo:
                found.setdefault(finding.at, []).append(finding)
    return found


def _unique(applications: list[Application]) -> list[Application]:
    """The same step twice has the same name twice: the second gets a number."""
    seen: dict[str, int] = {}
    found: list[Application] = []
    for each in applications:
        seen[each.name] = seen.get(each.name, 0) + 1
        if seen[each.name] == 1 or each.manifest is None:
            found.append(each)
            continue
        name = f"{each.name[: application.LONGEST - 3].rstrip('-')}-{seen[each.name]}"
        manifest = {**each.manifest, "metadata": {**each.manifest["metadata"], "name": name}}
        found.append(replace(each, name=name, manifest=manifest))
    return found
