"""What the API server says of a pod that a quota has no room for: later, or never."""

from __future__ import annotations

from typing import Any

import pytest

from apps.job_pods.api import Answer, Api
from apps.job_pods.trial import refusal

SAID = (
    'pods "executor-x" is forbidden: exceeded quota: quota, requested: pods=1,requests.cpu={wanted}, '
    "used: pods=3,requests.cpu=1200m, limited: pods=10,requests.cpu=1500m"
)
"""The words of tests/admission/test_trial.py's API server (resourcequota/controller.go)."""


class Refusing(Api):
    """An API server that refuses every pod in the same words."""

    def __init__(self, message: str) -> None:
        self._message = message

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        return Answer(403, {"message": self._message})


@pytest.mark.parametrize(
    ("wanted", "later"), [("500m", True), ("1500m", True), ("1600m", False), ("2", False)]
)
def test_a_pod_that_wants_more_than_all_of_the_quota_never_comes(wanted: str, later: bool) -> None:
    said = refusal(Refusing(SAID.format(wanted=wanted)), "data-dev", "executor", {})
    assert (said is None) is later
    assert later or said == f"the executor's pod would be refused: {SAID.format(wanted=wanted)}"
