"""After a run that had too little memory, one attempt gets one step more, within its bounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from apps.jobs.verdict import memory
from apps.jobs.verdict.memory import Refused, Step, applied, mebibytes, step
from components.domain import OVERHEAD_MIN_MIB
from tests.apps.jobs.corpus import cases

VERDICTS = {case.code: case.verdict for case in cases()}
SPEC: dict[str, Any] = {
    "driver": {"memory": "2g"},
    "executor": {"memory": "4g", "memoryOverhead": "1g", "instances": 10},
}


def after(
    code: str, *, spec: dict[str, Any] | None = None, stepped: bool = False, most: int = 65536
) -> Step | Refused:
    return step(spec or SPEC, VERDICTS[code], stepped=stepped, most_mib=most, factor=Decimal("0.4"))


@pytest.mark.parametrize(
    ("code", "section", "field", "before", "grown"),
    [
        ("DRIVER_JVM_OOM", "driver", "memory", 2048, 3072),
        ("DRIVER_OOM_KILLED", "driver", "memoryOverhead", 819, 1280),
        ("EXEC_JVM_OOM", "executor", "memory", 4096, 6144),
        ("EXEC_OOM_KILLED", "executor", "memoryOverhead", 1024, 1536),
    ],
)
def test_what_was_too_small_grows_by_half(
    code: str, section: str, field: str, before: int, grown: int
) -> None:
    found = after(code)
    assert isinstance(found, Step)
    assert (found.section, found.field, found.before, found.after) == (section, field, before, grown)
    assert found.evidence == VERDICTS[code].evidence


def test_one_field_changes_and_the_definition_stays_as_it_was() -> None:
    found = after("EXEC_OOM_KILLED")
    assert isinstance(found, Step)
    assert applied(SPEC, found) == {**SPEC, "executor": {**SPEC["executor"], "memoryOverhead": "1536m"}}
    assert SPEC["executor"]["memoryOverhead"] == "1g"


def test_a_larger_heap_leaves_the_overhead_as_it_was() -> None:
    """Spark would compute another one from the heap, and the pod would grow by both."""
    found = after("DRIVER_JVM_OOM")
    assert isinstance(found, Step)
    assert applied(SPEC, found)["driver"] == {"memory": "3072m", "memoryOverhead": "819m"}
    assert (found.pod_before, found.pod_after) == (2867, 3891)


def test_the_price_is_that_of_all_its_pods() -> None:
    found = after("EXEC_OOM_KILLED")
    assert isinstance(found, Step)
    assert found.gib_more == 5.0


def test_there_is_no_second_step() -> None:
    assert after("EXEC_OOM_KILLED", stepped=True) == Refused(
        reason="it had one step of memory already; a second is its owner's to give"
    )


def test_a_step_ends_at_what_a_container_may_have() -> None:
    found = after("EXEC_JVM_OOM", most=5632)
    assert isinstance(found, Step)
    assert (found.after, found.pod_after) == (4608, 5632)


def test_a_pod_that_has_all_it_may_have_gets_none() -> None:
    assert after("EXEC_JVM_OOM", most=5120) == Refused(
        reason="the executor has 5120 MiB of 5120 that a container may have"
    )


@pytest.mark.parametrize("code", ["DATA_ERROR", "NODE_LOST", "DISK_FULL"])
def test_what_did_not_end_for_memory_gets_none(code: str) -> None:
    assert isinstance(after(code), Refused)


def test_the_least_overhead_is_the_one_that_pod_sizes_count_on() -> None:
    assert memory.OVERHEAD_MIN_MIB == OVERHEAD_MIN_MIB


def test_sizes_that_nobody_wrote_are_the_platforms() -> None:
    found = after("DRIVER_JVM_OOM", spec={"driver": {}})
    assert isinstance(found, Step)
    assert (found.before, found.pod_before) == (1024, 1024 + OVERHEAD_MIN_MIB)


@pytest.mark.parametrize(
    ("size", "expected"), [("512m", 512), ("4g", 4096), ("4GB", 4096), ("1024", 1024), ("1k", 1)]
)
def test_sizes_are_read_as_spark_reads_them(size: str, expected: int) -> None:
    assert mebibytes(size) == expected


@pytest.mark.parametrize("size", ["", "much", "1.5g", "1gg", "-1g"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="is no size: write whole mebibytes"):
        mebibytes(size)
