"""The pack's environment: its own versions, and the same pack for every engine."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
import yaml

from components import versions
from rehearsal import policy_env
from rehearsal.policy_env import RUNTIME, Pack, prepare

ROOT = Path(__file__).resolve().parents[2]
POLICY = ROOT / "policy"


def _pins(name: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", (POLICY / name).read_text(), re.MULTILINE)
    return dict(found)


def test_the_pack_runs_on_the_programs_release_of_pulumi() -> None:
    assert _pins("requirements.in")["pulumi"] == versions.PULUMI, "engine and pack speak one protocol"
    locked = _pins("requirements.txt")
    assert _pins("requirements.in").items() <= locked.items(), "the lock is of these requirements"
    assert locked["protobuf"].startswith("5."), "if this is 6, the pack can share the program's environment"


def test_every_package_of_the_pack_is_checked_against_its_hash() -> None:
    text = (POLICY / "requirements.txt").read_text()
    for line in re.findall(r"^[a-z0-9-]+==.*(?:\n    .*)*", text, re.MULTILINE):
        assert "--hash=sha256:" in line, f"{line.split()[0]} could be anything"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a pack, where nothing gets installed."""
    policy = tmp_path / "policy"
    policy.mkdir()
    for name in ("PulumiPolicy.yaml", "requirements.txt"):
        (policy / name).write_text((POLICY / name).read_text())
    monkeypatch.setattr(policy_env, "CACHE", tmp_path / "cache")
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run."""
    seen: list[list[str]] = []

    def run(command: list[str]) -> None:
        seen.append(command)
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)

    monkeypatch.setattr(policy_env, "_run", run)
    return seen


def test_the_starter_runs_the_same_pack_under_another_runtime(
    checkout: Path, commands: list[list[str]]
) -> None:
    made = prepare(checkout)
    described = yaml.safe_load((made.folder / "PulumiPolicy.yaml").read_text())
    original = yaml.safe_load((checkout / "policy" / "PulumiPolicy.yaml").read_text())
    assert described == {**original, "runtime": RUNTIME}, "only the way it is started differs"
    starter = made.path / f"pulumi-analyzer-policy-{RUNTIME}"
    assert stat.S_IMODE(starter.stat().st_mode) == 0o755, "the engine runs it"
    assert str(checkout / "policy") in starter.read_text()


def test_a_second_time_installs_nothing(checkout: Path, commands: list[list[str]]) -> None:
    prepare(checkout)
    assert any("--require-hashes" in command for command in commands), "what comes is what was locked"
    commands.clear()
    prepare(checkout)
    assert commands == []


def test_another_lock_makes_another_environment(checkout: Path, commands: list[list[str]]) -> None:
    prepare(checkout)
    commands.clear()
    with (checkout / "policy" / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    prepare(checkout)
    assert len(commands) == 2, "made anew, and filled anew"


def test_the_pack_does_not_put_its_python_before_the_programs(
    checkout: Path, commands: list[list[str]]
) -> None:
    made: Pack = prepare(checkout)
    assert made.environment("/first")["PATH"].startswith("/first:"), "Pulumi takes the first python3 on PATH"
    assert not (made.path / "python3").exists()


def test_whoever_has_pulumi_installed_as_usual_needs_nothing_of_this() -> None:
    runtime = yaml.safe_load((POLICY / "PulumiPolicy.yaml").read_text())["runtime"]
    assert runtime == {"name": "python", "options": {"virtualenv": ".venv"}}
