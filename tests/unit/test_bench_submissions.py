"""CPU time of the operator's container, as both kinds of cgroup say it."""

from __future__ import annotations

import pytest

from bench.submissions import cpu_seconds
from workspace.errors import ReportedError


def test_both_kinds_of_cgroup_are_read() -> None:
    assert cpu_seconds("usage_usec 6599333\nuser_usec 1\nsystem_usec 2\n") == pytest.approx(6.599333)
    assert cpu_seconds("6599333300\n") == pytest.approx(6.5993333)


def test_what_is_neither_is_told() -> None:
    with pytest.raises(ReportedError, match="does not say its CPU time, but 'none'"):
        cpu_seconds("none")
