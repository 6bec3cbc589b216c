"""The pod that Spark makes of a template and its properties, as far as an API server judges one.

What each property becomes is the doing of Spark's feature steps (BasicDriverFeatureStep,
BasicExecutorFeatureStep, MountVolumesFeatureStep, MountSecretsFeatureStep, EnvSecretsFeatureStep and the two
of service accounts, 4.1.2). Left out is what no job changes: addresses, arguments, Spark's own variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .fields import CONTAINERS
from .sizes import pod_mebibytes, requested_cores

Json = dict[str, Any]

KUBERNETES: Final = "spark.kubernetes."
IMAGE: Final = "spark.kubernetes.container.image"
ENVIRONMENT: Final = {"driver": "spark.kubernetes.driverEnv.", "executor": "spark.executorEnv."}

CONF_VOLUMES: Final = {"driver": "spark-conf-volume-driver", "executor": "spark-conf-volume-exec"}
CONF_DIR: Final = "/opt/spark/conf"
"""Where Spark mounts its own configuration, under which name (Constants)."""

TEMPLATE_VOLUME: Final = "pod-template-volume"
TEMPLATE_DIR: Final = "/opt/spark/pod-template"
"""Where the driver finds the executors' template."""

BLOCKS: Final = "spark.blockManager.port"
PORTS: Final = {
    "driver": (
        ("driver-rpc-port", ("spark.driver.port",), "7078"),
        ("blockmanager", ("spark.driver.blockManager.port", BLOCKS), "7079"),
        ("spark-ui", ("spark.ui.port",), "4040"),
        ("spark-connect", ("spark.connect.grpc.binding.port",), "15002"),
    ),
    "executor": (("blockmanager", (BLOCKS,), "7079"),),
}
"""Ports of each role's container: name, properties, default."""

IDS: Final = {
    "driver": {"{{APP_ID}}": "spark-" + "0" * 32, "{{EXECUTOR_ID}}": ""},
    "executor": {"{{APP_ID}}": "spark-" + "0" * 32, "{{EXECUTOR_ID}}": "1"},
}
"""What Spark writes in annotations, and from 4.0 on in labels (SPARK-47730), in the place of these: a driver
has no executor's number (KubernetesDriverConf, KubernetesExecutorConf)."""

ON_DEMAND: Final = "OnDemand"
"""Name of a claim that Spark makes for each pod."""


def replaces_in_labels(role: str, version: str, release: Mapping[str, str], conf: Mapping[str, str]) -> bool:
    """Say whether the Spark that makes a role's pods puts ids into labels: False if it is known not to.

    The driver's pod is made by the operator's own Spark, the executors' by the driver's. What an image has
    that is not the platform's nobody knows here, and what works must not be refused.

    Args:
        role: "driver" or "executor".
        version: the release that the job names.
        release: the platform's properties for that release; empty if it has none.
        conf: properties that hold, defaults included.
    """
    image = conf.get(f"{KUBERNETES}driver.container.image") or conf.get(IMAGE)
    return role == "driver" or not version.startswith("3.") or image != release.get(IMAGE)


def spark_pod(
    template: Json, role: str, conf: Mapping[str, str], *, python: bool, ids_in_labels: bool
) -> Json:
    """Complete a template as Spark does.

    Args:
        template: the role's pod template, with the container of Spark's name in it.
        role: "driver" or "executor".
        conf: properties that hold, defaults included.
        python: whether the program is one of Python.
        ids_in_labels: whether Spark puts ids into labels.
    """
    spec = template["spec"]
    mounted = [*_configuration(role), *_secrets(conf, role), *_volumes(conf, role)]
    containers = [
        _completed(each, role, conf, mounted, python=python) if each["name"] == CONTAINERS[role] else each
        for each in spec["containers"]
    ]
    prefix = f"{KUBERNETES}{role}."
    labels = _named(conf, f"{prefix}label.")
    metadata = {
        "generateName": f"{role}-",
        "labels": {
            **template["metadata"].get("labels", {}),
            **(_with_ids(labels, role) if ids_in_labels else labels),
            "spark-role": role,
        },
        "annotations": {
            **template["metadata"].get("annotations", {}),
            **_with_ids(_named(conf, f"{prefix}annotation."), role),
        },
    }
    completed = {
        **spec,
        "restartPolicy": "Never",
        "containers": containers,
        "volumes": [*spec.get("volumes", []), *(volume for volume, _ in mounted)],
        "nodeSelector": {
            **spec.get("nodeSelector", {}),
            **_named(conf, f"{KUBERNETES}node.selector."),
            **_named(conf, f"{prefix}node.selector."),
        },
        "imagePullSecrets": [
            *spec.get("imagePullSecrets", []),
            *({"name": each.strip()} for each in _list(conf.get(f"{IMAGE}.pullSecrets", ""))),
        ],
    }
    if account := _account(spec, role, conf):
        # The older name counts where both stand, and Spark writes both.
        completed |= {"serviceAccount": account, "serviceAccountName": account}
    return {**template, "metadata": metadata, "spec": completed}


def _completed(
    container: Json, role: str, conf: Mapping[str, str], mounted: list[tuple[Json, Json]], *, python: bool
) -> Json:
    """The container in which Spark runs."""
    prefix = f"{KUBERNETES}{role}."
    memory = f"{pod_mebibytes(conf, role, python=python)}Mi"
    cores = requested_cores(conf, role)
    resources = container.get("resources") or {}
    limits: Json = {**resources.get("limits", {}), "memory": memory, **_devices(conf, role)}
    if limit := conf.get(f"{prefix}limit.cores"):
        limits["cpu"] = limit
    variables: list[Json] = [
        {"name": name, "value": value} for name, value in _named(conf, ENVIRONMENT[role]).items()
    ]
    for name, value in _named(conf, f"{prefix}secretKeyRef.").items():
        secret, _, key = value.partition(":")
        variables.append({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}})
    return {
        **container,
        "image": conf.get(f"{prefix}container.image") or conf.get(IMAGE, "-"),
        "imagePullPolicy": conf.get(f"{IMAGE}.pullPolicy", "IfNotPresent"),
        "resources": {
            **resources,
            "requests": {**resources.get("requests", {}), "memory": memory, "cpu": cores},
            "limits": limits,
        },
        "env": [*container.get("env", []), *variables],
        "ports": [*container.get("ports", []), *_ports(conf, role)],
        "volumeMounts": [*container.get("volumeMounts", []), *(mount for _, mount in mounted)],
    }


def _ports(conf: Mapping[str, str], role: str) -> Iterable[Json]:
    """The ports that Spark adds: none that is 0; what is no number ends in its own words."""
    for name, keys, default in PORTS[role]:
        number = next((conf[key] for key in keys if key in conf), default)
        if number.isdecimal() and int(number):
            yield {"name": name, "containerPort": int(number), "protocol": "TCP"}


def _named(conf: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {key.removeprefix(prefix): value for key, value in conf.items() if key.startswith(prefix)}


def _with_ids(named: dict[str, str], role: str) -> dict[str, str]:
    """The same with ids in their places, as of a job that runs."""
    for word, sample in IDS[role].items():
        named = {key: value.replace(word, sample) for key, value in named.items()}
    return named


def _list(text: str) -> list[str]:
    return [each for each in text.split(",") if each.strip()]


def _account(spec: Json, role: str, conf: Mapping[str, str]) -> str | None:
    """The service account: an executor's template may name one, and without any it gets the driver's."""
    drivers = conf.get(f"{KUBERNETES}authenticate.driver.serviceAccountName")
    if role == "driver":
        return drivers or spec.get("serviceAccountName")
    return (
        spec.get("serviceAccount")
        or conf.get(f"{KUBERNETES}authenticate.executor.serviceAccountName")
        or drivers
        or spec.get("serviceAccountName")
    )


def _configuration(role: str) -> Iterable[tuple[Json, Json]]:
    yield _config_map(CONF_VOLUMES[role], CONF_DIR)
    if role == "driver":
        yield _config_map(TEMPLATE_VOLUME, TEMPLATE_DIR)


def _config_map(name: str, path: str) -> tuple[Json, Json]:
    return {"name": name, "configMap": {"name": name}}, {"name": name, "mountPath": path}


def _secrets(conf: Mapping[str, str], role: str) -> Iterable[tuple[Json, Json]]:
    for name, path in _named(conf, f"{KUBERNETES}{role}.secrets.").items():
        volume = f"{name}-volume"
        yield {"name": volume, "secret": {"secretName": name}}, {"name": volume, "mountPath": path}


def _volumes(conf: Mapping[str, str], role: str) -> Iterable[tuple[Json, Json]]:
    """The volumes that properties name, by kind and name."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for key, value in _named(conf, f"{KUBERNETES}{role}.volumes.").items():
        kind, _, rest = key.partition(".")
        name, _, option = rest.partition(".")
        found.setdefault((kind, name), {})[option] = value
    for (kind, name), options in found.items():
        mount: Json = {"name": name, "mountPath": options.get("mount.path", "")}
        if options.get("mount.readOnly", "").lower() == "true":
            mount["readOnly"] = True
        for option in ("subPath", "subPathExpr"):
            if path := options.get(f"mount.{option}"):
                mount[option] = path
        source = {
            key.removeprefix("options."): value
            for key, value in options.items()
            if key.startswith("options.")
        }
        yield {"name": name, kind: _source(kind, source)}, mount


def _source(kind: str, options: Mapping[str, str]) -> Json:
    """What a volume is made of; a kind that Spark does not know it refuses by itself."""
    if kind == "persistentVolumeClaim":
        return {"claimName": options.get("claimName", "").replace(ON_DEMAND, "on-demand")}
    known = {"hostPath": ("path", "type"), "nfs": ("path", "server"), "emptyDir": ("medium", "sizeLimit")}
    return {key: options[key] for key in known.get(kind, ()) if key in options}


def _devices(conf: Mapping[str, str], role: str) -> dict[str, str]:
    """Devices by their Kubernetes names: `spark.executor.resource.gpu.amount` and `.vendor`."""
    found: dict[str, str] = {}
    for key, amount in _named(conf, f"spark.{role}.resource.").items():
        name, _, what = key.partition(".")
        if what == "amount":
            found[f"{conf.get(f'spark.{role}.resource.{name}.vendor', '')}/{name}"] = amount
    return found
