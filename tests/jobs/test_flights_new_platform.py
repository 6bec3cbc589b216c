"""A run on a platform that is seconds old."""

from __future__ import annotations

import pytest

from local.errors import LocalError
from local.flights import submit as submission
from local.kubectl import Kubectl


def test_a_quota_that_is_not_counted_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([LocalError("forbidden: status unknown for quota: quota, resources: count/x"), None])
    monkeypatch.setattr(submission.time, "sleep", lambda _: None)

    def create(_self: Kubectl, _manifest: object) -> None:
        if problem := next(answers):
            raise problem

    monkeypatch.setattr(Kubectl, "create", create)
    submission._create(Kubectl(submission.FOLDER), {})
    assert next(answers, "all asked") == "all asked", "the second try must have been made"


def test_a_full_quota_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def create(_self: Kubectl, _manifest: object) -> None:
        raise LocalError("forbidden: exceeded quota: quota")

    monkeypatch.setattr(Kubectl, "create", create)
    with pytest.raises(LocalError, match="exceeded quota"):
        submission._create(Kubectl(submission.FOLDER), {})
