"""The manifests that users copy: valid for the operator's own CRDs, and safe from its traps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import flights
from components import naming, versions
from toolchain.progress import UPSTREAM_CHART
from workspace.errors import ReportedError

KINDS = list(flights.Kind)
PLATFORM = flights.Platform(
    kubeconfig=Path("unused"), namespace="data-dev", image="localhost/spark:4.1.2-abc", endpoint=None
)


def schema(kind: str) -> dict[str, Any]:
    for path in (UPSTREAM_CHART / "crds").glob("*.yaml"):
        crd = yaml.safe_load(path.read_text())
        if crd["spec"]["names"]["kind"] == kind:
            served = {version["name"]: version for version in crd["spec"]["versions"]}
            return dict(closed(served["v1beta2"]["schema"]["openAPIV3Schema"]))
    raise AssertionError(f"{UPSTREAM_CHART} has no CRD of kind {kind}: `make tools` puts the chart there")


def closed(node: Any) -> Any:
    """The schema without room for unknown keys, which the API server would drop without a word."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    inner = {key: closed(value) for key, value in node.items()}
    if inner.get("type") == "object" and "properties" in inner and inner["properties"].keys() - {"metadata"}:
        inner.setdefault("additionalProperties", False)
    return inner


def rendered(kind: flights.Kind) -> dict[str, Any]:
    return flights.render(kind, PLATFORM, "flights-1")


def template(manifest: dict[str, Any]) -> dict[str, Any]:
    """The SparkApplication's spec, of a schedule as well."""
    return dict(manifest["spec"].get("template", manifest["spec"]))


OPERATED = [flights.Kind.OPERATOR, flights.Kind.SCHEDULE]


@pytest.mark.charts
@pytest.mark.parametrize("kind", OPERATED)
def test_the_operators_crd_accepts_the_manifest_and_knows_each_key(kind: flights.Kind) -> None:
    manifest = rendered(kind)

    jsonschema.validate(manifest, schema(manifest["kind"]))


@pytest.mark.charts
def test_the_crd_check_notices_a_misspelt_key() -> None:
    manifest = rendered(flights.Kind.OPERATOR)
    manifest["spec"]["driver"]["coreRequests"] = "250m"

    with pytest.raises(jsonschema.ValidationError, match="coreRequests"):
        jsonschema.validate(manifest, schema("SparkApplication"))


@pytest.mark.parametrize("kind", OPERATED)
def test_nothing_is_left_to_the_webhook_that_is_off(kind: flights.Kind) -> None:
    spec = template(rendered(kind))

    assert spec["mode"] == "cluster", "without a mode nothing can be submitted"
    assert spec["restartPolicy"] == {"type": "Never"}, "a retry deletes the failed driver and its log"
    assert spec["sparkVersion"] == versions.SPARK, "the image's Spark"
    for role, account in (("driver", naming.DRIVER_ACCOUNT), ("executor", naming.EXECUTOR_ACCOUNT)):
        wanted = {"cores", "coreRequest", "memory", "serviceAccount"}
        assert wanted <= spec[role].keys(), f"{role} must say how large it is"
        assert spec[role]["serviceAccount"] == account, f"{role} gets the least rights"
    assert spec["executor"]["instances"] == 2, "two executors, as the node has two cores"


def test_a_schedule_says_what_happens_to_overlapping_and_past_runs() -> None:
    spec = rendered(flights.Kind.SCHEDULE)["spec"]

    assert spec["concurrencyPolicy"] == "Forbid", (
        "without it operator 2.5.2 runs the job once and never again"
    )
    assert spec["successfulRunHistoryLimit"] == 3, "the default of 1 deletes yesterday's log"
    assert spec["failedRunHistoryLimit"] == 3, "the default of 1 deletes the first failure's log"
    assert spec["timeZone"] == "UTC", "else it is that of the operator's image"


def test_a_run_of_the_operator_does_not_stay_for_ever() -> None:
    assert rendered(flights.Kind.OPERATOR)["spec"]["timeToLiveSeconds"] == 86400, "a day to look at it"


def test_all_three_ways_run_the_same_job_with_the_same_size() -> None:
    operator, schedule = (template(rendered(kind)) for kind in OPERATED)
    operator.pop("timeToLiveSeconds")
    assert operator == schedule, "a scheduled run differs in when it starts only"

    container = rendered(flights.Kind.SPARK_SUBMIT)["spec"]["template"]["spec"]["containers"][0]
    conf = dict(
        argument[len("--conf=") :].split("=", 1) for argument in container["args"] if "--conf=" in argument
    )
    assert container["args"][-4:] == [operator["mainApplicationFile"], *operator["arguments"]], (
        "same code and data"
    )
    assert {
        "cores": int(conf["spark.driver.cores"]),
        "coreRequest": conf["spark.kubernetes.driver.request.cores"],
        "memory": conf["spark.driver.memory"],
        "javaOptions": conf["spark.driver.extraJavaOptions"],
        "serviceAccount": conf["spark.kubernetes.authenticate.driver.serviceAccountName"],
    } == operator["driver"], "the driver's size"
    assert {
        "instances": int(conf["spark.executor.instances"]),
        "cores": int(conf["spark.executor.cores"]),
        "coreRequest": conf["spark.kubernetes.executor.request.cores"],
        "memory": conf["spark.executor.memory"],
        "javaOptions": conf["spark.executor.extraJavaOptions"],
        "serviceAccount": conf["spark.kubernetes.authenticate.executor.serviceAccountName"],
    } == operator["executor"], "the executors' size"
    assert {name: conf[name] for name in operator["sparkConf"]} == operator["sparkConf"], "the settings"


def test_the_submitting_pod_meets_the_restricted_pod_security_standard() -> None:
    pod = rendered(flights.Kind.SPARK_SUBMIT)["spec"]["template"]["spec"]
    container = pod["containers"][0]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["readOnlyRootFilesystem"] is True, "not asked for, but possible"
    assert pod["serviceAccountName"] == naming.SUBMITTER_ACCOUNT
    assert container["resources"]["limits"]["memory"], "a quota on limits refuses a pod without"


def test_the_submitting_pod_reads_the_platforms_defaults() -> None:
    pod = rendered(flights.Kind.SPARK_SUBMIT)["spec"]["template"]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}

    assert volumes["conf"]["configMap"]["name"] == naming.DEFAULTS_CONFIG_MAP
    assert mounts["conf"] == naming.CONF_DIR, "where the image looks, and where the templates' paths point"


@pytest.mark.parametrize("kind", KINDS)
def test_code_and_data_are_in_the_tenants_own_prefixes(kind: flights.Kind) -> None:
    text = yaml.safe_dump(rendered(kind))

    urls = re.findall(r"s3a://\S+", text)
    assert len(urls) == 4, "code, two inputs and the output"
    for url in urls:
        assert re.match(r"s3a://(data|artifacts)/data-dev/flights/", url), (
            f"{url}: other prefixes are refused"
        )


@pytest.mark.parametrize("kind", KINDS)
def test_no_placeholder_and_no_credential_is_left(kind: flights.Kind) -> None:
    text = yaml.safe_dump(rendered(kind))

    assert "${" not in text, "envsubst leaves what it does not know"
    assert not re.search(r"(access|secret)[-.]?key", text, re.IGNORECASE), (
        "keys come from the tenant's Secret"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_of_ours_is_unique_and_short_enough(kind: flights.Kind) -> None:
    names = {flights.new_name() for _ in range(50)}

    assert len(names) > 45, "two runs in one second differ"
    longest = max(map(len, names))
    assert longest + len("-1763697600000000000") <= 63, (
        "a schedule's runs get the time appended, and are labels"
    )
    assert longest + len("-driver") <= 63, "the driver's pod, too"


def test_only_a_schedule_takes_a_cron_expression() -> None:
    with pytest.raises(ReportedError, match="operator runs once and takes no schedule"):
        flights.submit(flights.Kind.OPERATOR, PLATFORM, schedule="* * * * *")
