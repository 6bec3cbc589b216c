"""What the chart spark-history-server makes of its values, template by template."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from components import versions
from tests.charts.conftest import CHART, CI_VALUES, RELEASE, Helm, Manifest, Objects, Render, values_of
from tests.kubernetes_fields import problems

pytestmark = pytest.mark.charts


def container(objects: Objects) -> Manifest:
    """The history server's container."""
    (only,) = objects.one("Deployment")["spec"]["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def environment(objects: Objects) -> dict[str, Any]:
    """The container's variables: values, or where they come from."""
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container(objects)["env"]}


def conf(objects: Objects) -> dict[str, str]:
    """What spark-defaults.conf says."""
    text = objects.one("ConfigMap")["data"]["spark-defaults.conf"]
    return dict(line.split(" ", 1) for line in text.splitlines())


def mebibytes(size: str) -> int:
    """A size as Spark and Kubernetes write it, in MiB."""
    number, unit = re.fullmatch(r"(\d+)(m|Mi|Gi)", size).groups()  # type: ignore[union-attr]
    return int(number) * (1024 if unit == "Gi" else 1)


# The whole chart


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.name)
def test_lint_finds_nothing(helm: Helm, values: Any) -> None:
    done = helm("lint", "--strict", str(CHART), "--values", str(values))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.name)
@pytest.mark.parametrize("kubernetes", [versions.KUBERNETES_LOCAL, f"{versions.KUBERNETES_EKS}.0", "1.29.0"])
def test_every_object_is_one_that_kubernetes_knows(template: Helm, values: Any, kubernetes: str) -> None:
    done = template(values_of(values), kubernetes=kubernetes)
    assert done.returncode == 0, done.stderr
    objects = [each for each in yaml.safe_load_all(done.stdout) if each]
    assert objects
    assert [problem for each in objects for problem in problems(each)] == []


def test_a_field_that_kubernetes_does_not_know_would_be_found(render: Render) -> None:
    deployment = render().one("Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    (problem,) = problems(deployment)
    assert "livenesProbe" in problem, "else the test above proves nothing"


def test_an_older_kubernetes_is_refused_by_name(template: Helm) -> None:
    done = template(values_of(CI_VALUES[0]), kubernetes="1.28.9")
    assert done.returncode != 0
    assert "chart requires kubeVersion: >=1.29.0-0" in done.stderr


def test_the_chart_says_which_spark_it_is_for() -> None:
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == versions.SPARK


def test_the_full_example_changes_every_value() -> None:
    def leaves(values: Any, path: str = "") -> dict[str, Any]:
        if isinstance(values, dict) and values:
            return {
                key: each
                for name, value in values.items()
                for key, each in leaves(value, f"{path}.{name}").items()
            }
        return {path: values}

    defaults, full = leaves(values_of(CHART / "values.yaml")), values_of(CHART / "ci" / "full-values.yaml")
    unchanged = {"store.existingClaim", "store.persistent", "serviceAccount.create", "networkPolicy.enabled",
                 "podDisruptionBudget.enabled"}  # fmt: skip
    for path in defaults:
        value: Any = full
        for name in path.strip(".").split("."):
            assert name in value, f"ci/full-values.yaml leaves out {path}"
            value = value[name]
        if path.strip(".") not in unchanged:
            assert value != defaults[path], f"ci/full-values.yaml leaves {path} at its default"


def test_by_default_there_is_one_of_everything(render: Render) -> None:
    assert render().kinds() == [
        "ConfigMap",
        "Deployment",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    ]


def test_all_objects_carry_the_release_name_namespace_and_labels(render: Render) -> None:
    for each in render(commonLabels={"app.kubernetes.io/managed-by": "pulumi", "team": "platform"}):
        assert (each["metadata"]["name"], each["metadata"]["namespace"]) == (RELEASE, RELEASE), each["kind"]
        labels = each["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "pulumi", "the user's labels win"
        assert labels["team"] == "platform"
        assert labels["app.kubernetes.io/instance"] == RELEASE


def test_another_name_is_taken_by_all_objects(render: Render) -> None:
    assert {each["metadata"]["name"] for each in render(fullnameOverride="other")} == {"other"}


# deployment.yaml


def test_there_is_one_writer_at_any_time(render: Render) -> None:
    spec = render().one("Deployment")["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}, "a rolling update would run two pods on one store"


def test_the_pod_runs_the_history_server_of_the_image(render: Render) -> None:
    only = container(render(image="registry.example.com:5000/team/spark:4.1.2"))
    assert only["image"] == "registry.example.com:5000/team/spark:4.1.2"
    assert only["command"] == [
        "/opt/entrypoint.sh",
        "/opt/spark/bin/spark-class",
        "org.apache.spark.deploy.history.HistoryServer",
    ]


def test_the_pod_meets_the_restricted_standard_with_a_read_only_root(render: Render) -> None:
    objects = render()
    pod = objects.one("Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 185
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(objects)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False, "it has no business with the API server"


def test_all_that_the_server_writes_to_is_mounted(render: Render) -> None:
    objects = render()
    mounts = {each["mountPath"]: each for each in container(objects)["volumeMounts"]}
    assert conf(objects)["spark.history.store.path"] in mounts
    assert "/tmp" in mounts, "Java, RocksDB and S3A write to it"
    assert environment(objects)["SPARK_CONF_DIR"] in mounts
    assert not mounts["/tmp"].get("readOnly")


@pytest.mark.parametrize(
    ("memory", "percent", "heap"), [("2Gi", 60, 1228), ("1Gi", 60, 614), ("1536Mi", 50, 768)]
)
def test_the_heap_follows_from_the_memory(render: Render, memory: str, percent: int, heap: int) -> None:
    objects = render(memory=memory, heapPercent=percent)
    assert environment(objects)["SPARK_DAEMON_MEMORY"] == f"{heap}m"
    resources = container(objects)["resources"]
    assert resources["requests"]["memory"] == resources["limits"]["memory"] == memory


def test_too_little_memory_is_refused_in_words(template: Helm) -> None:
    done = template({**values_of(CI_VALUES[-1]), "memory": "512Mi"})
    assert done.returncode != 0
    assert "memory is 512Mi, but the history server needs 1Gi or more: raise memory" in done.stderr


def test_probes_ask_for_a_page_that_costs_nothing_and_leave_time(render: Render) -> None:
    only = container(render(startupSeconds=120))
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert only[probe]["httpGet"] == {"path": "/api/v1/version", "port": "http"}, probe
    startup, liveness = only["startupProbe"], only["livenessProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == 120
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 120, (
        "a collection of a full heap stops everything for a while, and must not have the pod killed"
    )


def test_a_changed_configuration_restarts_the_pod_and_nothing_else_does(render: Render) -> None:
    def checksum(**changes: Any) -> str:
        annotations = render(**changes).one("Deployment")["spec"]["template"]["metadata"]["annotations"]
        return str(annotations["checksum/config"])

    assert checksum() == checksum(commonLabels={"a": "b"}, podLabels={"c": "d"})
    assert checksum() != checksum(conf={"spark.history.retainedApplications": "9"})
    assert checksum() != checksum(eventLogDir="s3a://other/spark/")
    assert checksum() != checksum(memory="4Gi"), "the hybrid store's share of the heap stands in the file"


def test_the_chart_version_is_not_in_the_pods_labels(render: Render) -> None:
    deployment = render().one("Deployment")
    assert "helm.sh/chart" in deployment["metadata"]["labels"]
    assert "helm.sh/chart" not in deployment["spec"]["template"]["metadata"]["labels"], (
        "a new chart that changes nothing must not restart the server"
    )


def test_selectors_select_the_pod_whatever_labels_are_added(render: Render) -> None:
    odd = {"app.kubernetes.io/instance": "odd", "app.kubernetes.io/component": "odd"}
    objects = render(commonLabels=odd, podLabels=odd)
    labels = objects.one("Deployment")["spec"]["template"]["metadata"]["labels"]
    for selector in (
        objects.one("Deployment")["spec"]["selector"]["matchLabels"],
        objects.one("Service")["spec"]["selector"],
        objects.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        objects.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()


def test_keys_come_from_the_secret_that_is_named_and_from_none_by_default(render: Render) -> None:
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert not keys & set(environment(render())), "a stray key would win over the pod's own identity"
    given = environment(render(credentials={"existingSecret": "s3-credentials"}))
    assert given["AWS_ACCESS_KEY_ID"] == {"secretKeyRef": {"name": "s3-credentials", "key": "access-key"}}
    assert given["AWS_SECRET_ACCESS_KEY"] == {"secretKeyRef": {"name": "s3-credentials", "key": "secret-key"}}


def test_java_ends_when_memory_does_and_keeps_the_users_options(render: Render) -> None:
    assert environment(render())["SPARK_DAEMON_JAVA_OPTS"] == "-XX:+ExitOnOutOfMemoryError"
    given = environment(render(javaOptions="-XX:+UseG1GC"))["SPARK_DAEMON_JAVA_OPTS"]
    assert given == "-XX:+ExitOnOutOfMemoryError -XX:+UseG1GC"


def test_further_variables_annotations_and_places_reach_the_pod(render: Render) -> None:
    objects = render(
        extraEnv=[{"name": "TZ", "value": "UTC"}],
        podAnnotations={"key": "1"},
        nodeSelector={"pool": "system"},
        tolerations=[{"key": "dedicated", "operator": "Exists"}],
        priorityClassName="high",
        imagePullSecrets=["login"],
    )
    template = objects.one("Deployment")["spec"]["template"]
    assert environment(objects)["TZ"] == "UTC"
    assert template["metadata"]["annotations"]["key"] == "1"
    assert template["spec"]["nodeSelector"] == {"pool": "system"}
    assert template["spec"]["tolerations"] == [{"key": "dedicated", "operator": "Exists"}]
    assert template["spec"]["priorityClassName"] == "high"
    assert template["spec"]["imagePullSecrets"] == [{"name": "login"}]


# configmap.yaml


def test_every_property_is_one_that_spark_knows(render: Render) -> None:
    known = (CHART.parent.parent / "tests" / "data" / f"spark-config-keys-{versions.SPARK}.json").read_text()
    unknown = [key for key in conf(render()) if f'"{key}"' not in known and key != "spark.history.provider"]
    assert unknown == [], "Spark ignores a key that it doesn't know, without a word"


def test_tenants_come_with_folders_of_their_own_and_a_guard_of_the_pages(render: Render) -> None:
    given = conf(render(tenants=["data-dev", "science-dev"]))
    assert given["spark.history.provider"] == "sparkoneks.history.TenantsHistoryProvider"
    assert given["spark.history.tenants"] == "data-dev,science-dev"
    assert given["spark.ui.filters"] == "sparkoneks.history.PageGuard"
    assert "spark.ui.filters" not in conf(render()), "an image of somebody else's lacks the class"


def test_the_users_properties_win(render: Render) -> None:
    given = conf(render(conf={"spark.history.fs.update.interval": "5m", "spark.custom": r"back\slash"}))
    assert given["spark.history.fs.update.interval"] == "5m"
    assert given["spark.custom"] == r"back\\slash", "Java reads a single backslash as an escape"


def test_the_store_stays_within_its_volume_and_the_heap(render: Render) -> None:
    objects = render(store={"size": "10Gi"}, memory="1Gi")
    properties = conf(objects)
    assert mebibytes(properties["spark.history.store.maxDiskUsage"]) == 8192
    heap = mebibytes(environment(objects)["SPARK_DAEMON_MEMORY"])
    assert mebibytes(properties["spark.history.store.hybridStore.maxMemoryUsage"]) <= heap / 2, (
        "Spark's own default, 2g, is more than this heap holds"
    )


def test_the_cleaner_and_the_reader_are_set_by_values(render: Render) -> None:
    cleaner = {"enabled": True, "interval": "6h", "maxAge": "14d"}
    given = conf(render(history={"updateInterval": "1m", "replayThreads": 8, "cleaner": cleaner}))
    prefix = "spark.history.fs"
    assert given[f"{prefix}.update.interval"] == "1m"
    assert given[f"{prefix}.numReplayThreads"] == "8"
    assert [given[f"{prefix}.cleaner.{key}"] for key in cleaner] == ["true", "6h", "14d"]


# persistentvolumeclaim.yaml


def test_the_store_is_on_a_volume_of_its_own(render: Render) -> None:
    objects = render(store={"size": "5Gi", "storageClass": "fast", "annotations": {"a": "b"}})
    claim = objects.one("PersistentVolumeClaim")
    assert claim["spec"]["resources"]["requests"]["storage"] == "5Gi"
    assert claim["spec"]["storageClassName"] == "fast"
    assert claim["metadata"]["annotations"] == {"a": "b"}
    volumes = {
        each["name"]: each for each in objects.one("Deployment")["spec"]["template"]["spec"]["volumes"]
    }
    assert volumes["store"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_an_empty_storage_class_means_the_clusters_default(render: Render) -> None:
    assert "storageClassName" not in render().one("PersistentVolumeClaim")["spec"]


def test_an_existing_claim_is_used_and_none_is_made(render: Render) -> None:
    objects = render(store={"existingClaim": "mine"})
    assert "PersistentVolumeClaim" not in objects.kinds()
    volumes = {
        each["name"]: each for each in objects.one("Deployment")["spec"]["template"]["spec"]["volumes"]
    }
    assert volumes["store"] == {"name": "store", "persistentVolumeClaim": {"claimName": "mine"}}


def test_without_a_volume_the_store_is_limited_all_the_same(render: Render) -> None:
    objects = render(store={"persistent": False, "size": "3Gi"})
    assert "PersistentVolumeClaim" not in objects.kinds()
    volumes = {
        each["name"]: each for each in objects.one("Deployment")["spec"]["template"]["spec"]["volumes"]
    }
    assert volumes["store"] == {"name": "store", "emptyDir": {"sizeLimit": "3Gi"}}


# service.yaml


def test_the_service_leads_to_the_ui(render: Render) -> None:
    objects = render()
    (port,) = objects.one("Service")["spec"]["ports"]
    (listens,) = container(objects)["ports"]
    assert port["targetPort"] == listens["name"]
    assert str(listens["containerPort"]) == conf(objects)["spark.history.ui.port"]
    assert objects.one("Service")["spec"]["type"] == "ClusterIP", "nothing is opened that wasn't asked for"


def test_a_node_port_is_used_if_the_type_says_so_and_refused_otherwise(
    render: Render, template: Helm
) -> None:
    (port,) = render(service={"type": "NodePort", "nodePort": 30180}).one("Service")["spec"]["ports"]
    assert port["nodePort"] == 30180
    done = template({**values_of(CI_VALUES[-1]), "service": {"nodePort": 30180}})
    assert done.returncode != 0
    assert (
        "service.nodePort is 30180, but service.type is ClusterIP: set service.type to NodePort"
        in done.stderr
    )


# serviceaccount.yaml


def test_the_service_account_has_no_token_and_may_stand_for_a_cloud_role(render: Render) -> None:
    account = render(serviceAccount={"annotations": {"role": "history"}}).one("ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    assert account["metadata"]["annotations"] == {"role": "history"}


def test_an_existing_service_account_is_used_and_none_is_made(render: Render) -> None:
    objects = render(serviceAccount={"create": False, "name": "mine"})
    assert "ServiceAccount" not in objects.kinds()
    assert objects.one("Deployment")["spec"]["template"]["spec"]["serviceAccountName"] == "mine"


# poddisruptionbudget.yaml


def test_a_node_can_be_emptied_unless_somebody_forbids_it(render: Render) -> None:
    assert render().one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    strict = render(podDisruptionBudget={"maxUnavailable": 0}).one("PodDisruptionBudget")["spec"]
    assert strict["maxUnavailable"] == 0
    assert strict["unhealthyPodEvictionPolicy"] == "AlwaysAllow", "a pod that serves nobody must not block"
    assert "PodDisruptionBudget" not in render(podDisruptionBudget={"enabled": False}).kinds()
