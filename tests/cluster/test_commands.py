"""The commands that the README names, run as a person runs them, on the platform that is up."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from local import pages
from local.platform import Target
from toolchain import pulumi_cli

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parents[2]


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", str(ROOT), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_doctor_finds_nothing_wrong_on_a_machine_where_the_platform_runs() -> None:
    done = make("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ready" in done.stdout


def test_status_says_where_to_look(where: Target) -> None:
    done = make("status")
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(pulumi_cli.outputs(where.stack)["historyUrl"]) in done.stdout


def test_a_password_is_told_on_request_and_not_with_the_rest(where: Target) -> None:
    told = make("password")
    assert told.returncode == 0, told.stdout + told.stderr
    secret = pages.password(where.stack, "admin")
    assert secret in told.stdout
    assert secret not in make("status").stdout


def test_preview_after_up_finds_nothing_to_change() -> None:
    done = make("preview")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unchanged" in done.stdout
    assert not any(f" to {verb}" in done.stdout for verb in ("create", "update", "delete", "replace"))


def test_a_second_up_changes_nothing_and_shows_the_answer_again() -> None:
    done = make("up")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "built" not in done.stdout, "no tool and no image is built twice"
    assert "unchanged" in done.stdout
    assert "equal to what DuckDB" in done.stdout


def test_a_stack_that_does_not_exist_is_refused_in_words() -> None:
    done = make("up", STACK="nowhere")
    assert done.returncode != 0
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_kubeconfig_that_does_not_exist_is_refused_and_nothing_is_started() -> None:
    done = make("up", KUBECONFIG="/nonexistent/config")
    assert done.returncode != 0
    assert "/nonexistent/config" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_down_refuses_to_touch_a_cluster_that_is_not_ours(tmp_path: Path) -> None:
    foreign = tmp_path / "config"
    foreign.write_text("apiVersion: v1\nkind: Config\n")
    done = make("down", KUBECONFIG=str(foreign))
    assert done.returncode != 0
    assert "not ours" in done.stderr
