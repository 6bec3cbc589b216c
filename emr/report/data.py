"""The report as plain data, secrets masked: what the other forms are made of. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from emr.model.ledger import Finding, Level
from emr.model.tree import shown
from emr.report import stay
from emr.translate.application import Application
from emr.translate.kit import FileResult
from emr.translate.secrets import masked


def report(results: Sequence[FileResult], costs: Sequence[str] = ()) -> dict[str, Any]:
    """The whole report.

    Args:
        results: what became of the files.
        costs: sentences on what the move costs and saves; empty if nobody has asked.
    """
    jobs = [each for result in results for each in result.applications]
    findings = [each for result in results for each in result.ledger.findings]
    leaves = [result.ledger.counts() for result in results]
    return {
        "summary": {
            "files": len(results),
            "jobs": len(jobs),
            "written": sum(each.manifest is not None for each in jobs),
            "blocked": sum(each.manifest is None for each in jobs),
            "findings": {level.value: count for level in Level if (count := _of(findings, level))},
            "leaves": {
                key: sum(each[key] for each in leaves) for key in ("leaves", "used", "dropped", "reported")
            },
            "pathsOfS3": sum(each.s3 for each in jobs),
        },
        "stay": stay.sentences(results),
        "costs": list(costs),
        "nodes": _nodes(results),
        "buckets": sorted({bucket for each in jobs for bucket in each.buckets}),
        "questions": questions(findings),
        "files": [_file(each) for each in results],
    }


def _of(findings: Sequence[Finding], level: Level) -> int:
    return sum(each.level is level for each in findings)


def _nodes(results: Sequence[FileResult]) -> dict[str, Any]:
    """What a node pool has to allow for the same nodes as today."""
    nodes = [
        node
        for result in results
        for work in result.works
        for node in work.cluster.nodes
        if node.role != "MASTER"
    ]
    types = sorted({name for node in nodes for name in node.types})
    return {
        "instanceTypes": types,
        "families": sorted({name.partition(".")[0] for name in types}),
        "capacityTypes": sorted({"spot" if node.spot else "on-demand" for node in nodes}),
    }


def questions(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """What blocks, by what it is, with the number of places.

    Args:
        findings: of all jobs.
    """
    counted = Counter((each.code, each.why, each.todo) for each in findings if each.level is Level.BLOCKED)
    return [
        {"code": code, "why": _clean(why), "do": _clean(todo), "places": count}
        for (code, why, todo), count in sorted(counted.items())
    ]


def _file(result: FileResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "kind": result.kind,
        "leaves": result.ledger.counts(),
        "jobs": [_job(each) for each in result.applications],
        "findings": [_finding(each) for each in result.ledger.findings],
    }


def _job(found: Application) -> dict[str, Any]:
    return {
        "job": _clean(found.job),
        "at": found.at,
        "name": found.name,
        "written": found.manifest is not None,
        "blockedBy": list(found.problems),
        "onFailure": found.on_failure,
        "buckets": list(found.buckets),
        "pathsOfS3": found.s3,
        "secrets": dict(found.secrets),
    }


def _finding(found: Finding) -> dict[str, Any]:
    data = asdict(found)
    data["level"], data["end"], data["do"] = found.level.value, found.end.value, _clean(data.pop("todo"))
    data["jobAt"] = data.pop("job_at")
    data["why"], data["value"], data["job"] = _clean(found.why), _clean(found.value), _clean(found.job)
    return data


def _clean(text: str) -> str:
    """A text without secrets, its holes as people write them."""
    return masked(shown(text))
