"""What the work of an input costs on EMR and here, by the model in `costs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emr.model.job import Cluster
from emr.translate import instances
from emr.translate.kit import FileResult
from emr.translate.sizes import mib


class NoClusterError(ValueError):
    """An input of which no cost can be told."""


def workload(results: Sequence[FileResult], *, hours: str, runs: str) -> dict[str, Any]:
    """A workload as `costs.workload.parse` reads it.

    Args:
        results: what became of the files: the largest cluster among them is priced.
        hours: hours a month that its executors run.
        runs: runs a month.

    Raises:
        NoClusterError: no file describes a cluster of EMR on EC2 with nodes whose types are known.
    """
    found = [
        (work.cluster, each.sizes)
        for result in results
        for work in result.works
        for each in result.applications
        if instances.workers(work.cluster) and instances.node(work.cluster)
    ]
    if not found:
        raise NoClusterError(
            "no job with a cluster of EMR on EC2 whose instance types are in costs/instances.yaml: give "
            "the job flow, or the "
            "answers of describe-cluster and list-instance-groups; other work: `spark-on-eks cost "
            "--workload FILE`"
        )
    cluster, sizes = max(found, key=lambda each: instances.workers(each[0]))
    return {
        **_executors(cluster, sizes),
        "name": cluster.name or "EMR",
        "hours": hours,
        "runs": runs,
        "emr": _emr(cluster),
    }


def _executors(cluster: Cluster, spec: Mapping[str, Any]) -> dict[str, Any]:
    executor, driver = spec["executor"], spec["driver"]
    section = spec.get("dynamicAllocation", {})
    types = sorted({name for node in cluster.nodes if node.role != "MASTER" for name in node.types})
    spot = sum(node.count for node in cluster.nodes if node.role != "MASTER" and node.spot)
    return {
        "executors": executor.get("instances") or section.get("maxExecutors") or 2,
        "executorCpu": _cpu(executor),
        "executorMemoryGiB": _gib(executor),
        "driverCpu": _cpu(driver),
        "driverMemoryGiB": _gib(driver),
        "instances": types,
        "spotShare": round(100 * spot / instances.workers(cluster)),
    }


def _cpu(role: Mapping[str, Any]) -> str:
    request = str(role.get("coreRequest", role["cores"]))
    return str(int(request.removesuffix("m")) / 1000) if request.endswith("m") else request


def _gib(role: Mapping[str, Any]) -> str:
    heap = mib(role["memory"])
    beside = mib(role["memoryOverhead"]) if "memoryOverhead" in role else instances.overhead_mib(heap)
    return f"{(heap + beside) / 1024:.3f}"


def _emr(cluster: Cluster) -> dict[str, Any]:
    masters = [node for node in cluster.nodes if node.role == "MASTER"]
    found: dict[str, Any] = {"nodes": instances.workers(cluster)}
    if masters and masters[0].types:
        found |= {
            "primary": masters[0].types[0],
            "primaries": 3 if masters[0].count == 3 else 1,
            "primarySpot": masters[0].spot,
        }
    return found
