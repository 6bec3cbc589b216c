"""`images push` has Pulumi make the repositories that a stack lacks, before anything is pushed to them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import pytest
from boto3.session import Session
from botocore.exceptions import ClientError
from rich.console import Console

from components.aws_plans.images import StackImage, by_repository, stack_images
from components.settings import parse
from components.settings.aws import AwsFoundationSettings
from components.wiring.aws import registry
from components.wiring.presence import services
from images import ecr
from leftovers.account import Kept
from leftovers.adoption import adopt
from rehearsal.harness import Rehearsal, of_stack
from rehearsal.standin.cloud import Cloud
from tests.support.applied import Applied
from workspace.paths import ROOT
from workspace.stack_files import SETTINGS

pytestmark = pytest.mark.rehearsal

REPOSITORY = "aws:ecr/repository:Repository"


class _Account:
    """The stand-in's account, asked as boto3 asks AWS."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def client(self, service: str) -> _Account:
        assert service == "ecr"
        return self

    def describe_repositories(self, *, repositoryNames: list[str]) -> dict[str, Any]:  # noqa: N803 - AWS' name
        if set(repositoryNames) <= {each.id for each in self._cloud.of_type(REPOSITORY)}:
            return {"repositories": [{"repositoryName": name} for name in repositoryNames]}
        refused = {"Error": {"Code": "RepositoryNotFoundException", "Message": "not there"}}
        raise ClientError(refused, "DescribeRepositories")  # type: ignore[no-untyped-call]


def _images(stack: Rehearsal) -> tuple[StackImage, ...]:
    settings = parse(stack.config[SETTINGS])
    chosen = settings.foundation
    assert isinstance(chosen, AwsFoundationSettings)
    return stack_images(
        registry(chosen),
        root=ROOT,
        architectures=chosen.nodes.architectures,
        services=[each.record for each in services(settings).values()],
    )


def _make_missing(stack: Rehearsal) -> list[str]:
    own = cast(Session, _Account(stack.cloud))
    return ecr.make_missing(own, _images(stack), stack.pulumi, Console(file=io.StringIO()))


def _nobody_pushed_to(stack: Rehearsal, repositories: list[str]) -> None:
    (stack.cloud.folder / "unpushed").write_text("\n".join(repositories))


def test_a_stack_that_does_not_exist_yet_gets_its_repositories_and_nothing_else(tmp_path: Path) -> None:
    stack = of_stack("dev", tmp_path / "rehearsal")
    wanted = list(by_repository(_images(stack)))
    _nobody_pushed_to(stack, wanted)
    assert _make_missing(stack) == wanted
    assert {each.type for each in stack.cloud.resources()} == {REPOSITORY}
    assert _make_missing(stack) == [], "and not twice"
    assert stack.cloud.operations("refused") == []


def test_a_further_kind_of_image_gets_its_repository_and_the_stack_takes_it_as_its_own(
    applied: Applied, tmp_path: Path
) -> None:
    stack = applied.stack("dev").copy(tmp_path / "rehearsal")
    git = {"enabled": True, "repository": "https://git.example.com/data/jobs.git", "secret": "jobs-git"}
    stack.set(f"{SETTINGS}.jobs", git)
    new = ["spark-dev/postgres", "spark-dev/spark-jobs"]
    _nobody_pushed_to(stack, new)
    stack.cloud.clear_log()
    assert sorted(_make_missing(stack)) == new
    assert sorted(each.id for each in stack.cloud.operations("create")) == new
    assert stack.cloud.operations("update", "delete", "refused") == [], "jobs and pods are not touched"
    _nobody_pushed_to(stack, [])
    made = {step.name for step in stack.preview().changes if step.type == REPOSITORY}
    assert made == set(), "they are in the state: no name is taken"


@pytest.mark.soak
def test_a_repository_that_outlived_its_service_is_taken_over_when_the_service_comes_back(
    applied: Applied, tmp_path: Path
) -> None:
    stack = applied.stack("dev").copy(tmp_path / "rehearsal")
    git = {"enabled": True, "repository": "https://git.example.com/data/jobs.git", "secret": "jobs-git"}
    stack.set(f"{SETTINGS}.foundation.keepData", True)
    stack.set(f"{SETTINGS}.jobs", git)
    kept = _make_missing(stack)
    called = by_repository(_images(stack))
    targets = [f"--target={ecr.REPOSITORY}{called[name].name}" for name in kept]
    # As an `up` without the service does it.
    gone = stack.pulumi(["destroy", "--yes", "--skip-preview", "--target-dependents", *targets])
    assert gone.returncode == 0, gone.stdout
    assert set(kept) <= {each.id for each in stack.cloud.of_type(REPOSITORY)}, "keepData leaves them"
    assert _make_missing(stack) == [], "what is there can be pushed to"
    refused = stack.up(*targets, fails=True).text
    assert "RepositoryAlreadyExistsException: The repository with name 'spark-dev/" in refused
    there = [
        Kept(kind="repository", name=each.id, region=each.place, id=each.id)
        for each in stack.cloud.of_type(REPOSITORY)
    ]
    assert sorted(adopt(stack.pulumi, there, home="eu-central-1")) == sorted(kept)
    steps = [step for step in stack.preview().changes if step.type == REPOSITORY]
    assert {step.op for step in steps} <= {"update"}, "and no other repository is touched"
