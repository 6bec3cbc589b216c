"""A schedule that the operator runs is told with what is wrong with it, and what to write."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from apps.jobs.schedule.outside import Outside, outside
from tests.apps.jobs.worlds import NAMESPACE, daily

FOUND: dict[str, Any] = yaml.safe_load(daily("nightly"))


def seen(*, is_in_git: bool = False, status: dict[str, Any] | None = None, **spec: Any) -> Outside:
    changed = {key: value for key, value in {**FOUND["spec"], **spec}.items() if value is not None}
    return outside({**FOUND, "spec": changed, "status": status or {}}, is_in_git=is_in_git)


def test_a_schedule_that_goes_on_has_nothing_to_mend() -> None:
    status = {
        "scheduleState": "Scheduled",
        "lastRun": "2026-11-20T05:00:00Z",
        "nextRun": "2026-11-21T05:00:00Z",
        "lastRunName": "nightly-1",
    }
    said = seen(schedule="0 6 * * *", timeZone="Europe/Berlin", status=status)
    assert said.warnings == ()
    assert (said.words, said.concurrency) == ("every day at 06:00 (Europe/Berlin)", "Forbid")
    assert (str(said.last), str(said.next)) == ("2026-11-20 05:00:00+00:00", "2026-11-21 05:00:00+00:00")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"concurrencyPolicy": None}, "Write one of Allow, Forbid, Replace into spec.concurrencyPolicy"),
        ({"schedule": "0 25 * * *"}, "spec.schedule or spec.timeZone can not be: '0 25 * * *' has a field"),
        ({"timeZone": "Mars/Phobos"}, "time zone 'Mars/Phobos' is not known"),
        (
            {"status": {"scheduleState": "FailedValidation", "reason": "bad cron"}},
            "set it aside (bad cron), and mending it does not bring it back: delete it, and make it again",
        ),
        ({"is_in_git": True}, f"kubectl delete scheduledsparkapplications -n {NAMESPACE} nightly"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(changed: dict[str, Any], says: str) -> None:
    (warning,) = seen(**changed).warnings
    assert says in warning


def test_one_that_is_paused_does_not_double_the_runs_of_git() -> None:
    assert seen(is_in_git=True, suspend=True).warnings == ()
