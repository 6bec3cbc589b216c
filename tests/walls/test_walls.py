"""Attacks are refused by a real API server, which says why; what people rightly write is taken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.services.spark_operator.crds import TEMPLATE_SCHEMA, typed_definition
from components.spark.known_properties import kinds
from components.tenants.admission_properties import COMMON
from tests.data.generate import template_schema
from tests.walls.attack import Attack, job, pod, schedule, service
from tests.walls.server import ApiServer
from tests.walls.tables import EVERY_ATTACK
from tests.walls.world import World

pytestmark = pytest.mark.apiserver


@pytest.mark.parametrize("attack", EVERY_ATTACK, ids=lambda each: each.what)
def test_an_attack_is_refused_and_the_answer_says_why(world: World, attack: Attack) -> None:
    answer = world.create(attack.manifest, attack.who)
    assert attack.said in answer.refusal, answer.refusal or "it was taken"


ETCD_BYTES = 1_572_864
"""Most that etcd takes in one request (--max-request-bytes), and so the most of an object."""

PLUGIN = 'apiserver_admission_controller_admission_duration_seconds_sum{name="ValidatingAdmissionPolicy"'
"""Metric of the API server: seconds that it has spent on admission policies."""

MOST_MS = 8
"""Of the 300 ms of CPU time that a submission takes in the operator (docs/benchmarks.md)."""

CREATIONS = 4
ROUNDS = 25
"""The quickest counts, and short ones are many: the clock runs on while other programs have the processor."""

_VALUES = {"boolean": "true", "time": "10s", "size": "64m", "whole": "2", "number": "0.5"}
MANY = {
    **{key: _VALUES[kinds()[key].split(" ")[0]] for key in COMMON[:10]},
    **{f"spark.acme.property{number}": "any" for number in range(10)},
}
"""Properties of a job that chooses much."""

FINE = {
    "a job": job(),
    "a job with a template": job(
        driver={
            "cores": 1,
            "template": {
                "metadata": {"creationTimestamp": None, "labels": {"a": "b"}},
                "spec": {
                    "containers": [
                        {
                            "name": "spark-kubernetes-driver",
                            "resources": {"limits": {"memory": "1.5Gi", "nvidia.com/gpu": 1}},
                            "readinessProbe": {"httpGet": {"port": "ui"}, "periodSeconds": 5},
                        }
                    ],
                    "volumes": [{"name": "a", "emptyDir": {"sizeLimit": "10Gi"}}],
                    "nodeSelector": {"spark-on-eks/pool": "memory"},
                    "tolerations": [{"key": "spark-on-eks/pool", "operator": "Exists"}],
                    "topologySpreadConstraints": [
                        {
                            "maxSkew": 1,
                            "topologyKey": "zone",
                            "whenUnsatisfiable": "ScheduleAnyway",
                            "labelSelector": {"matchLabels": {"spark-role": "executor"}},
                        }
                    ],
                },
            },
        }
    ),
    "retries with their intervals": job(
        restartPolicy={
            "type": "OnFailure",
            "onFailureRetries": 3,
            "onFailureRetryInterval": 10,
            "onSubmissionFailureRetries": 10,
            "onSubmissionFailureRetryInterval": 20,
        }
    ),
    "twenty properties": job(sparkConf=MANY),
    "a page for the namespace": job(sparkUIOptions={"serviceType": "ClusterIP", "servicePort": 4040}),
    "every five minutes": schedule("*/5 * * * *", successfulRunHistoryLimit=20),
    "every day": schedule("@daily", timeZone="Europe/Paris"),
    "every hour and a half": schedule("@every 1h30m"),
    "once a minute": schedule("@every 60s"),
    "names of days": schedule("0 7 * * MON-FRI", name="a" * 43),
    "a driver's service": service(clusterIP="None", publishNotReadyAddresses=True),
    "a service of the namespace": service(),
    "a pod": pod(),
    "a pod with Spark's labels": pod({"spark-role": "executor", "spark-app-name": "x", "team": "science"}),
    "a pod for a pool": pod(
        nodeSelector={"spark-on-eks/pool": "executor"},
        tolerations=[{"key": "spark-on-eks/pool", "operator": "Exists", "effect": "NoSchedule"}],
    ),
}


@pytest.mark.parametrize("what", FINE)
def test_what_people_rightly_write_is_taken(world: World, what: str) -> None:
    assert world.create(FINE[what]).refusal == ""


def test_what_is_there_already_can_still_be_changed_and_removed(world: World) -> None:
    answer = world.create(pod({"spark-role": "driver"}), dry_run=False)
    assert answer.refusal == ""
    path = f"/api/v1/namespaces/{world.tenant.namespace}/pods/walls"
    placed = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "walls"}, "target": {"name": "a"}}
    assert world.server.call("POST", f"{path}/binding", placed).refusal == ""
    patch = {"metadata": {"labels": {"kept": "yes"}}}
    merge = "application/merge-patch+json"
    assert world.server.call("PATCH", path, patch, content=merge).refusal == "", "it has a node by now"
    spoof = {"metadata": {"labels": {"team": "finance"}}}
    said = world.server.call("PATCH", path, spoof, content=merge).refusal
    assert "the label team must be science, not finance" in said, "a label could be put on later"
    assert world.server.call("DELETE", f"{path}?gracePeriodSeconds=0").refusal == ""


@pytest.mark.undisturbed
def test_the_rules_cost_less_than_three_hundredths_of_a_submission(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for manifest in (job(), job(sparkConf=MANY), schedule("@daily"), service(), pod()):
        cost = min(_milliseconds(world, manifest) for _ in range(ROUNDS))
        words = len(manifest["spec"].get("sparkConf", {}))
        with capsys.disabled():
            print(
                f"\n{manifest['kind']} of {words} properties: all rules take {cost:.2f} ms of a creation",
                end="",
            )
        assert 0 < cost < MOST_MS


def _milliseconds(world: World, manifest: dict[str, Any]) -> float:
    """What all rules take of a creation, on average over some."""
    before = evaluation_seconds(world)
    for _ in range(CREATIONS):
        assert world.create(manifest).refusal == ""
    return (evaluation_seconds(world) - before) / CREATIONS * 1000


def evaluation_seconds(world: World) -> float:
    """Seconds that the API server has spent on the rules so far, by its own clock."""
    text = world.server.call("GET", "/metrics").body["text"]
    lines = [line for line in text.splitlines() if line.startswith(PLUGIN)]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def test_the_committed_schema_is_kubernetes_own(server: ApiServer) -> None:
    document = server.call("GET", "/openapi/v3/api/v1").body
    committed = json.loads(TEMPLATE_SCHEMA.read_text())
    assert committed == template_schema(document), "run tests/data/generate.py pod-template again"


def test_every_definition_fits_into_etcd(definitions: list[dict[str, Any]]) -> None:
    for definition in definitions:
        size = len(json.dumps(typed_definition(definition["spec"])))
        assert size < ETCD_BYTES / 2, f"{definition['metadata']['name']} has {size} bytes of {ETCD_BYTES}"
