"""The component and the chart agree: what `components.services.history` gives, the chart takes and uses."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from components import naming, versions
from components.kube.credentials import Credentials
from components.records.history import PORT
from components.services.history.server import NAME, HistoryServerArgs, history_values, log_places
from components.spark.conf import history_server_conf
from tests.charts.conftest import RELEASE, Helm, Objects
from tests.support.object_storages import AWS, IN_CLUSTER

pytestmark = pytest.mark.charts


@pytest.fixture(params=["local", "aws"])
def rendered(request: pytest.FixtureRequest, template: Helm) -> tuple[HistoryServerArgs, Objects]:
    """The chart with the component's values, on each foundation."""
    storage = IN_CLUSTER if request.param == "local" else AWS
    args = HistoryServerArgs(
        chart="charts/spark-history-server",
        image=f"localhost/spark:{versions.SPARK}-0123456789ab",
        conf=history_server_conf(storage),
        credentials=Credentials(access_key="a", secret_key="b") if storage.static_credentials else None,
        egress=log_places(storage),
        address="http://127.0.0.1:30180/spark-history" if request.param == "local" else None,
        memory="2Gi",
        store_size="10Gi",
        storage_class="fast",
    )
    done = template(history_values(args))
    assert done.returncode == 0, done.stderr
    return args, Objects(each for each in yaml.safe_load_all(done.stdout) if each)


def test_the_printed_address_is_that_of_the_service(rendered: tuple[HistoryServerArgs, Objects]) -> None:
    _, objects = rendered
    service = objects.one("Service")
    assert NAME == RELEASE == service["metadata"]["name"]
    (port,) = service["spec"]["ports"]
    assert port["port"] == PORT
    assert "nodePort" not in port


def test_every_property_reaches_spark(rendered: tuple[HistoryServerArgs, Objects]) -> None:
    args, objects = rendered
    lines = objects.one("ConfigMap")["data"]["spark-defaults.conf"].splitlines()
    for key, value in args.conf.items():
        assert f"{key} {value}" in lines


def test_the_keys_are_read_from_the_platforms_secret(rendered: tuple[HistoryServerArgs, Objects]) -> None:
    args, objects = rendered
    (container,) = objects.one("Deployment")["spec"]["template"]["spec"]["containers"]
    secrets: dict[str, Any] = {
        each["name"]: each["valueFrom"]["secretKeyRef"] for each in container["env"] if "valueFrom" in each
    }
    wanted = {
        "AWS_ACCESS_KEY_ID": {"name": naming.CREDENTIALS_SECRET, "key": naming.ACCESS_KEY},
        "AWS_SECRET_ACCESS_KEY": {"name": naming.CREDENTIALS_SECRET, "key": naming.SECRET_KEY},
    }
    assert secrets == (wanted if args.credentials else {})


def test_all_objects_carry_the_platforms_labels(rendered: tuple[HistoryServerArgs, Objects]) -> None:
    _, objects = rendered
    wanted = naming.labels("spark-history", "history-server")
    for each in objects:
        assert wanted.items() <= each["metadata"]["labels"].items(), each["kind"]
    pod = objects.one("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert wanted.items() <= pod.items()


def test_the_configuration_is_mounted_where_the_image_looks(
    rendered: tuple[HistoryServerArgs, Objects],
) -> None:
    _, objects = rendered
    (container,) = objects.one("Deployment")["spec"]["template"]["spec"]["containers"]
    assert naming.CONF_DIR in [each["mountPath"] for each in container["volumeMounts"]]
