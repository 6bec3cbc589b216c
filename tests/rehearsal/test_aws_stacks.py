"""The stacks on AWS, whole, by the real engine: previewed, applied, changed, and destroyed in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.harness import SETTINGS, Rehearsal, of_stack

pytestmark = pytest.mark.rehearsal

STACKS = ("dev", "staging", "prod")
FOUNDATION = f"{SETTINGS}.foundation"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rehearsal]:
    """Stacks that were applied already, by name: each once."""
    return {}


@pytest.fixture
def stack(
    request: pytest.FixtureRequest,
    applied: dict[str, Rehearsal],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Rehearsal:
    """A copy of an applied stack; prod unless the test names another."""
    name: str = getattr(request, "param", "prod")
    if name not in applied:
        made = of_stack(name, tmp_path_factory.mktemp(name) / "rehearsal")
        made.up()
        applied[name] = made
    return applied[name].copy(tmp_path / "rehearsal")


every_stack = pytest.mark.parametrize("stack", STACKS, indirect=True)


@pytest.mark.parametrize("name", STACKS)
def test_a_first_preview_only_creates_and_makes_nothing(name: str, tmp_path: Path) -> None:
    rehearsal = of_stack(name, tmp_path / "rehearsal")
    plan = rehearsal.preview()
    assert set(plan.by_op()) == {"create"}, "a first `pulumi up` replaces and deletes nothing"
    assert rehearsal.cloud.resources() == [], "and a preview makes nothing"


@every_stack
def test_an_applied_stack_was_refused_nothing_and_has_nothing_left_to_do(stack: Rehearsal) -> None:
    assert stack.cloud.operations("refused") == [], "no name was taken, nothing came before what it needs"
    assert stack.unchanged().changes == (), "the second `pulumi up` does nothing"


@every_stack
def test_destroy_leaves_nothing_and_goes_from_top_to_bottom(stack: Rehearsal) -> None:
    if stack.config[SETTINGS]["foundation"].get("protect", True):
        stack.set(f"{FOUNDATION}.protect", False)
        stack.set(f"{FOUNDATION}.keepData", False)
        stack.up()
    stack.cloud.clear_log()
    stack.destroy()
    assert [resource.name for resource in stack.cloud.resources()] == [], "an empty account"
    assert stack.cloud.operations("refused", "cascade") == [], (
        "nothing went while it was used, and nothing vanished with its namespace or cluster"
    )
    order = [operation.name for operation in stack.cloud.operations("delete")]
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


@dataclass(frozen=True, kw_only=True)
class Change:
    """One setting that changes, and all that the plan may then do.

    Args:
        what: why somebody does it.
        path: the setting, from the settings' root.
        value: its new value; None takes it away.
        does: names of resources by what happens to them; `*` stands for anything.
        replaces: arguments that force a replacement, by resource.
    """

    what: str
    path: str
    value: Any
    does: Mapping[str, tuple[str, ...]]
    replaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


CHANGES = (
    Change(
        what="upgrade Kubernetes by one minor",
        path="foundation.cluster.version",
        value="1.36",
        does={
            "update": (
                "foundation-addons-dns",
                "foundation-addons-node-health",
                "foundation-cluster-eks-eksCluster",
                "foundation-node-addons-kube-proxy",
                "foundation-system-group",
            )
        },
    ),
    Change(
        what="a fourth system node",
        path="foundation.nodes.system.count",
        value=4,
        does={"update": ("foundation-system-group",)},
    ),
    Change(
        what="larger system nodes",
        path="foundation.nodes.system.instanceTypes",
        value=["m7g.xlarge"],
        does={"replace": ("foundation-system-group",)},
        replaces={"foundation-system-group": ("instanceTypes[0]",)},
    ),
    Change(
        what="more executors",
        path="foundation.nodes.pools.executor.cpu",
        value=2400,
        does={"update": ("services-karpenter-pool-executor",)},
    ),
    Change(
        what="a pool that nobody uses goes",
        path="foundation.nodes.pools.memory",
        value=None,
        does={"delete": ("services-karpenter-pool-memory",)},
    ),
    Change(
        what="Graviton only",
        path="foundation.nodes.architectures",
        value=["arm64"],
        does={"update": ("services-karpenter-pool-*",)},
    ),
    Change(
        what="record all traffic",
        path="foundation.network.flowLogs",
        value="all",
        does={"replace": ("foundation-network-flow-logs-log",)},
        replaces={"foundation-network-flow-logs-log": ("trafficType",)},
    ),
    Change(
        what="one NAT gateway for all zones",
        path="foundation.network.nat",
        value="single",
        does={
            "delete": ("foundation-network-nat-*1b", "foundation-network-nat-*1c"),
            "update": ("foundation-network-*1b-out", "foundation-network-*1c-out"),
        },
    ),
    Change(
        what="no interface endpoints",
        path="foundation.network.privateEndpoints",
        value=False,
        does={"delete": ("foundation-network-e*", "foundation-network-[ls]*")},
    ),
    Change(
        what="another office",
        path="foundation.cluster.publicAccess",
        value=["198.51.100.0/24"],
        does={"update": ("foundation-cluster-eks-eksCluster",)},
    ),
    Change(
        what="shorter logs",
        path="foundation.cluster.logDays",
        value=30,
        does={"update": ("foundation-cluster-logs",)},
    ),
    Change(
        what="event logs for a shorter time",
        path="history.logRetentionDays",
        value=30,
        does={
            "update": (
                "foundation-storage-copy-events-lifecycle",
                "foundation-storage-events-lifecycle",
                "spark-history-chart:spark-history/spark-history",
            ),
            "replace": ("spark-history-chart:spark-history/spark-history",),
        },
    ),
    Change(
        what="more for one team",
        path="tenants.0.quota.cpu",
        value=1200,
        does={"update": ("tenant-data-prod-quota",)},
    ),
    Change(
        what="more submissions at a time",
        path="operator.workers",
        value=30,
        does={"update": ("spark-operator-chart:spark-operator/spark-operator-controller",)},
    ),
    Change(
        what="protection off, before a stack is given up",
        path="foundation.protect",
        value=False,
        does={"update": ("foundation-cluster-eks-eksCluster",)},
    ),
)


@pytest.mark.parametrize("change", CHANGES, ids=[change.what for change in CHANGES])
def test_one_setting_changes_just_what_it_should(stack: Rehearsal, change: Change) -> None:
    stack.set(f"{SETTINGS}.{change.path}", change.value)
    plan = stack.preview()
    found = plan.by_op()
    assert set(found) == set(change.does), f"{change.what}: the plan is {found}"
    for op, patterns in change.does.items():
        strange = [name for name in found[op] if not any(fnmatchcase(name, each) for each in patterns)]
        assert strange == [], f"{change.what} has no business with these"
        for pattern in patterns:
            assert any(fnmatchcase(name, pattern) for name in found[op]), f"{change.what} does {op} {pattern}"
    for name, paths in change.replaces.items():
        step = next(step for step in plan.changes if step.name == name and step.op == "replace")
        assert step.replacing == paths, "the plan names what forces the replacement"


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
        ("objectStorage.buckets.data", "acme-spark-other-data"),
        ("foundation.storage.copyRegion", None),
    ],
)
def test_prod_refuses_what_would_lose_its_cluster_or_data(stack: Rehearsal, path: str, value: Any) -> None:
    stack.set(f"{SETTINGS}.{path}", value)
    text = stack.preview(fails=True).text
    assert "protect" in text, "turning protection off is a change of its own"


def test_prod_cannot_be_destroyed_as_it_is(stack: Rehearsal) -> None:
    run = stack.plan_destroy(fails=True)
    assert "protected" in run.text, "the engine says so before anything is deleted"


def test_drift_in_the_console_is_found(stack: Rehearsal) -> None:
    stack.cloud.drift("foundation-cluster-logs", retentionInDays=3)
    stack.refresh()
    assert stack.preview().by_op() == {"update": ["foundation-cluster-logs"]}, "and only that is put right"
