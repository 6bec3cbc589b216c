"""Jobs that fit a tenant of these tests, and changes of them."""

from __future__ import annotations

from typing import Any

from tests.walls.attack import job, schedule

DRIVER = {"coreRequest": "250m", "memory": "512m", "serviceAccount": "spark-driver"}
EXECUTOR = {"instances": 1, "coreRequest": "300m", "memory": "512m", "serviceAccount": "spark-executor"}


def sized(driver: dict[str, Any] | None = None, executor: dict[str, Any] | None = None, **spec: Any) -> Any:
    """A job that fits, with some of its sizes changed."""
    return job(driver={**DRIVER, **(driver or {})}, executor={**EXECUTOR, **(executor or {})}, **spec)


def timed(when: str, **changes: Any) -> dict[str, Any]:
    """A schedule of a job that fits."""
    return schedule(when, template=sized()["spec"], **changes)


def named(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}


RANGE = {"enabled": True}
CLAIM = "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1.options.claimName"
CLAIMED = {
    CLAIM: "OnDemand",
    CLAIM.replace("claimName", "storageClass"): "standard",
    CLAIM.replace("claimName", "sizeLimit"): "1Gi",
}
"""A claim for each executor."""
DYNAMIC = "spark.dynamicAllocation."
CONTAINERS = {"containers": [{"name": "own"}]}
OWN_VOLUME = {"spec": {**CONTAINERS, "volumes": [{"name": "own", "emptyDir": {}}]}}
EPHEMERAL = {
    "name": "own",
    "ephemeral": {
        "volumeClaimTemplate": {
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        }
    },
}
SHARED = {"name": "shared", "persistentVolumeClaim": {"claimName": "tables"}}
MOUNT = [{"name": "setting", "mountPath": "/mnt"}]
HOOK = {"preStop": {"exec": {"command": ["true"]}}}
RETRIED = {"onFailureRetries": 3, "onFailureRetryInterval": 10}


def again(**policy: Any) -> Any:
    return sized(restartPolicy=policy)


def conf(**properties: str) -> Any:
    """A job with properties, whose dots are written as double underscores."""
    return sized(sparkConf={f"spark.{key.replace('__', '.')}": value for key, value in properties.items()})


def shown(**options: Any) -> Any:
    return sized(sparkUIOptions=options)


def wanting(kind: str, **resources: str) -> dict[str, Any]:
    """A sidecar with requests or limits."""
    return {"name": "side", "image": "registry.example/a:1", "resources": {kind: resources}}


def going_on(name: str = "side", **resources: str) -> dict[str, Any]:
    """A sidecar as Kubernetes has them: an init container that is always started again."""
    return {**wanting("requests", **resources), "name": name, "restartPolicy": "Always"}


LARGE = {"name": "first", "image": "registry.example/a:1", "resources": {"requests": {"cpu": "700m"}}}
