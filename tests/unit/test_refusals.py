"""What is said to whoever calls the code with what can't be: whole texts, as a file to review.

What a person reads of a stack file is in test_settings_messages.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pulumi
import pytest

from components import domain
from components.aws.adopted_network import _accept
from components.aws.registry import missing, renamed
from components.aws_plans.account import Account
from components.aws_plans.addon_versions import RELEASES, release
from components.aws_plans.address_plan import plan_addresses
from components.aws_plans.disks import Volume
from components.aws_plans.iam import Statement, policy
from components.aws_plans.node_classes import node_class
from components.aws_plans.node_pools import Disk, Pool, PoolSize, placement
from components.aws_plans.storage_plan import copy_name
from components.buckets import Buckets
from components.kube.image_lock import FILE, recorded
from components.kube.image_tags import image_ref
from components.kube.network_rules import store_address
from components.object_store.policies import bucket_policies
from components.observability.rule_model import seconds
from components.services.canary.plan import schedule
from components.services.history.server import LogPlace, history_values
from components.services.spark_operator.chart_values import chart_values
from components.services.spark_operator.release import submit_data
from components.spark.conf_values import spark_settings
from tests.support.golden import Golden
from tests.support.object_storages import AWS
from tests.unit.aws.examples import ZONES
from tests.unit.aws.test_adopted_network import ARGS, _subnets
from tests.unit.test_history import arguments
from tests.unit.test_logs_collector import config
from tests.unit.test_operator_values import VALUES

NOWHERE: Final = Path("nowhere")
LONG: Final = "a" * 64


def _plan(**changes: object) -> object:
    usual = {"vpc_cidr": "10.0.0.0/16", "pod_cidr": "100.64.0.0/14", "service_cidr": "172.20.0.0/16"}
    return plan_addresses(**{"zones": ZONES, **usual, **changes})  # type: ignore[arg-type]


CALLS: Final[dict[str, Callable[[], object]]] = {
    "a long label": lambda: domain.check_dns_label(LONG),
    "a bad label": lambda: domain.check_dns_label("a_b"),
    "a long name": lambda: domain.check_dns_name(".".join([LONG[:63]] * 4)),
    "a bad name": lambda: domain.check_dns_name("a..b"),
    "a bad bucket": lambda: domain.check_bucket("a.b"),
    "a bad release": lambda: domain.check_version("4.1"),
    "a port below": lambda: domain.check_node_port(29999),
    "a port above": lambda: domain.check_node_port(32768),
    "no CPU": lambda: domain.check_cpu("0"),
    "no size": lambda: domain.check_size("0"),
    "a small heap": lambda: domain.check_jvm_memory("511m"),
    "buckets of one name": lambda: Buckets(data="a", events="b", artifacts="b"),
    "an account": lambda: Account(id="123", region="eu-central-1"),
    "a release without a row": lambda: release("1.99"),
    "an image without a day": lambda: replace(RELEASES["1.35"], ami="latest").ami_alias,
    "a bucket's copy": lambda: copy_name("b" * 60, "eu-west-1"),
    "a wildcard without a reason": lambda: Statement(sid="All", actions=("s3:*",), resources=("*",)),
    "a statement twice": lambda: policy(
        *(Statement(sid="Same", actions=("s3:GetObject",), resources=("arn:a",)) for _ in range(2))
    ),
    "a pool without a node": lambda: PoolSize(pool=Pool.EXECUTOR, cpu=1),
    "drivers on spot": lambda: PoolSize(pool=Pool.DRIVER, cpu=64, spot=True),
    "a pool that is none": lambda: placement("gpu", disk="1Gi"),
    "a node image that moves": lambda: node_class(
        Disk.SPILL,
        ami_alias="al2023@latest",
        cluster="a",
        role="a",
        subnet_ids=(),
        security_group_id="",
        tags={},
    ),
    "a small disk": lambda: Volume(gib=20, iops=16_000),
    "a slow disk": lambda: Volume(gib=200, throughput=1000),
    "one zone": lambda: _plan(zones=ZONES[:1]),
    "a zone twice": lambda: _plan(zones=ZONES[:1] * 2),
    "no zone": lambda: _plan(zones=()),
    "a network that is none": lambda: _plan(vpc_cidr="ten"),
    "a wide network": lambda: _plan(vpc_cidr="10.0.0.0/8"),
    "pods elsewhere": lambda: _plan(pod_cidr="10.64.0.0/14"),
    "pods that overlap": lambda: _plan(service_cidr="100.64.0.0/16"),
    "a network that is another": lambda: _accept(
        ARGS,
        _subnets(
            subnet_a1={"vpc_id": "vpc-other", "zone": "eu-central-1c"},
            subnet_b1={"zone": "eu-central-1a"},
            subnet_b2={"public": True, "cidr": "100.65.0.0/20", "zone": "eu-central-1a"},
        ),
    ),
    "an image that is none": lambda: image_ref("sparc", registry="localhost", root=NOWHERE),
    "no registry": lambda: image_ref("spark", registry="/", root=NOWHERE),
    "an image without a recipe": lambda: image_ref("spark", registry="localhost", root=NOWHERE),
    "a tenant with a reserved name": lambda: bucket_policies(
        Buckets(data="a", events="b", artifacts="c"), ["public", "jobs", "data-dev"]
    ),
    "a store that is nowhere": lambda: store_address("store:7070"),
    "a duration": lambda: seconds("15 minutes"),
    "a canary at odd times": lambda: schedule(7),
    "a canary at no time": lambda: schedule(0),
    "a history server without logs": lambda: history_values(arguments(conf={})),
    "a history server with the chart's own": lambda: history_values(
        arguments(conf={**arguments().conf, "spark.history.ui.port": "1"})
    ),
    "a way out to nowhere": lambda: history_values(arguments(egress=[LogPlace(port=443)])),
    "an operator of nobody": lambda: chart_values(replace(VALUES, namespaces=())),
    "an operator that does nothing": lambda: chart_values(replace(VALUES, workers=0)),
    "an operator without room": lambda: chart_values(replace(VALUES, memory="1Gi")),
    "an operator without a tag": lambda: chart_values(replace(VALUES, image="localhost/operator")),
    "a priority of a stranger": lambda: submit_data(["data-dev"], {"sales-dev": "spark-high", "a": "b"}),
    "a collector of nothing": lambda: config(namespaces=()),
    "a Spark that is none": lambda: spark_settings(AWS, spark_version="4", image="an image"),
    "an old Spark": lambda: spark_settings(AWS, spark_version="3.4.4", image="an image"),
}


def test_what_is_said_changes_only_by_review(golden: Golden) -> None:
    said = []
    for what, call in CALLS.items():
        with pytest.raises((ValueError, OSError, pulumi.RunError)) as caught:
            call()
        said.append(f"# {what}\n{type(caught.value).__name__}: {caught.value}\n")
    said += [
        f"# repositories of another name\n{renamed('spark-a/spark', 'spark-b/spark')}\n",
        f"# an image that is not pushed\n{missing('r.io/spark:1', 'dev', 'ImageNotFound')}\n",
    ]
    golden("messages/refusals.txt", "".join(said))


@pytest.mark.parametrize(
    "line", [f"sha256:{'0' * 64}  localhost/spark", "sha256:0  localhost/spark:1", f"sha256:{'0' * 64} a/b:c"]
)
def test_a_line_that_is_no_image_is_shown_with_its_number(line: str, tmp_path: Path) -> None:
    first = f"sha256:{'a' * 64}  localhost/spark:1"
    (tmp_path / FILE).write_text(f"# a comment\n\n{first}\n{line}\n")
    said = (
        f"images.lock line 4 is {line!r}; not a digest, two spaces and a new reference. "
        "Take the file from the commit that pushed, or push again"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        recorded(tmp_path)
