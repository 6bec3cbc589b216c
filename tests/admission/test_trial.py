"""A job whose pods the API server would refuse ends at its submission, with the API server's sentence.

The definitions pass all rules at their creation; the real operator makes options of them, and the real API
server, with Pod Security, service accounts, quota and LimitRange, is asked about the pods.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from apps.job_pods import __main__ as job_pods
from apps.job_pods import api
from components.kube.pod_security import NAMESPACE_LABELS
from components.naming import DRIVER_ACCOUNT, EXECUTOR_ACCOUNT
from components.spark.conf import JobDefaults, config_map_data, spark_defaults
from components.spark.pod_templates import driver_template, executor_template, render_template
from components.tenants.limits import limit_range_spec
from components.versions import SPARK
from tests.admission.conftest import TENANT
from tests.admission.jobs import sized
from tests.submission import operator
from tests.support.object_storages import AWS
from tests.walls.attack import RANKED
from tests.walls.server import ApiServer, api_server
from tests.walls.world import World, settle

pytestmark = pytest.mark.apiserver

NAMESPACE = f"/api/v1/namespaces/{TENANT.namespace}"
HARD = {"requests.cpu": "1500m", "requests.memory": "8Gi", "limits.memory": "8Gi", "pods": "10"}
NOTHING = dict.fromkeys(HARD, "0")


@dataclass(frozen=True)
class Submission:
    """The way of a job from its definition to the API server's answer about its pods.

    Args:
        world: the tenant on an API server.
        conf: folder of the platform's defaults and templates.
        operator: makes options of jobs.
    """

    world: World
    conf: Path
    operator: operator.Operator

    def submit(self, name: str, manifest: dict[str, Any]) -> dict[str, str]:
        """Create a job and have its submission completed; what is added to it comes back."""
        manifest = {**manifest, "metadata": {"name": name, "namespace": TENANT.namespace}}
        created = self.world.create(manifest, dry_run=False)
        assert created.refusal == "", "the rules for definitions said it sooner"
        (arguments,) = self.operator.arguments([created.body])
        assert arguments is not None
        theirs = f"/tmp/spark/{operator.SUBMISSION}"
        here = [each.replace(theirs, str(self.conf)) for each in arguments]
        here[here.index("--master") + 1] = f"k8s://https://{self.world.server.address}"
        return job_pods.main(self.conf, RANKED, here)

    def use(self, used: dict[str, str]) -> None:
        """Count in the quota's status, as the controller manager would."""
        path = f"{NAMESPACE}/resourcequotas/quota"
        found = self.world.server.call("GET", path).body
        status = {**found, "status": {"hard": HARD, "used": used}}
        assert self.world.server.call("PUT", f"{path}/status", status).refusal == ""


@pytest.fixture(scope="module")
def submission(
    tmp_path_factory: pytest.TempPathFactory, definitions: list[dict[str, Any]]
) -> Iterator[Submission]:
    """An API server of its own: only here somebody has made the service accounts."""
    folder = tmp_path_factory.mktemp("api-server")
    with api_server(folder, accounts=True) as server, pytest.MonkeyPatch.context() as patch:
        world = settle(World(server, TENANT), definitions)
        _namespace(server)
        account = tmp_path_factory.mktemp("account")
        (account / "token").write_text(server.token)
        (account / "ca.crt").write_text((folder / "certificates" / "apiserver.crt").read_text())
        patch.setattr(api, "ACCOUNT", account)
        found = Submission(world, _conf(tmp_path_factory.mktemp("conf")), operator.build())
        found.use(NOTHING)
        yield found


def _namespace(server: ApiServer) -> None:
    """Pod Security, accounts, quota and LimitRange, which the rules for definitions do without."""
    merge = "application/merge-patch+json"
    labels = {"metadata": {"labels": NAMESPACE_LABELS}}
    assert server.call("PATCH", NAMESPACE, labels, content=merge).refusal == ""
    specs = {
        "resourcequotas/quota": ("ResourceQuota", {"spec": {"hard": HARD}}),
        "limitranges/limits": ("LimitRange", {"spec": limit_range_spec(TENANT.limits)}),
        **{f"serviceaccounts/{each}": ("ServiceAccount", {}) for each in (DRIVER_ACCOUNT, EXECUTOR_ACCOUNT)},
    }
    for place, (kind, content) in specs.items():
        body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": place.partition("/")[2]}, **content}
        assert server.apply(f"{NAMESPACE}/{place}", body).refusal == ""


def _conf(folder: Path) -> Path:
    defaults = JobDefaults(properties=spark_defaults(AWS, spark_version=SPARK, image="registry.example/a:1"))
    driver, executor = (
        render_template(each(priority_class=RANKED)) for each in (driver_template, executor_template)
    )
    for name, text in config_map_data(defaults, driver, executor).items():
        (folder / name).write_text(text)
    return folder


DISK = "spark-local-dir-1"
SIDE = {"name": "side", "image": "registry.example/side:1"}


def _side(**requests: str) -> dict[str, Any]:
    return {"sidecars": [{**SIDE, "resources": {"requests": requests, "limits": requests}}]}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a label with a blank": (
        {"executor": {"labels": {"owner": "Data Team"}}},
        'metadata.labels: Invalid value: "Data Team"',
    ),
    "a label of the driver": (
        {"driver": {"labels": {"owner": "Data Team"}}},
        "the driver's pod would be refused",
    ),
    "an annotation with a blank in its name": (
        {"executor": {"annotations": {"a b": "c"}}},
        'metadata.annotations: Invalid value: "a b"',
    ),
    "an account with a typing error": (
        {"executor": {"serviceAccount": "spark-exector"}},
        'serviceaccount "spark-exector" not found',
    ),
    "the node's disk for the executors' shuffle": (
        {
            "volumes": [{"name": DISK, "hostPath": {"path": "/mnt/k8s-disks"}}],
            "executor": {"volumeMounts": [{"name": DISK, "mountPath": "/data1"}]},
        },
        'violates PodSecurity "restricted:latest": restricted volume types (volume "spark-local-dir-1"',
    ),
    "the same by properties": (
        {
            "sparkConf": {
                f"spark.kubernetes.executor.volumes.hostPath.{DISK}.options.path": "/mnt/k8s-disks",
                f"spark.kubernetes.executor.volumes.hostPath.{DISK}.mount.path": "/data1",
            }
        },
        'restricted volume types (volume "spark-local-dir-1"',
    ),
    "files where Spark's configuration lies": (
        {"executor": {"configMaps": [{"name": "settings", "path": "/opt/spark/conf"}]}},
        'mountPath: Invalid value: "/opt/spark/conf": must be unique',
    ),
    "uploads kept where the pod has no volume": (
        {"hadoopConf": {"fs.s3a.buffer.dir": "/data1/s3a"}},
        "the driver's pod has no volume at /data1/s3a, of fs.s3a.buffer.dir: each upload would fail",
    ),
    "a sidecar over the LimitRange": (
        {"executor": _side(memory="5Gi")},
        "maximum memory usage per Container is 4Gi, but limit is 5Gi",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_job_whose_pods_would_be_refused_is_not_submitted(submission: Submission, what: str) -> None:
    changes, said = REFUSED[what]
    submission.use(NOTHING)
    with pytest.raises(job_pods.RefusedError) as refused:
        submission.submit(f"refused-{list(REFUSED).index(what)}", sized(**changes))
    assert said in str(refused.value)


@pytest.mark.parametrize("used", [NOTHING, HARD], ids=["an empty namespace", "a full namespace"])
def test_a_job_that_fits_is_submitted_whoever_has_the_room_at_present(
    submission: Submission, used: dict[str, str]
) -> None:
    submission.use(used)
    added = submission.submit(f"taken-{used['pods']}", sized())
    assert added["spark.kubernetes.executor.label.jobs.spark-on-eks/job"] == f"taken-{used['pods']}"


def test_a_configmap_of_hadoops_files_that_would_not_count_is_said_at_the_submission(
    submission: Submission,
) -> None:
    site = "<configuration><property><name>fs.s3a.committer.name</name><value>directory</value></property>"
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "hadoop"},
        "data": {"core-site.xml": f"{site}</configuration>"},
    }
    assert submission.world.server.apply(f"{NAMESPACE}/configmaps/hadoop", body).refusal == ""
    submission.use(NOTHING)
    with pytest.raises(job_pods.RefusedError, match="directory in the ConfigMap hadoop can not be used"):
        submission.submit("staged", sized(hadoopConfigMap="hadoop"))


@pytest.mark.parametrize("said", ["true", "false"])
def test_local_directories_are_in_memory_where_the_job_says_so(submission: Submission, said: str) -> None:
    submission.use(NOTHING)
    submission.submit(f"tmpfs-{said}", sized(sparkConf={"spark.kubernetes.local.dirs.tmpfs": said}))
    for role in ("driver", "executor"):
        (written,) = submission.conf.glob(f"**/{role}-pod-template.yaml")
        assert ('"medium": "Memory"' in written.read_text()) is (said == "true")


def test_a_job_whose_pods_mount_one_claim_is_told_where_it_may_write_to_it(submission: Submission) -> None:
    submission.use(NOTHING)
    claim = {"name": "tables", "persistentVolumeClaim": {"claimName": "tables"}}
    mounts = {"volumeMounts": [{"name": "tables", "mountPath": "/shared"}]}
    added = submission.submit("shared", sized(volumes=[claim], driver=mounts, executor=mounts))
    assert added["spark.hadoop.sparkoneks.shared.disks"] == "/shared"
    added = submission.submit("not-shared", sized(volumes=[claim], executor=mounts))
    assert "spark.hadoop.sparkoneks.shared.disks" not in added


def test_asking_about_both_pods_takes_little_of_a_submission(
    submission: Submission, capsys: pytest.CaptureFixture[str]
) -> None:
    submission.use(NOTHING)
    took = []
    for number in range(5):
        start = time.monotonic()
        submission.submit(f"timed-{number}", sized())
        took.append(time.monotonic() - start)
    with capsys.disabled():
        print(f"\ndefinition, options and trial of both pods: {min(took) * 1000:.0f} ms", end="")
    assert min(took) < 1
