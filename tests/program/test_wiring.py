"""Each setting arrives where it has an effect, and nowhere else."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from components import versions
from components.foundation.kubernetes import CURRENT_CONTEXT
from components.settings import SettingsError
from components.wiring.spark_operator import OPERATOR_REPOSITORY
from tests.support.recorder import World
from tests.support.stacks import build_stack, stack_settings, world_of

METRICS_ACCOUNT = "foundation-identities-metrics-kube-prometheus-stack-prometheus"
OPERATOR_IMAGE = "registry.example/spark-operator:2.5.2"


def _built(**changes: dict[str, Any]) -> World:
    """The local stack with some keys of its sections changed; unwatched unless these name `observability`."""
    values = copy.deepcopy(stack_settings("local"))
    if "observability" not in changes:
        values["observability"] = {"enabled": False}  # half of what is built
    for section, keys in changes.items():
        values.setdefault(section, {}).update(keys)
    return build_stack("local", values)


def _defaults(world: World, namespace: str, file: str = "spark-defaults.conf") -> dict[str, str]:
    """Properties of a file of a namespace's ConfigMap of defaults."""
    maps = world.of("kubernetes:core/v1:ConfigMap")
    (found,) = (
        each
        for each in maps
        if each.metadata["name"] == "spark-defaults" and each.metadata["namespace"] == namespace
    )
    lines = found.inputs["data"][file].splitlines()
    return dict(line.split("=", 1) for line in lines)


PLACES = ("spark-operator", "data-dev", "science-dev")


@pytest.mark.parametrize("namespace", PLACES)
def test_job_defaults_are_the_same_for_the_operator_and_for_spark_submit(namespace: str) -> None:
    conf = _defaults(world_of("local"), namespace)
    assert conf["spark.driver.memory"] == "1g"
    assert conf["spark.kubernetes.driver.request.cores"] == "250m"
    assert conf["spark.executor.memory"] == "1g"
    assert conf["spark.kubernetes.executor.request.cores"] == "400m"
    assert conf["spark.dynamicAllocation.maxExecutors"] == "2"
    assert conf["spark.kubernetes.container.image"].startswith(f"localhost/spark:{versions.SPARK}-")


def test_a_stacks_own_properties_override_the_platforms() -> None:
    world = _built(spark={"conf": {"spark.sql.ansi.enabled": False, "spark.locality.wait": "1s"}})
    for namespace in PLACES:
        conf = _defaults(world, namespace)
        assert conf["spark.sql.ansi.enabled"] == "false"
        assert conf["spark.locality.wait"] == "1s"


def test_a_stacks_own_image_brings_its_own_version() -> None:
    world = _built(spark={"version": versions.SPARK_LTS, "image": "registry.example/spark:3.5.8"})
    conf = _defaults(world, "data-dev")
    assert conf["spark.kubernetes.container.image"] == "registry.example/spark:3.5.8"
    assert "spark.hadoop.fs.s3a.committer.magic.enabled" not in conf, "that is a default since 4.1 only"
    history = world.one("Chart", "spark-history-chart")
    assert f":{versions.SPARK}-" in history.inputs["values"]["image"], "a newer server reads older logs"


@pytest.mark.parametrize("version", [versions.SPARK_LTS, versions.SPARK])
def test_a_release_has_a_file_that_stays_when_another_becomes_the_stacks(version: str) -> None:
    worlds = [_built(spark={"version": each}) for each in (versions.SPARK_LTS, versions.SPARK)]
    for namespace in PLACES:
        before, after = (_defaults(each, namespace, f"spark-defaults-{version}.conf") for each in worlds)
        assert before == after
        assert f":{version}-" in before["spark.kubernetes.container.image"]


def test_a_tenants_key_goes_to_that_tenant_alone() -> None:
    world = world_of("local")
    for namespace in ("data-dev", "science-dev"):
        (secret,) = (
            each for each in world.of("kubernetes:core/v1:Secret") if each.metadata["namespace"] == namespace
        )
        assert secret.inputs["stringData"] == {
            "access-key": namespace,
            "secret-key": f"foundation-object-store-{namespace}-key-value",
        }
    others = [
        each
        for each in world.of("kubernetes:core/v1:Secret")
        if each.metadata["namespace"] == "spark-operator"
    ]
    assert others == [], "the operator has no key: it must not read what tenants store"


def test_bucket_names_reach_the_store_the_jobs_and_the_history_server() -> None:
    buckets = {"data": "our-data", "events": "our-events", "artifacts": "our-code"}
    world = _built(objectStorage={"buckets": buckets, "region": "eu-central-1"})
    conf = _defaults(world, "data-dev")
    assert conf["spark.eventLog.dir"] == "s3a://our-events/spark/data-dev/"
    assert conf["spark.kubernetes.file.upload.path"].startswith("s3a://our-code/data-dev/")
    assert conf["spark.hadoop.fs.s3a.endpoint.region"] == "eu-central-1"
    assert (
        world.one("Chart", "spark-history-chart").inputs["values"]["eventLogDir"] == "s3a://our-events/spark/"
    )
    files = world.one("ConfigMap", "foundation-object-store-setup-files").inputs["data"]
    for name in buckets.values():
        assert any(name in text for text in files.values()), f"bucket {name} is never made"


def test_the_history_server_gets_its_sizes_and_habits() -> None:
    world = _built(
        foundation={"storageClass": "standard"},
        history={
            "memory": "3Gi",
            "disk": "7Gi",
            "replayThreads": 6,
            "updateIntervalSeconds": 45,
            "logRetentionDays": 90,
        },
    )
    values = world.one("Chart", "spark-history-chart").inputs["values"]
    assert values["memory"] == "3Gi"
    assert values["store"]["size"] == "7Gi"
    assert values["store"]["storageClass"] == "standard"
    assert values["conf"]["spark.history.fs.numReplayThreads"] == "6"
    assert values["conf"]["spark.history.fs.update.interval"] == "45s"
    assert values["conf"]["spark.history.fs.cleaner.maxAge"] == "90d"


def test_what_a_tenant_may_use_of_what_exists_reaches_its_own_role_alone() -> None:
    values = stack_settings("prod")
    values["tenants"][0]["access"] = {"buckets": [{"name": "acme-orders"}]}
    policies = build_stack("prod", values).of("aws:iam/rolePolicy:RolePolicy")
    named = {each.name for each in policies if "acme-orders" in each.inputs["policy"]}
    assert named == {"foundation-identities-data-prod-role-access"}


def test_the_history_server_waits_for_its_log_directory() -> None:
    world = world_of("local")
    job = world.one("kubernetes:batch/v1:Job")
    chart = world.one("Chart", "spark-history-chart")
    assert job.urn in chart.depends_on, "it exits at once when the directory isn't there"


def test_the_operator_gets_its_size_and_the_tenants() -> None:
    values = (
        _built(operator={"workers": 5, "cpuRequest": "750m"})
        .one("Chart", "spark-operator-chart")
        .inputs["values"]
    )
    assert values["controller"]["workers"] == 5
    assert values["controller"]["resources"]["requests"]["cpu"] == "750m"
    assert values["spark"]["jobNamespaces"] == ["data-dev", "science-dev", "spark-canary"]


def test_the_operator_comes_after_the_namespaces_in_which_it_gets_roles() -> None:
    world = world_of("local")
    chart = world.one("Chart", "spark-operator-chart")
    for namespace in world.exports["namespaces"]:
        made = world.one("Namespace", namespace)
        assert made.urn in world.waits_for(chart), f"Roles in {namespace} would come before it"


def test_a_tenants_priority_is_known_to_the_operator() -> None:
    files = world_of("local").one("ConfigMap", "spark-operator-spark-submit").inputs["data"]
    assert files["priorities"] == "data-dev spark-high\nscience-dev spark-normal\nspark-canary spark-normal\n"


@pytest.mark.parametrize(
    ("keys", "chart", "repository", "version"),
    [
        ({"chart": "./somewhere"}, "./somewhere", None, None),
        ({"chart": "spark-operator"}, "spark-operator", OPERATOR_REPOSITORY, versions.SPARK_OPERATOR),
        (
            {"chart": "spark-operator", "repository": "https://charts.example", "chartVersion": "2.5.1"},
            "spark-operator",
            "https://charts.example",
            "2.5.1",
        ),
        (
            {"chart": "oci://registry.example/chart"},
            "oci://registry.example/chart",
            None,
            versions.SPARK_OPERATOR,
        ),
    ],
)
def test_the_operators_chart_comes_from_a_folder_a_repository_or_a_registry(
    keys: dict[str, Any], chart: str, repository: str | None, version: str | None
) -> None:
    made = _built(operator=keys).one("Chart", "spark-operator-chart").inputs
    assert made["chart"] == chart
    assert (made.get("repositoryOpts") or {}).get("repo") == repository
    assert made.get("version") == version


def test_a_registry_is_where_all_images_come_from() -> None:
    world = _built(foundation={"registry": "registry.example/team"})
    conf = _defaults(world, "data-dev")
    assert conf["spark.kubernetes.container.image"].startswith("registry.example/team/spark:")
    operator = world.one("Chart", "spark-operator-chart").inputs["values"]["image"]
    assert operator["registry"] == "registry.example"
    assert operator["repository"] == "team/spark-operator"
    server = world.one("kubernetes:apps/v1:StatefulSet", "object-store").inputs["spec"]["template"]["spec"]
    assert server["containers"][0]["image"].startswith("registry.example/team/object-store:")


def test_an_operator_image_of_ones_own_is_taken_as_it_is() -> None:
    image = (
        _built(operator={"image": OPERATOR_IMAGE})
        .one("Chart", "spark-operator-chart")
        .inputs["values"]["image"]
    )
    assert f"{image['registry']}/{image['repository']}:{image['tag']}" == OPERATOR_IMAGE


def test_the_provider_reaches_the_named_context_and_holds_no_kubeconfig(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    provider = _built(foundation={"context": "company"}).one("pulumi:providers:kubernetes")
    assert provider.inputs["context"] == "company"
    assert provider.inputs["clusterIdentifier"] == "company"
    assert "kubeconfig" not in provider.inputs, "its keys would be in the state"


def test_without_a_context_the_kubeconfigs_own_is_taken() -> None:
    provider = _built(foundation={"context": None}).one("pulumi:providers:kubernetes")
    assert "context" not in provider.inputs
    assert provider.inputs["clusterIdentifier"] == CURRENT_CONTEXT


@pytest.mark.parametrize(("written", "port"), [({}, 6443), ({"apiServerPort": 16443}, 16443)])
def test_drivers_reach_the_api_server_where_it_is_said_to_be_and_nowhere_else(
    written: dict[str, int], port: int
) -> None:
    said = ["10.96.0.1/32", "10.244.0.1/32"]
    world = _built(foundation={"apiServerCidrs": said, **written})
    reached = {
        peer["ipBlock"]["cidr"]
        for policy in world.of("NetworkPolicy")
        for rule in policy.inputs["spec"].get("egress", ())
        for peer in rule.get("to", ())
        if "ipBlock" in peer and {port["port"] for port in rule["ports"]} == {443, port}
    }
    assert reached == set(said)


@pytest.mark.parametrize(("enforced", "words"), [(True, "are enforced"), (False, "NOT enforced")])
def test_the_outputs_say_whether_anyone_acts_on_network_policies(enforced: bool, words: str) -> None:
    assert words in _built(foundation={"enforcesNetworkPolicy": enforced}).exports["networkPolicies"]


def test_capacity_and_class_reach_the_stores_volume() -> None:
    world = _built(foundation={"storageClass": "fast", "objectStore": {"capacity": "33Gi"}})
    spec = world.one("PersistentVolumeClaim", "object-store-data").inputs["spec"]
    assert spec["storageClassName"] == "fast"
    assert spec["resources"]["requests"]["storage"] == "33Gi"


def test_prometheus_gets_its_sizes_and_habits() -> None:
    world = _built(
        foundation={"storageClass": "standard"},
        observability={"retentionDays": 9, "storage": "10Gi", "scrapeIntervalSeconds": 20, "memory": "1Gi"},
    )
    spec = world.one("Prometheus", "prometheus").inputs["spec"]
    assert spec["retention"] == "9d"
    assert spec["retentionSize"] == "8192MiB", "a fifth of the volume is for what is not yet packed"
    assert (spec["scrapeInterval"], spec["evaluationInterval"]) == ("20s", "20s")
    claim = spec["storage"]["volumeClaimTemplate"]["spec"]
    assert (claim["storageClassName"], claim["resources"]["requests"]["storage"]) == ("standard", "10Gi")
    assert spec["resources"]["limits"]["memory"] == "1Gi"
    exporter = world.one("Deployment", "spark-history-exporter").inputs["spec"]["template"]["spec"]
    (announce,) = (
        each["value"] for each in exporter["containers"][0]["env"] if each["name"] == "ANNOUNCE_SECONDS"
    )
    assert float(announce) > 40, "a new counter shows zero for two scrapes"


def test_each_tenants_drivers_are_scraped_within_the_bounds_that_are_set() -> None:
    world = _built(observability={"samplesPerDriver": 7000, "driversPerTenant": 12})
    for tenant in ("data-dev", "science-dev"):
        spec = world.one("PodMonitor", f"spark-driver-{tenant}").inputs["spec"]
        assert (spec["sampleLimit"], spec["targetLimit"]) == (7000, 12)


def test_without_observability_nothing_of_it_is_made_and_nobody_is_let_in() -> None:
    world = _built(observability={"enabled": False})
    assert not [each.name for each in world.landed if each.name.startswith(("observability", "history-exp"))]
    assert "prometheusUrl" not in world.exports
    # The words of a program, and the name of a job's field, are no names of namespaces.
    others = {"spark-operator-job-pods", "spark-job-rules-fields-policy"}
    made = [each.inputs for each in world.landed if each.name not in others]
    assert "monitoring" not in json.dumps(made)


def test_every_tenants_rules_know_the_team_and_the_exporter_does_too() -> None:
    world = world_of("local")
    groups = world.one("PrometheusRule", "spark").inputs["spec"]["groups"]
    teams = {
        (rule["labels"]["namespace"], rule["labels"]["team"])
        for group in groups
        for rule in group["rules"]
        if rule.get("record") == "spark:namespace:team"
    }
    assert teams == {("data-dev", "data"), ("science-dev", "science")}, "the canary is no team"
    exporter = world.one("Deployment", "spark-history-exporter").inputs["spec"]["template"]["spec"]
    (told,) = (each["value"] for each in exporter["containers"][0]["env"] if each["name"] == "TEAMS")
    assert json.loads(told) == {**dict(teams), "spark-canary": "spark"}, "its runs are counted as well"


def test_the_history_server_lets_exporter_and_canary_in() -> None:
    policy = world_of("local").one("Chart", "spark-history-chart").inputs["values"]["networkPolicy"]
    assert policy["allowedNamespaces"] == ["spark-login", "monitoring", "spark-canary"]


def test_prometheus_comes_after_its_kinds_its_operator_and_what_it_shows() -> None:
    world = world_of("local")
    made = world.one("Prometheus", "prometheus")
    needs = world.waits_for(made)
    operator = world.one("Deployment", "prometheus-operator")
    assert world.one("ConfigGroup", "observability-kinds").urn in world.waits_for(operator)
    assert operator.urn in needs
    assert world.one("PrometheusRule", "spark").urn in needs


def test_on_aws_the_upstream_chart_collects_and_our_rules_are_the_same() -> None:
    world = world_of("prod")
    chart = world.one("Chart", "observability-chart").inputs
    assert chart["version"] == versions.KUBE_PROMETHEUS_STACK
    assert chart["values"]["prometheus"]["prometheusSpec"]["externalLabels"] == {"cluster": "spark-prod"}
    assert world.one("PodMonitor", "karpenter")
    local = {
        each["name"] for each in world_of("local").one("PrometheusRule", "spark").inputs["spec"]["groups"]
    }
    made = {each["name"] for each in world.one("PrometheusRule", "spark").inputs["spec"]["groups"]}
    assert local == {*made, "spark-worker-alerts", "spark-job-pages-alerts"}, "prod has no jobs from Git"


def test_metrics_leave_an_aws_cluster_only_with_a_role_for_one_workspace() -> None:
    workspace = "ws-01234567-89ab-cdef-0123-456789abcdef"
    values = copy.deepcopy(stack_settings("prod"))
    values["observability"]["remoteWrite"] = {"workspace": workspace}
    world = build_stack("prod", values)
    (remote,) = world.one("Chart", "observability-chart").inputs["values"]["prometheus"]["prometheusSpec"][
        "remoteWrite"
    ]
    assert workspace in remote["url"]
    association = world.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", METRICS_ACCOUNT)
    assert association.inputs["namespace"] == "monitoring"
    assert not [
        each
        for each in world_of("prod").of("aws:eks/podIdentityAssociation:PodIdentityAssociation")
        if each.inputs["namespace"] == "monitoring"
    ]


def test_nothing_is_made_from_a_wrong_stack_file() -> None:
    with pytest.raises(SettingsError, match="did you mean workers"):
        _built(operator={"wokers": 3})


def test_ten_more_tenants_are_ten_times_the_same() -> None:
    values = copy.deepcopy(stack_settings("local"))
    values["tenants"] = [{**values["tenants"][1], "team": f"team-{number}"} for number in range(10)]
    world = build_stack("local", values)
    made = [each for each in world.of("sparkeks:index:TenantNamespace") if "canary" not in each.name]
    assert len(made) == 10
    assert len({len(world.children(each)) for each in made}) == 1
    assert world.duplicates() == []


def test_loki_runs_only_if_asked_for_and_gets_its_sizes() -> None:
    without, loki = world_of("local"), {"enabled": True, "retentionDays": 3, "disk": "33Gi"}
    world = _built(observability={"logs": {"loki": loki}})
    assert not without.of("Loki")
    (chart,) = (each for each in world.of("kubernetes:helm.sh/v4:Chart") if each.name == "loki-chart")
    assert chart.inputs["values"]["loki"]["limits_config"]["retention_period"] == "72h"
    assert chart.inputs["values"]["singleBinary"]["persistence"]["size"] == "33Gi"
    assert chart.inputs["version"] == versions.LOKI_CHART
