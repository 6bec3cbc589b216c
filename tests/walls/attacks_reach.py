"""Attacks that reach beyond a pod: by its node, by the edge of the cluster, in the platform's own name."""

from __future__ import annotations

from typing import Any, Final

from tests.walls.attack import (
    DRIVER,
    Attack,
    Object,
    Who,
    config_map,
    job,
    pod,
    schedule,
    service,
    with_metadata,
)

_METADATA: Final = "169.254.169.254"
"""Where clouds keep the credentials of a node."""


def _container(**changes: Any) -> Object:
    """The container of an ordinary pod, with fields changed."""
    return {**pod()["spec"]["containers"][0], **changes}


def _resources(device: str, amount: str = "1") -> Object:
    sizes = {"cpu": "100m", "memory": "64Mi", device: amount}
    return {"requests": sizes, "limits": sizes}


def _claim(spec: Object | None = None, **metadata: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "walls", **metadata},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
            **(spec or {}),
        },
    }


_DNS: Final = {"external-dns.alpha.kubernetes.io/hostname": "login.example.com"}
_POOL_TERM: Final = {
    "matchExpressions": [{"key": "spark-on-eks/pool", "operator": "In", "values": ["platform"]}]
}
_PLATFORM_NODES: Final = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_POOL_TERM]},
    }
}

NODE_ATTACKS: Final = (
    Attack(
        what="a probe with a `host`",
        does="has the node ask the cloud's metadata service, round every network policy",
        who=Who.DRIVER,
        manifest=pod(
            containers=[_container(livenessProbe={"httpGet": {"host": _METADATA, "port": 80}})],
        ),
        said="a probe or lifecycle hook must not name a host",
        sooner='violates PodSecurity "restricted:latest": probe or lifecycle host',
    ),
    Attack(
        what="a lifecycle hook with a `host`, in an init container",
        does="the same",
        who=Who.SUBMITTER,
        manifest=pod(
            initContainers=[
                _container(
                    name="first",
                    restartPolicy="Always",
                    lifecycle={"preStop": {"httpGet": {"host": _METADATA, "port": 80}}},
                )
            ],
        ),
        said="a probe or lifecycle hook must not name a host",
        sooner='violates PodSecurity "restricted:latest": probe or lifecycle host',
    ),
    Attack(
        what="an inline volume of a CSI driver",
        does="has a driver mount on the node what the pod says, uncounted",
        who=Who.DRIVER,
        manifest=pod(volumes=[{"name": "a", "csi": {"driver": "efs.csi.aws.com"}}]),
        said="spec.volumes must not have csi",
    ),
    Attack(
        what="a GPU",
        does="takes, or on AWS has bought, what nobody counts",
        who=Who.DRIVER,
        manifest=pod(containers=[_container(resources=_resources("nvidia.com/gpu"))]),
        said="spec.containers must not ask for nvidia.com/gpu: no tenant has a share of it",
    ),
    Attack(
        what="large pages",
        does="takes memory that the quota does not count",
        who=Who.DRIVER,
        manifest=pod(containers=[_container(resources=_resources("hugepages-2Mi", "2Mi"))]),
        said="spec.containers must not ask for hugepages-2Mi",
    ),
    Attack(
        what="a GPU by an annotation for containerd",
        does="takes it round the quota (Container Device Interface)",
        who=Who.DRIVER,
        manifest=with_metadata(pod(), annotations={"cdi.k8s.io/a": "nvidia.com/gpu=all"}),
        said="metadata.annotations must not have cdi.k8s.io/a",
    ),
    Attack(
        what="a second network by an annotation",
        does="reaches what no network policy holds up, where Multus runs",
        who=Who.SUBMITTER,
        manifest=with_metadata(pod(), annotations={"k8s.v1.cni.cncf.io/networks": "hosts"}),
        said="metadata.annotations must not have k8s.v1.cni.cncf.io/networks",
    ),
    Attack(
        what="a role of the cloud by an annotation",
        does="acts as that role, where kube2iam runs",
        who=Who.DRIVER,
        manifest=with_metadata(pod(), annotations={"iam.amazonaws.com/role": "admin"}),
        said="metadata.annotations must not have iam.amazonaws.com/role",
    ),
    Attack(
        what="a claim of a volume by its name",
        does="takes a volume that lies ready for another tenant",
        who=Who.DRIVER,
        manifest=_claim({"volumeName": "shared-1"}),
        said="spec.volumeName and spec.selector must be left out",
    ),
    Attack(
        what="a driver's pod with the name `../../x`",
        does="makes paths of requests that the operator sends",
        who=Who.PERSON,
        manifest=job(driver={**DRIVER, "podName": "../../x"}),
        said="spec.driver.podName must be a DNS label",
    ),
    Attack(
        what="another tenant's label by a property",
        does="is refused late, in the operator's words",
        who=Who.PERSON,
        manifest=job(sparkConf={"spark.kubernetes.driver.label.spark-on-eks/tenant": "data-dev"}),
        said="labels must not begin with spark-on-eks/: spark.kubernetes.driver.label.spark-on-eks/tenant",
    ),
    Attack(
        what="the same by an executor's template",
        does="the same, in the driver's log",
        who=Who.PERSON,
        manifest=job(
            executor={
                **job()["spec"]["executor"],
                "template": {"metadata": {"labels": {"spark-on-eks/tenant": "data-dev"}}},
            }
        ),
        said="labels must not begin with spark-on-eks/: spark-on-eks/tenant",
    ),
    Attack(
        what="the platform's pool, by affinity",
        does="crowds out the operator and what watches",
        who=Who.DRIVER,
        manifest=pod(affinity=_PLATFORM_NODES),
        said="spec.affinity: nodeAffinity must not name spark-on-eks/pool",
    ),
    Attack(
        what="a pod that waits at a scheduling gate",
        does="changes later where it may run, and holds the team's quota for ever",
        who=Who.DRIVER,
        manifest=pod(schedulingGates=[{"name": "example.com/never"}]),
        said="spec.schedulingGates must be left out",
    ),
    Attack(
        what="a driver that tolerates every taint",
        does="is refused late, in the operator's words",
        who=Who.PERSON,
        manifest=job(driver={**DRIVER, "tolerations": [{"operator": "Exists"}]}),
        said="tolerations may name spark-on-eks/pool and no other taint, not every taint",
    ),
    Attack(
        what="executors of another PriorityClass, by their template",
        does="the same, in the driver's log",
        who=Who.PERSON,
        manifest=job(
            executor={
                **job()["spec"]["executor"],
                "template": {"spec": {"containers": [], "priorityClassName": "spark-high"}},
            }
        ),
        said="priorityClassName must be spark-normal, the class of this namespace, not spark-high",
    ),
    Attack(
        what="a driver's template with `nodeName`, in a schedule",
        does="the same",
        who=Who.PERSON,
        manifest=schedule(
            "@daily",
            template={"driver": {**DRIVER, "template": {"spec": {"containers": [], "nodeName": "node-1"}}}},
        ),
        said="the template must not have nodeName: node-1",
    ),
)

EDGE_ATTACKS: Final = (
    Attack(
        what="a Service with a name of external-dns",
        does="takes over a name of the company's, wherever that controller runs",
        who=Who.SUBMITTER,
        manifest=with_metadata(service(clusterIP="None"), annotations=_DNS),
        said="metadata.annotations must not have external-dns.alpha.kubernetes.io/hostname",
    ),
    Attack(
        what="the same for the page of a job",
        does="the same",
        who=Who.PERSON,
        manifest=job(sparkUIOptions={"serviceAnnotations": _DNS}),
        said="sparkConf must not have external-dns.alpha.kubernetes.io/hostname",
    ),
    Attack(
        what="the same by a property, in a schedule",
        does="the same",
        who=Who.PERSON,
        manifest=schedule(
            "@daily",
            template={
                "sparkConf": {"spark.kubernetes.driver.service.annotation.tailscale.com/expose": "true"}
            },
        ),
        said="sparkConf must not have tailscale.com/expose",
    ),
    Attack(
        what="the same for the driver's service",
        does="the same",
        who=Who.PERSON,
        manifest=job(driver={**DRIVER, "serviceAnnotations": {"getambassador.io/config": "x"}}),
        said="sparkConf must not have getambassador.io/config",
    ),
)

NAME_ATTACKS: Final = (
    Attack(
        what="a job with another tenant's label",
        does="passes for another tenant's",
        who=Who.PERSON,
        manifest=with_metadata(job(), labels={"spark-on-eks/tenant": "data-dev"}),
        said="metadata.labels must not begin with spark-on-eks/: spark-on-eks/tenant",
    ),
    Attack(
        what="a job with a schedule's label",
        does="passes for a run of that schedule, and holds it up",
        who=Who.PERSON,
        manifest=with_metadata(job(), labels={"sparkoperator.k8s.io/scheduled-app-name": "nightly"}),
        said="metadata.labels must not begin with sparkoperator.k8s.io/",
    ),
    Attack(
        what="a Service with the platform's label",
        does="passes for a part of the platform",
        who=Who.SUBMITTER,
        manifest=with_metadata(service(), labels={"spark-on-eks/tenant": "data-dev"}),
        said="metadata.labels must not begin with spark-on-eks/: spark-on-eks/tenant",
    ),
    Attack(
        what="a ConfigMap with it",
        does="the same",
        who=Who.DRIVER,
        manifest=config_map(labels={"spark-on-eks/team": "finance"}),
        said="metadata.labels must not begin with spark-on-eks/: spark-on-eks/team",
    ),
    Attack(
        what="a volume claim with it",
        does="the same",
        who=Who.DRIVER,
        manifest=_claim(labels={"spark-on-eks/team": "finance"}),
        said="metadata.labels must not begin with spark-on-eks/: spark-on-eks/team",
    ),
    Attack(
        what="a job kept for 2^63 nanoseconds",
        does="is gone before anybody has seen how it ended",
        who=Who.PERSON,
        manifest=job(timeToLiveSeconds=9_223_372_037),
        said="spec.timeToLiveSeconds must be 0 to 31536000, a year, not 9223372037",
    ),
)

REACH_ATTACKS: Final = (*NODE_ATTACKS, *EDGE_ATTACKS, *NAME_ATTACKS)
"""All of them."""
