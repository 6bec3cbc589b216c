"""A definition means what it says: cores, memory, and how many executors."""

from __future__ import annotations

from typing import Any

import pytest

from apps.job_pods.properties import meant, of_release
from components.domain import OVERHEAD_MIN_MIB
from tests.support.definitions import definition

DYNAMIC = "spark.dynamicAllocation."
DEFAULTS = {f"{DYNAMIC}maxExecutors": "2"}
JAR = "local:///a.jar"


def added(given: dict[str, str] | None = None, program: str = JAR, **spec: Any) -> dict[str, str]:
    return meant(definition(**spec), given or {}, DEFAULTS, program)


def test_a_definition_that_says_nothing_means_the_platforms_defaults() -> None:
    assert added() == {}


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_cores_are_asked_for_unless_the_job_names_a_request(role: str) -> None:
    cores = {f"spark.{role}.cores": "3"}
    request = f"spark.kubernetes.{role}.request.cores"
    assert added(cores) == {request: "3"}
    assert added({**cores, request: "500m"}) == {}


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ({"spark.executor.cores": "3"}, "3"),
        ({"spark.kubernetes.executor.request.cores": "1500m"}, "1500m"),
        ({"spark.kubernetes.executor.request.cores": "1500000u"}, "1500000u"),
        ({"spark.kubernetes.executor.request.cores": "0.002k"}, "0.002k"),
        ({"spark.kubernetes.executor.request.cores": "15E-1"}, "15E-1"),
        ({"spark.kubernetes.executor.request.cores": "900000000n"}, None),
        ({"spark.executor.cores": "1"}, None),
        ({"spark.kubernetes.executor.request.cores": "900m"}, None),
        ({"spark.executor.cores": "3", "spark.kubernetes.executor.limit.cores": "4"}, None),
        ({}, None),
    ],
)
def test_a_limit_of_the_stack_gives_way_to_what_a_job_asks_for(
    given: dict[str, str], limit: str | None
) -> None:
    stack = {**DEFAULTS, "spark.kubernetes.executor.limit.cores": "1"}
    assert meant(definition(), given, stack, JAR).get("spark.kubernetes.executor.limit.cores") == limit


@pytest.mark.parametrize(
    ("given", "program", "factors"),
    [
        ({}, JAR, {}),
        ({}, "s3a://a/job.py", {"driver": "0.4", "executor": "0.4"}),
        ({"spark.kubernetes.memoryOverheadFactor": "0.5"}, JAR, {"driver": "0.5", "executor": "0.5"}),
        ({"spark.kubernetes.memoryOverheadFactor": "0.5"}, "a.py", {"driver": "0.5", "executor": "0.5"}),
        ({"spark.executor.memoryOverheadFactor": "0.3"}, "a.R", {"driver": "0.4"}),
    ],
)
def test_the_overhead_factor_is_the_jobs_or_else_pythons_own(
    given: dict[str, str], program: str, factors: dict[str, str]
) -> None:
    expected = {f"spark.{role}.memoryOverheadFactor": factor for role, factor in factors.items()}
    assert added(given, program) == expected


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"spark.driver.memory": "512m", "spark.executor.memory": "2559m"}, {"driver", "executor"}),
        ({"spark.driver.memory": "2560m", "spark.executor.memory": "2g"}, {"executor"}),
        ({"spark.driver.memoryOverheadFactor": "0.6", "spark.executor.memory": "1"}, {"executor"}),
        ({"spark.driver.memoryOverhead": "100m", "spark.executor.memoryOverhead": "1"}, set()),
        ({"spark.driver.memory": "3GB", "spark.executor.memory": "1t"}, set()),
    ],
)
def test_a_job_of_spark_3_names_the_least_overhead_where_its_share_is_less(
    given: dict[str, str], named: set[str]
) -> None:
    defaults = {f"spark.{role}.memoryOverheadFactor": "0.2" for role in ("driver", "executor")}
    expected = {f"spark.{role}.memoryOverhead": f"{OVERHEAD_MIN_MIB}m" for role in named}
    assert meant(definition(sparkVersion="3.5.8"), given, defaults, JAR) == expected
    assert meant(definition(sparkVersion="4.1.2"), given, defaults, JAR) == {}


def test_python_s_own_factor_counts_against_the_least_overhead() -> None:
    given = {"spark.driver.memory": "1279m", "spark.executor.memory": "1280m"}
    found = meant(definition(sparkVersion="3.5.8"), given, {}, "s3a://a/job.py")
    assert found["spark.driver.memoryOverhead"] == "512m"
    assert "spark.executor.memoryOverhead" not in found, "two fifths of its heap are as much"


@pytest.mark.parametrize(
    ("spec", "given", "expected"),
    [
        ({"executor": {"instances": 3}}, {}, "false"),
        ({"executor": {"instances": 3}, "dynamicAllocation": {"enabled": False}}, {}, "false"),
        ({"dynamicAllocation": {}}, {}, "false"),
        ({"executor": {"instances": 3}, "dynamicAllocation": {"enabled": True}}, {}, None),
        ({"executor": {"instances": 3}}, {f"{DYNAMIC}minExecutors": "1"}, None),
        ({"dynamicAllocation": {"enabled": False}}, {f"{DYNAMIC}enabled": "true"}, None),
        ({"executor": {}}, {}, None),
        ({"executor": {}}, {"spark.executor.instances": "3"}, "false"),
        ({"executor": {}}, {"spark.executor.instances": "3", f"{DYNAMIC}minExecutors": "1"}, None),
    ],
)
def test_a_number_of_executors_is_one_unless_the_job_wants_a_range(
    spec: dict[str, Any], given: dict[str, str], expected: str | None
) -> None:
    assert added(given, **spec).get(f"{DYNAMIC}enabled") == expected


@pytest.mark.parametrize(
    ("given", "most"),
    [
        ({f"{DYNAMIC}minExecutors": "3"}, "3"),
        ({f"{DYNAMIC}initialExecutors": "4", f"{DYNAMIC}minExecutors": "1"}, "4"),
        ({"spark.executor.instances": "3"}, "3"),
        ({"spark.executor.instances": "5", f"{DYNAMIC}minExecutors": "4"}, "5"),
        ({"spark.executor.instances": "3", f"{DYNAMIC}enabled": " False"}, None),
        ({f"{DYNAMIC}minExecutors": "2"}, None),
        ({f"{DYNAMIC}minExecutors": "3", f"{DYNAMIC}maxExecutors": "5"}, None),
        ({f"{DYNAMIC}minExecutors": "many"}, None),
    ],
)
def test_a_floor_above_the_platforms_ceiling_lifts_it(given: dict[str, str], most: str | None) -> None:
    found = added(given, dynamicAllocation={"enabled": True})
    assert found.get(f"{DYNAMIC}maxExecutors") == most


@pytest.mark.parametrize(
    "executor",
    [
        {"terminationGracePeriodSeconds": 30},
        {"template": {"spec": {"terminationGracePeriodSeconds": 30}}},
        {
            "terminationGracePeriodSeconds": 30,
            "template": {"spec": {"terminationGracePeriodSeconds": 60}},
        },
    ],
)
def test_an_executors_notice_is_a_property_from_4_1_on(executor: dict[str, Any]) -> None:
    key = "spark.kubernetes.executor.terminationGracePeriodSeconds"
    assert added(executor=executor)[key] == "30s"


PREFIX = "spark.kubernetes.executor.podNamePrefix"
DELETE = "spark.kubernetes.executor.deleteOnTermination"


@pytest.mark.parametrize(
    ("given", "goes"),
    [({}, None), ({PREFIX: "taxi"}, "true"), ({PREFIX: "taxi", DELETE: "false"}, None)],
)
def test_executors_whose_names_come_again_do_not_stay(given: dict[str, str], goes: str | None) -> None:
    assert added(given).get(DELETE) == goes


SINK = "spark.metrics.conf.{}.sink.prometheusServlet.path"
READ = {SINK.format("*"): "/metrics/prometheus"}


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        ({}, False),
        ({SINK.format("driver"): "/metrics/driver/prometheus/"}, True),
        ({SINK.format("*"): "/mine"}, True),
        ({SINK.format("*"): "/mine", SINK.format("driver"): "/metrics/prometheus/"}, False),
        ({SINK.format("executor"): "/metrics/executors/prometheus/"}, False),
    ],
)
def test_a_drivers_metrics_stay_where_they_are_read(given: dict[str, str], moved: bool) -> None:
    found = meant(definition(), given, READ, JAR)
    assert found == ({SINK.format("driver"): "/metrics/prometheus"} if moved else {})


WAREHOUSE = {"spark.sql.warehouse.dir": "s3a://data/${spark.kubernetes.namespace}/warehouse"}
SUBMITTED = {
    "spark.kubernetes.namespace": "data-dev",
    "spark.kubernetes.driver.label.sparkoperator.k8s.io/submission-id": "92bc35c8-0aa0-4a8b",
}


def test_tables_lie_in_the_namespaces_bucket_in_a_folder_of_each_submission() -> None:
    found = meant(definition(), SUBMITTED, WAREHOUSE, JAR)
    assert found == {"spark.sql.warehouse.dir": "s3a://data/data-dev/warehouse/j1/92bc35c8"}
    own = {"spark.sql.warehouse.dir": "s3a://data/data-dev/tables"}
    assert meant(definition(), {**SUBMITTED, **own}, WAREHOUSE, JAR) == {}


@pytest.mark.parametrize(
    ("given", "magic"),
    [
        ({"spark.sql.sources.partitionOverwriteMode": "DYNAMIC"}, "false"),
        ({"spark.sql.sources.partitionOverwriteMode": "static"}, None),
        (
            {
                "spark.sql.sources.partitionOverwriteMode": "dynamic",
                "spark.hadoop.fs.s3a.committer.magic.enabled": "true",
            },
            None,
        ),
    ],
)
def test_a_job_that_overwrites_single_partitions_gets_a_committer_that_can(
    given: dict[str, str], magic: str | None
) -> None:
    assert added(given).get("spark.hadoop.fs.s3a.committer.magic.enabled") == magic


IMAGE = "spark.kubernetes.container.image"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {IMAGE: "spark:3.5.8", "spark.b": "old"}),
        ({IMAGE: "own:1"}, {"spark.b": "old"}),
    ],
)
def test_a_job_of_another_release_gets_what_differs_and_keeps_what_it_names(
    given: dict[str, str], expected: dict[str, str]
) -> None:
    defaults = {IMAGE: "spark:4.1.2", "spark.a": "1", "spark.b": "new"}
    release = {IMAGE: "spark:3.5.8", "spark.a": "1", "spark.b": "old"}
    assert of_release(release, defaults, given) == expected
    assert of_release({}, defaults, given) == {}, "the platform's own release needs nothing more"
