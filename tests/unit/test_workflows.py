"""The workflows: pinned, with the least rights, safe from what a pull request says, doing what they say."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import versions
from components.kube.image_tags import IMAGES, contexts, folder_of
from rehearsal.harness import UNEXPECTED_CHANGES

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yaml"))
FILES = [*WORKFLOWS, *sorted((GITHUB / "actions").glob("*/action.yaml"))]

WRITES = {
    ("preview", "plan"): {"id-token"},
    ("preview", "comment"): {"pull-requests"},
    ("deploy", "dev"): {"id-token"},
    ("deploy", "staging"): {"id-token"},
    ("deploy", "prod"): {"id-token"},
    ("up", "up"): {"id-token"},
    ("drift", "compare"): {"id-token"},
    ("drift", "report"): {"issues"},
}
"""Jobs that may write anything, and what: the token that AWS trusts, a comment, issues. Never two of them."""


@cache
def _load(path: Path) -> dict[str, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    # YAML 1.1 reads the key `on` as true.
    return {"on" if key is True else str(key): value for key, value in document.items()}


def _jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in _load(path)["jobs"].items():
            yield path.stem, name, job


def _steps(path: Path) -> Iterator[dict[str, Any]]:
    document = _load(path)
    for job in document.get("jobs", {}).values():
        yield from job.get("steps", [])
    yield from document.get("runs", {}).get("steps", [])


def _step(workflow: str, job: str, name: str) -> dict[str, Any]:
    steps = _load(GITHUB / "workflows" / f"{workflow}.yaml")["jobs"][job]["steps"]
    found: dict[str, Any] = next(step for step in steps if step.get("name") == name)
    return found


by_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(GITHUB).as_posix())


def test_a_linter_for_workflows_finds_nothing() -> None:
    zizmor = shutil.which(
        "zizmor", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    assert zizmor, "zizmor is missing: it is one of the development dependencies, `make unit` installs it"
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--format", "plain", str(GITHUB)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@by_file
def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is(path: Path) -> None:
    for line in path.read_text().splitlines():
        if found := re.match(r"\s*(?:- )?uses: (\S+)(.*)", line):
            used, comment = found.groups()
            if not used.startswith("./"):
                assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", used), f"{used}: a tag can be moved"
                assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{used}: nobody can read a commit"


def test_an_action_has_one_version_everywhere() -> None:
    seen: dict[str, set[str]] = {}
    for path in FILES:
        for name, commit in re.findall(r"uses: ([\w-]+/[\w/-]+)@([0-9a-f]{40})", path.read_text()):
            seen.setdefault(name, set()).add(commit)
    assert {name: commits for name, commits in seen.items() if len(commits) > 1} == {}


@by_file
def test_no_script_is_made_of_what_somebody_else_wrote(path: Path) -> None:
    for step in _steps(path):
        assert "${{" not in step.get("run", ""), f"{step.get('name')}: hand it over in env, and quote it"


@by_file
def test_every_script_is_one_that_bash_can_read(path: Path) -> None:
    for step in _steps(path):
        if "run" in step:
            done = subprocess.run(
                ["bash", "-n"], input=step["run"], text=True, capture_output=True, check=False, timeout=20
            )
            assert done.returncode == 0, f"{step.get('name')}: {done.stderr}"


@by_file
def test_a_checkout_leaves_no_token_behind(path: Path) -> None:
    for step in _steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_only_the_jobs_that_have_to_may_write_and_only_one_thing_each() -> None:
    for path in WORKFLOWS:
        top = _load(path)["permissions"]
        assert top in ({}, {"contents": "read"}), f"{path.name}: rights belong to the job that needs them"
    writes = {
        (workflow, name): {right for right, level in job["permissions"].items() if level == "write"}
        for workflow, name, job in _jobs()
        if "write" in job.get("permissions", {}).values()
    }
    assert writes == WRITES
    assert all(len(rights) == 1 for rights in writes.values())


def test_no_job_runs_for_ever() -> None:
    for workflow, name, job in _jobs():
        assert "timeout-minutes" in job or "uses" in job, f"{workflow}: {name} could run for six hours"


def test_a_fork_gets_neither_credentials_nor_a_workflow_that_trusts_it() -> None:
    for path in WORKFLOWS:
        assert "pull_request_target" not in _load(path)["on"], "it runs a fork's pull request with secrets"
    plan = _load(GITHUB / "workflows" / "preview.yaml")["jobs"]["plan"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in plan["if"]


def test_credentials_are_only_had_in_an_environment() -> None:
    for workflow, name, job in _jobs():
        if "id-token" in job.get("permissions", {}) and "uses" not in job:
            assert job.get("environment"), f"{workflow}: {name} has no environment whose rules guard the role"


def test_stacks_are_updated_one_after_the_other_and_never_cut_off() -> None:
    deploy = _load(GITHUB / "workflows" / "deploy.yaml")
    assert deploy["concurrency"]["cancel-in-progress"] is False
    needs = {name: job.get("needs", []) for name, job in deploy["jobs"].items()}
    assert needs == {"dev": [], "staging": "dev", "prod": ["dev", "staging"]}
    for name, job in deploy["jobs"].items():
        assert job["with"] == {"stack": name}
        assert (ROOT / f"Pulumi.{name}.yaml").is_file(), "a job for a stack that there isn't"


def test_nothing_is_applied_or_proposed_without_the_policy_pack() -> None:
    for workflow, job, name in (("preview", "plan", "Preview"), ("up", "up", "Update")):
        script = _step(workflow, job, name)["run"]
        assert "--policy-pack policy" in script
        assert "--skip-preview" not in script, "the pack judges the stack as a whole only in a preview"


def test_images_are_pushed_before_the_update_by_docker_alone() -> None:
    steps = _load(GITHUB / "workflows" / "up.yaml")["jobs"]["up"]["steps"]
    names = [step.get("name") for step in steps]
    assert names.index("Push the images that the registry lacks") < names.index("Update")
    assert not [step["uses"] for step in steps if "setup-" in step.get("uses", "")], (
        "a runner compiles nothing outside of Docker"
    )


def test_whoever_pushes_images_signs_in_as_the_stack_and_can_have_its_repositories_made() -> None:
    push, update = (_step("up", "up", name) for name in ("Push the images that the registry lacks", "Update"))
    assert "login" not in push["run"], "the job's own role may only take the one that makes the stack"
    needed = {name: value for name, value in update["env"].items() if name.startswith(("PULUMI", "STACK"))}
    assert needed.items() <= push["env"].items(), "Pulumi makes a repository that is missing"


@pytest.mark.parametrize("workflow", ["preview", "deploy"])
def test_what_an_image_is_made_from_starts_a_workflow(workflow: str) -> None:
    triggers = _load(GITHUB / "workflows" / f"{workflow}.yaml")["on"]
    listed = next(trigger["paths"] for trigger in triggers.values() if trigger)
    watched = [ROOT / pattern.removesuffix("/**") for pattern in listed if pattern.endswith("/**")]
    for name, source in IMAGES.items():
        for folder in (folder_of(name, ROOT), *contexts(source, ROOT).values()):
            assert any(folder.is_relative_to(each) for each in watched), (
                f"the tag of {name} changes with {folder.relative_to(ROOT)}"
            )


@pytest.mark.parametrize("workflow", ["preview", "deploy"])
def test_what_starts_a_workflow_is_there(workflow: str) -> None:
    for trigger in _load(GITHUB / "workflows" / f"{workflow}.yaml")["on"].values():
        for pattern in (trigger or {}).get("paths", []):
            assert list(ROOT.glob(pattern)), f"{pattern} is nothing that could change"


# The scripts, with a `gh` that writes down what it is asked


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """A folder with a `gh` in it that keeps its arguments, and answers lists with what is in `answer`."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >> {tmp_path}/asked\n'
        f'case "$*" in *list*|*--paginate*) cat {tmp_path}/answer;; esac\n'
    )
    program.chmod(0o755)
    (tmp_path / "answer").write_text("")
    return tmp_path


def _run(bench: Path, script: str, **environment: str) -> list[str]:
    """Run a step's script as GitHub does; what `gh` was asked."""
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=bench,
        env={"PATH": f"{bench / 'bin'}:{os.environ['PATH']}", "LANG": "C.UTF-8", **environment},
        check=True,
        timeout=20,
    )
    return (bench / "asked").read_text().splitlines()


def _comment(bench: Path) -> list[str]:
    return _run(
        bench,
        _step("preview", "comment", "Comment")["run"],
        COMMENTS="repos/acme/spark/issues/7/comments",
        COMMIT="0" * 40,
        RUN="https://runs/1",
    )


def _plan(bench: Path, stack: str, text: str) -> None:
    folder = bench / "plans" / f"plan-{stack}"
    folder.mkdir(parents=True)
    (folder / "plan.txt").write_text(text)


def test_a_pull_request_gets_one_comment_with_every_stacks_plan(bench: Path) -> None:
    _plan(bench, "dev", "+ a bucket\n")
    _plan(bench, "prod", "- a role\n")
    assert (
        _comment(bench)[-1] == "api --method POST repos/acme/spark/issues/7/comments --field body=@comment.md"
    )
    text = (bench / "comment.md").read_text()
    assert (
        text.index("<summary>dev</summary>")
        < text.index("+ a bucket")
        < text.index("<summary>prod</summary>")
    )


def test_the_next_push_changes_that_comment(bench: Path) -> None:
    (bench / "answer").write_text("41\n42\n")
    _plan(bench, "dev", "+ a bucket\n")
    asked = "api --method PATCH repos/acme/spark/issues/comments/41 --field body=@comment.md"
    assert _comment(bench)[-1] == asked, "a comment for each push hides what people wrote"


def test_a_plan_can_not_write_outside_of_its_place(bench: Path) -> None:
    _plan(bench, "dev", "~~~~~~~~\n</details> $(touch broken) `touch broken`\n")
    _comment(bench)
    assert not (bench / "broken").exists()
    text = (bench / "comment.md").read_text()
    assert text.count("~~~~~~~~") == 2, "what looks like the end of the block must not end it"


def test_a_plan_that_is_too_long_keeps_its_end(bench: Path) -> None:
    for stack in ("dev", "prod", "staging"):
        _plan(bench, stack, "é" * 60_000 + f"\nResources: 1 to update in {stack}\n")
    _comment(bench)
    text = (bench / "comment.md").read_text()
    assert len(text) < 65_536, "GitHub takes no longer comments"
    assert "Resources: 1 to update in staging" in text


def _report(bench: Path, stack: str, code: int) -> list[str]:
    folder = bench / "found" / f"drift-{stack}"
    folder.mkdir(parents=True)
    (folder / "code").write_text(f"{code}\n")
    (folder / "plan.txt").write_text("~ a security group\n")
    return _run(
        bench, _step("drift", "report", "Open, update or close the issues")["run"], RUN="https://runs/1"
    )


def test_what_differs_opens_an_issue_that_says_how(bench: Path) -> None:
    asked = _report(bench, "prod", UNEXPECTED_CHANGES)
    assert asked[-1] == "issue create --title Drift: prod --label drift --body-file body.md"
    assert "~ a security group" in (bench / "body.md").read_text()


def test_what_still_differs_changes_its_issue_and_no_other(bench: Path) -> None:
    (bench / "answer").write_text("8 Drift: prod-eu\n9 Drift: prod\n")
    assert _report(bench, "prod", UNEXPECTED_CHANGES)[-1] == "issue edit 9 --body-file body.md"


def test_what_differs_no_more_closes_its_issue(bench: Path) -> None:
    (bench / "answer").write_text("9 Drift: prod\n")
    assert _report(bench, "prod", 0)[-1].startswith("issue close 9 ")


def test_what_could_not_be_found_out_is_not_reported_as_a_difference(bench: Path) -> None:
    asked = _report(bench, "prod", 255)
    assert not [line for line in asked if line.startswith(("issue create", "issue edit", "issue close"))]


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (UNEXPECTED_CHANGES, 0), (1, 1), (255, 1)])
def test_only_what_could_be_compared_ends_well(bench: Path, code: int, ends: int) -> None:
    program = bench / "bin" / "pulumi"
    program.write_text(f"#!/bin/sh\necho the plan\nexit {code}\n")
    program.chmod(0o755)
    script = _step("drift", "compare", "Compare")["run"]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=bench,
        env={"PATH": f"{program.parent}:{os.environ['PATH']}", "STACK": "prod"},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == ends
    assert (bench / "drift" / "code").read_text() == f"{code}\n"
    assert "the plan" in done.stdout, "the log has it as well"


def test_pulumi_keeps_no_log_of_every_property_on_a_runner(tmp_path: Path) -> None:
    steps = list(_steps(GITHUB / "actions" / "set-up" / "action.yaml"))
    place = next(
        n for n, step in enumerate(steps) if step.get("name", "").startswith("Turn off Pulumi's log")
    )
    assert steps[place - 1]["uses"].startswith("pulumi/actions@"), "whatever calls Pulumi comes later"
    logs = tmp_path / ".pulumi" / "logs"
    for _ in range(2):
        subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[place]["run"]],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            check=True,
            timeout=20,
        )
        assert logs.is_file(), "Pulumi can't make a folder in its place"
        logs.unlink()
        logs.mkdir()
        (logs / "of-a-run-before.log").touch()


# What the workflows read of a stack


def _settings(stack: str, root: Path = ROOT) -> dict[str, str]:
    outputs = runpy.run_path(str(GITHUB / "actions" / "set-up" / "settings.py"))["outputs"]
    outputs.__globals__["ROOT"] = root
    found: dict[str, str] = outputs(stack)
    return found


def test_ci_runs_the_pinned_pulumi_in_the_stacks_own_account() -> None:
    document = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]["spark-on-eks:settings"]
    account = document["foundation"]["accountId"]
    assert _settings("prod") == {"pulumi": versions.PULUMI, "account": account}


@pytest.mark.parametrize(
    ("stack", "says"), [("local", "is not on AWS"), ("nowhere", "there is no Pulumi.nowhere.yaml")]
)
def test_a_stack_that_ci_can_not_run_is_refused_with_what_to_do(stack: str, says: str) -> None:
    with pytest.raises(SystemExit, match=says):
        _settings(stack)
