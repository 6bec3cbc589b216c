"""What Pulumi is called with, and what of it its caller may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolchain.pulumi_cli import Stack, environment

STACK = Stack(name="dev", state=Path("/state"), kubeconfig=None)


def test_pulumi_collects_its_garbage_seldom_and_within_a_gibibyte(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOGC", "GOMEMLIMIT"):
        monkeypatch.delenv(name, raising=False)
    found = environment(STACK)
    assert (found["GOGC"], found["GOMEMLIMIT"]) == ("400", "1GiB")


def test_a_busy_api_server_has_three_minutes_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_K8S_CLIENT_TIMEOUT", raising=False)
    assert environment(STACK)["PULUMI_K8S_CLIENT_TIMEOUT"] == "180"


@pytest.mark.parametrize(
    "name", ["GOGC", "GOMEMLIMIT", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_K8S_CLIENT_TIMEOUT"]
)
def test_what_the_caller_says_wins(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "own")
    assert environment(STACK)[name] == "own"
