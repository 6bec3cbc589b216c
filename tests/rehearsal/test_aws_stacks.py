"""The stacks on AWS, whole, by the real engine: previewed, applied, changed, and destroyed in order."""

from __future__ import annotations

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from leftovers import listing
from rehearsal.harness import Rehearsal, of_stack
from rehearsal.preview import Plan
from rehearsal.standin.cloud import Resource
from rehearsal.teardown import cut_too_early, lines
from tests.rehearsal.changes import CHANGES, Change, together
from tests.rehearsal.handling import import_state, refused_destroy
from tests.rehearsal.summary import CHANGE, ORDER, STACK, Noted, what_happens
from tests.support.applied import Applied
from workspace.stack_files import SETTINGS

pytestmark = pytest.mark.rehearsal

STACKS = ("dev", "staging", "prod")
FOUNDATION = f"{SETTINGS}.foundation"


@pytest.fixture
def stack(request: pytest.FixtureRequest, applied: Applied, tmp_path: Path) -> Rehearsal:
    """A copy of an applied stack; prod unless the test names another."""
    return applied.stack(getattr(request, "param", "prod")).copy(tmp_path / "rehearsal")


# To apply a stack takes minutes, and staging is prod with smaller numbers.
every_stack = pytest.mark.parametrize(
    "stack", ["dev", pytest.param("staging", marks=pytest.mark.soak), "prod"], indirect=True
)


@pytest.mark.parametrize("name", STACKS)
def test_a_first_preview_only_creates_and_makes_nothing(
    name: str, tmp_path: Path, record_property: Noted
) -> None:
    rehearsal = of_stack(name, tmp_path / "rehearsal")
    plan = rehearsal.preview()
    record_property(STACK, {"stack": name, "preview": f"{plan.seconds:.1f} s"})
    assert set(plan.by_op()) == {"create"}, "a first `pulumi up` replaces and deletes nothing"
    assert rehearsal.cloud.resources() == [], "and a preview makes nothing"


@every_stack
def test_an_applied_stack_was_refused_nothing_and_has_nothing_left_to_do(
    stack: Rehearsal, applied: Applied, record_property: Noted
) -> None:
    assert stack.cloud.operations("refused") == [], "no name was taken, nothing came before what it needs"
    plan = stack.unchanged()
    assert plan.changes == (), "the second `pulumi up` does nothing"
    resources = len(stack.exported()["deployment"]["resources"])
    seen = {"resources": resources, "up": applied.took(stack.stack), "no-op": f"{plan.seconds:.1f} s"}
    record_property(STACK, {"stack": stack.stack, **seen})


def test_nothing_that_destroy_has_to_undo_was_made_by_docker(stack: Rehearsal) -> None:
    resources = stack.exported()["deployment"]["resources"]
    providers = {each["type"].partition("pulumi:providers:")[2] for each in resources} - {""}
    # The engine's own, and the one of resources written in Python.
    providers -= {"pulumi", "pulumi-python"}
    assert providers == {"aws", "eks", "kubernetes"}, "each is a plugin that `pulumi destroy` starts"
    assert stack.process_environment()["DOCKER_HOST"].endswith(":9"), "a closed door: it is not called either"


@every_stack
def test_destroy_leaves_nothing_and_goes_from_top_to_bottom(stack: Rehearsal, record_property: Noted) -> None:
    if stack.config[SETTINGS]["foundation"].get("protect", True):
        stack.set(f"{FOUNDATION}.protect", False)
        stack.set(f"{FOUNDATION}.keepData", False)
        stack.up()
    stack.cloud.clear_log()
    run = stack.destroy()
    record_property(STACK, {"stack": stack.stack, "destroy": f"{run.seconds:.1f} s"})
    assert [resource.name for resource in stack.cloud.resources()] == [], "an empty account"
    assert stack.cloud.operations("refused", "cascade") == [], (
        "nothing went while it was used, and nothing vanished with its namespace or cluster"
    )
    deletes = stack.cloud.operations("delete")
    record_property(ORDER, {"stack": stack.stack, "lines": list(lines(deletes))})
    assert cut_too_early(deletes) == [], "nodes and volumes end by calls to AWS from within the network"
    order = [operation.name for operation in deletes]
    for first, later in (
        ("tenant-data-*-namespace", "services-karpenter-pool-executor"),
        ("services-karpenter-pool-executor", "services-karpenter-class-spill"),
        ("services-karpenter-class-spill", "foundation-karpenter-interruptions"),
        ("services-karpenter-class-spill", "foundation-system-group"),
        ("foundation-addons-dns", "foundation-system-group"),
        ("foundation-system-group", "foundation-node-addons-network"),
        ("foundation-node-addons-network", "foundation-cluster-eks-eksCluster"),
        ("foundation-identities-*-spark-driver", "foundation-cluster-eks-eksCluster"),
        ("foundation-cluster-eks-eksCluster", "foundation-network-private-*"),
        ("foundation-network-private-*", "foundation-network-vpc"),
    ):
        last = max(place for place, name in enumerate(order) if fnmatchcase(name, first))
        start = min(place for place, name in enumerate(order) if fnmatchcase(name, later))
        assert last < start, f"{first} needs {later} while it goes"


# Each alone as well, in long runs: beside others, one that touches what is another's would pass for it.
@pytest.mark.parametrize(
    "changes",
    [
        *(pytest.param(each, id="; ".join(change.what for change in each)) for each in together(CHANGES)),
        *(pytest.param((each,), id=f"only {each.what}", marks=pytest.mark.soak) for each in CHANGES),
    ],
)
def test_settings_change_just_what_each_of_them_should(
    stack: Rehearsal, changes: tuple[Change, ...], record_property: Noted
) -> None:
    before = {path: value for change in changes for path, value in change.before.items()}
    for path, value in before.items():
        stack.set(f"{SETTINGS}.{path}", value)
    if before:
        stack.up()
    for change in changes:
        stack.set(f"{SETTINGS}.{change.path}", change.value)
    plan = stack.preview()
    wanted_by = {step.name: [change for change in changes if change.has(step.name)] for step in plan.changes}
    assert [name for name, wanting in wanted_by.items() if not wanting] == [], "no setting's business"
    assert [name for name, wanting in wanted_by.items() if len(wanting) > 1] == [], "which setting did it?"
    for change in changes:
        share = replace(plan, steps=tuple(step for step in plan.steps if change.has(step.name)))
        shown = {"what": change.what, "path": change.path, "value": change.value}
        record_property(CHANGE, {**shown, "does": what_happens(share)})
        _does_just(change, share)


def _does_just(change: Change, plan: Plan) -> None:
    found = plan.by_op()
    assert set(found) == set(change.does), f"{change.what}: the plan is {found}"
    for op, patterns in change.does.items():
        strange = [name for name in found[op] if not any(fnmatchcase(name, each) for each in patterns)]
        assert strange == [], f"{change.what} does not {op} these"
        for pattern in patterns:
            assert any(fnmatchcase(name, pattern) for name in found[op]), f"{change.what} does {op} {pattern}"
    for name, paths in change.replaces.items():
        step = next(step for step in plan.changes if step.name == name and step.op == "replace")
        assert step.replacing == paths, "the plan names what forces the replacement"
    assert set(change.rolls) <= _rolled(plan), f"{change.what}: their pods start again"


def _rolled(plan: Plan) -> set[str]:
    return {
        step.name
        for step in plan.changes
        if step.type == "kubernetes:apps/v1:Deployment"
        and any(path.startswith("spec.template.") for path in step.changed)
    }


def test_a_tag_reaches_everything_and_replaces_nothing(stack: Rehearsal) -> None:
    stack.set(f"{FOUNDATION}.tags", {"costCenter": "42"})
    found = stack.preview().by_op()
    assert set(found) == {"update"}, "tags never replace"
    assert len(found["update"]) > 50, "nearly everything on AWS has tags"
    assert {"services-karpenter-class-spill", "foundation-system-template"} <= set(found["update"]), (
        "also what Karpenter and the autoscaling group make"
    )


def test_a_new_tenant_changes_no_other_one(stack: Rehearsal) -> None:
    tenants = stack.config[SETTINGS]["tenants"]
    stack.set(f"{SETTINGS}.tenants", [*tenants, {"team": "growth"}])
    touched = [step.name for step in stack.preview().changes if step.op != "create"]
    others = [name for name in touched if "data-prod" in name or "science-prod" in name]
    assert others == [], "tenants know nothing of each other"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("foundation.name", "spark-other"),
        ("foundation.cluster.roleName", "cluster"),
        ("objectStorage.buckets.data", "acme-spark-other-data"),
        ("foundation.storage.copyRegion", None),
    ],
)
def test_prod_refuses_what_would_lose_its_cluster_or_data(stack: Rehearsal, path: str, value: Any) -> None:
    # As the program says to who changes the name: images stay where they are.
    stack.set(f"{SETTINGS}.foundation.registry", {"prefix": "spark-prod"})
    stack.set(f"{SETTINGS}.{path}", value)
    text = stack.preview(fails=True).text
    assert "protect" in text, "turning protection off is a change of its own"


@pytest.mark.parametrize("stack", ["dev"], indirect=True)
def test_a_stack_keeps_the_repositories_that_it_has_whatever_its_settings_say(stack: Rehearsal) -> None:
    stack.set(f"{FOUNDATION}.registry", {"prefix": "spark-other"})
    text = stack.preview(fails=True).text
    assert "the stack's repository is spark-dev/" in text, "what runs would go with a repository of that name"
    assert "write `registry: {prefix: spark-dev}` below `foundation`" in text


def test_prod_cannot_be_destroyed_as_it_is(stack: Rehearsal) -> None:
    assert "protected" in refused_destroy(stack), "the engine says so before anything is deleted"


def test_drift_in_the_console_is_found(stack: Rehearsal) -> None:
    stack.cloud.drift("foundation-cluster-logs", retentionInDays=3)
    stack.refresh()
    assert stack.preview().by_op() == {"update": ["foundation-cluster-logs"]}, "and only that is put right"


@pytest.mark.parametrize("stack", ["dev"], indirect=True)
def test_what_was_pushed_is_what_runs_by_its_digest(stack: Rehearsal) -> None:
    repositories = [each.id for each in stack.cloud.of_type("aws:ecr/repository:Repository")]
    kinds = {"spark", "spark-operator", "spark-history-exporter", "run-logs", "spark-canary-checker"}
    assert {each.rpartition("/")[2] for each in repositories} == kinds, "what no registry of others has"
    ours = {image for image in _running(stack) if any(f"/{name}:" in image for name in repositories)}
    assert len(ours) >= 4, "operator, history server, history exporter, and what keeps logs"
    assert all("@sha256:" in image for image in ours), "whatever becomes of a tag"


def _running(stack: Rehearsal) -> set[str]:
    return {
        container["image"]
        for kind in ("Deployment", "DaemonSet", "StatefulSet")
        for each in stack.cloud.of_type(f"kubernetes:apps/v1:{kind}")
        for container in each.inputs["spec"]["template"]["spec"]["containers"]
    }


@pytest.mark.parametrize("stack", ["dev"], indirect=True)
def test_an_image_that_nobody_pushed_is_named_by_the_preview_and_stops_up_with_the_command_to_run(
    stack: Rehearsal,
) -> None:
    images = {image.partition("@")[0] for image in _running(stack) if "/spark:" in image}
    (stack.cloud.folder / "unpushed").write_text("\n".join(each.rpartition(":")[2] for each in images))
    plan = stack.preview()
    assert {"spark-history-chart:spark-history/spark-history", "tenant-data-dev-defaults"} <= set(
        plan.by_op()["update"]
    ), "what a pull request would change is shown before anybody pushes"
    run = stack.up(fails=True)
    for text in (plan.text, run.text):
        assert all(f"{image} is not in the registry" in text for image in images)
        assert "images push --stack dev" in text


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("foundation-storage-data-bucket", "foundation-store-data-bucket"),
        ("foundation-storage-key", "foundation-store-key"),
        ("foundation-cluster-eks", "foundation-control-plane-eks"),
    ],
)
def test_a_rename_without_an_alias_fails_the_preview(stack: Rehearsal, new: str, old: str) -> None:
    state = json.dumps(stack.exported()).replace(f'::{new}"', f'::{old}"')
    import_state(stack, json.loads(state))
    text = stack.preview(fails=True).text
    assert "protected" in text, f"applied as {old}, called {new} since: the engine would delete it"


def _adopt(stack: Rehearsal, **wrong: str) -> Rehearsal:
    """Let a stack live in a network that is there already; one thing of it may differ from the settings."""
    zones = []
    for number, zone in enumerate("ab", start=1):
        made = {
            "private": (f"subnet-{number:08x}", f"10.50.{number}.0/24"),
            "pods": (f"subnet-{number + 16:08x}", f"100.{64 + number}.0.0/16"),
        }
        for id_, block in made.values():
            given = {
                "vpcId": "vpc-00000001",
                "availabilityZone": f"eu-central-1{zone}",
                "cidrBlock": block,
                "mapPublicIpOnLaunch": False,
                **(wrong if id_ == "subnet-00000012" else {}),
            }
            stack.cloud.put(Resource(id_, "aws:ec2/subnet:Subnet", "::theirs", given, given, "eu-central-1"))
        zones.append({"private": made["private"][0], "pods": made["pods"][0], "podCidr": made["pods"][1]})
    stack.set(f"{FOUNDATION}.network", {"adopt": {"vpcId": "vpc-00000001", "zones": zones}})
    return stack


def test_a_stack_in_an_adopted_network_makes_nothing_of_a_network(tmp_path: Path) -> None:
    plan = _adopt(of_stack("dev", tmp_path / "rehearsal")).preview()
    made = [
        step.type for step in plan.steps if step.type.startswith("aws:ec2/") and "Template" not in step.type
    ]
    assert made == [], "it is somebody else's"


def test_an_adopted_network_that_is_not_what_the_settings_say_ends_the_preview(tmp_path: Path) -> None:
    rehearsal = _adopt(of_stack("dev", tmp_path / "rehearsal"), vpcId="vpc-00000002")
    text = rehearsal.preview(fails=True).text
    assert "subnet-00000012 is in vpc-00000002, not in vpc-00000001" in text
    assert "Traceback" not in text, "people read this"


def test_what_eks_wrote_after_a_destroy_stops_up_until_it_is_removed_as_listed(tmp_path: Path) -> None:
    rehearsal = of_stack("dev", tmp_path / "rehearsal")
    (late,) = (each for each in listing.of_stack("dev") if each.kind == "log group")
    given = {"name": late.name}
    left = Resource(late.name, "aws:cloudwatch/logGroup:LogGroup", "::theirs", given, given, "eu-central-1")
    rehearsal.cloud.put(left)
    text = rehearsal.up(fails=True).text
    assert f"{late.name} exists already" in text, "the list names what the engine stops at"
    rehearsal.cloud.remove(left)
    rehearsal.up()
