"""What a job brings may not take from Spark the places that it writes to."""

from __future__ import annotations

from typing import Any

import pytest

from apps.job_pods.scratch import buffers_fault, scratch_fault
from components.spark.conf_values import SCRATCH_DIR
from components.spark.pod_templates import WORK_DIR
from tests.apps.job_pods.test_templates import MAIN, PLATFORM, made

RATES = {"configMap": {"name": "rates"}}


def fault(role: str = "driver", **spec: Any) -> str | None:
    return scratch_fault(PLATFORM[role]["spec"], made(role, **spec)["spec"], role)


def template(role: str, **spec: Any) -> dict[str, Any]:
    mounts = spec.pop("mounts", [])
    containers = [{"name": MAIN[role], "volumeMounts": mounts}]
    return {role: {"template": {"spec": {"containers": containers, **spec}}}}


@pytest.mark.parametrize("role", MAIN)
def test_the_platforms_pods_are_fine(role: str) -> None:
    assert fault(role) is None


@pytest.mark.parametrize("role", MAIN)
@pytest.mark.parametrize(("name", "path"), [("tmp", "/tmp"), ("work-dir", WORK_DIR)])
def test_a_volume_that_takes_the_place_of_a_writable_one_is_refused(role: str, name: str, path: str) -> None:
    said = fault(role, **template(role, volumes=[{"name": name, **RATES}]))
    assert said is not None
    assert f"the {role}'s pod would have {path} read-only, from its volume {name}" in said
    assert fault(role, **template(role, volumes=[{"name": name, "emptyDir": {"sizeLimit": "1Ti"}}])) is None


@pytest.mark.parametrize("path", ["/tmp", "/tmp/", WORK_DIR, SCRATCH_DIR])
def test_a_mount_over_such_a_place_is_refused_if_nobody_can_write_there(path: str) -> None:
    mount = {"name": "rates", "mountPath": path}
    volumes = [{"name": "rates", **RATES}]
    assert fault(**template("driver", volumes=volumes, mounts=[mount])) is not None
    assert fault(volumes=volumes, driver={"volumeMounts": [mount]}) is not None
    disk = [{"name": "rates", "persistentVolumeClaim": {"claimName": "a"}}]
    assert fault(**template("driver", volumes=disk, mounts=[mount])) is None
    read_only = {**mount, "readOnly": True}
    assert fault(**template("driver", volumes=disk, mounts=[read_only])) is not None


def test_a_mount_below_or_beside_such_a_place_is_fine() -> None:
    mounts = [{"name": "rates", "mountPath": path} for path in (f"{WORK_DIR}/conf", "/mnt", "/tmp-2")]
    assert fault(volumes=[{"name": "rates", **RATES}], driver={"volumeMounts": mounts}) is None


def test_a_job_with_local_directories_of_its_own_keeps_a_place_for_uploads() -> None:
    assert fault(local_dirs=("spark-local-dir-1",)) is None


def buffers(folders: str, role: str = "driver", **spec: Any) -> str | None:
    return buffers_fault(made(role, **spec), role, {"spark.hadoop.fs.s3a.buffer.dir": folders})


@pytest.mark.parametrize("role", MAIN)
@pytest.mark.parametrize("folders", ["/data1/s3a", "/tmp-2", "/data1, /data2"])
def test_a_place_for_uploads_that_is_on_no_volume_is_refused(role: str, folders: str) -> None:
    said = buffers(folders, role)
    assert said is not None
    assert said.startswith(f"the {role}'s pod has no volume at {folders}, of fs.s3a.buffer.dir: each upload")


@pytest.mark.parametrize(
    "folders", ["/tmp", "/tmp/s3a/", "/data1, /tmp/s3a", f"{SCRATCH_DIR}/s3a", "${hadoop.tmp.dir}/s3a"]
)
def test_one_that_can_be_written_to_is_fine(folders: str) -> None:
    assert buffers(folders) is None


def test_a_volume_of_the_jobs_own_is_a_place_if_it_can_be_written_to() -> None:
    disk = {"name": "data", "persistentVolumeClaim": {"claimName": "a"}}
    mount = {"name": "data", "mountPath": "/data1"}
    assert buffers("/data1/s3a", **template("driver", volumes=[disk], mounts=[mount])) is None
    read_only = [{**mount, "readOnly": True}]
    assert buffers("/data1/s3a", **template("driver", volumes=[disk], mounts=read_only)) is not None


def test_a_job_whose_image_can_be_written_to_knows_its_own_folders() -> None:
    assert buffers("/data1/s3a", driver={"securityContext": {"readOnlyRootFilesystem": False}}) is None


def test_a_job_that_names_no_place_has_the_platforms() -> None:
    assert buffers_fault(made(), "driver", {}) is None
