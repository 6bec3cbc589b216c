"""What somebody may try who means harm, and what the API server says to it: one table for tests and docs.

Each is tried against an API server alone (tests/walls), and on the platform (tests/cluster/test_walls.py).
"""

from __future__ import annotations

from typing import Final

from tests.walls.attack import DRIVER, Attack, Who, config_map, job, pod, schedule, service, with_metadata

_HOOK: Final = {"preStop": {"httpGet": {"port": 99_999_999_999}}}

SERVICE_ATTACKS: Final = (
    Attack(
        what="a Service with `externalIPs`",
        does="catches what the whole cluster sends to that address (CVE-2020-8554)",
        who=Who.SUBMITTER,
        manifest=service(externalIPs=["203.0.113.7"]),
        said="spec.externalIPs must be left out, not 203.0.113.7",
        sooner="Use of external IPs is denied by admission control",
    ),
    Attack(
        what="a Service with `externalName`",
        does="leads a trusted name of the cluster to another host",
        who=Who.SUBMITTER,
        manifest=service(type="ExternalName", externalName="elsewhere.example"),
        said="spec.externalName must be left out, not elsewhere.example",
    ),
    Attack(
        what="a Service of type NodePort",
        does="opens a port of every node",
        who=Who.SUBMITTER,
        manifest=service(type="NodePort"),
        said="spec.type must be ClusterIP, not NodePort",
    ),
    Attack(
        what="a Service of type LoadBalancer",
        does="opens a job to the world, and costs money",
        who=Who.SUBMITTER,
        manifest=service(type="LoadBalancer"),
        said="spec.type must be ClusterIP, not LoadBalancer",
    ),
)

DECODING_ATTACKS: Final = (
    Attack(
        what="a pod template with a map where a list belongs",
        does="stops the operator for everybody, and keeps it from starting",
        who=Who.PERSON,
        manifest=job(driver={**DRIVER, "template": {"spec": {"containers": {"name": "x"}}}}),
        said="spec.driver.template.spec.containers",
    ),
    Attack(
        what="the same in the executors' template of a schedule",
        does="the same",
        who=Who.PERSON,
        manifest=schedule(
            "@daily", template={"executor": {"template": {"metadata": {"labels": {"a": ["b"]}}}}}
        ),
        said="spec.template.executor.template.metadata.labels",
    ),
    Attack(
        what="a list for a template's `creationTimestamp`",
        does="the same",
        who=Who.PERSON,
        manifest=job(driver={**DRIVER, "template": {"metadata": {"creationTimestamp": [{}]}}}),
        said="spec.driver.template.metadata.creationTimestamp",
    ),
    Attack(
        what="`cores: 99999999999`, more than a Go int32 holds",
        does="the same",
        who=Who.PERSON,
        manifest=job(driver={**DRIVER, "cores": 99_999_999_999}),
        said="spec.driver.cores",
    ),
    Attack(
        what="a port of 99999999999 in a lifecycle hook",
        does="the same",
        who=Who.PERSON,
        manifest=job(driver={**DRIVER, "lifecycle": _HOOK}),
        said="spec.driver.lifecycle.preStop.httpGet.port",
    ),
    Attack(
        what="the quantity `1e1.5`, which the CRD's own pattern takes",
        does="the same",
        who=Who.PERSON,
        manifest=job(volumes=[{"name": "a", "emptyDir": {"sizeLimit": "1e1.5"}}]),
        said="spec.volumes[0].emptyDir.sizeLimit",
    ),
)

STORM_ATTACKS: Final = (
    Attack(
        what="a schedule `@every 1s`",
        does="has the operator do nothing else",
        who=Who.PERSON,
        manifest=schedule("@every 1s"),
        said="spec.schedule must leave a minute or more between two runs, not @every 1s",
    ),
    Attack(
        what="a schedule `TZ=0`",
        does="makes the operator's parser panic again and again",
        who=Who.PERSON,
        manifest=schedule("TZ=0"),
        said="spec.schedule must not begin with a time zone: TZ=0",
    ),
    Attack(
        what="a schedule `CRON_TZ=UTC@every`",
        does="the same",
        who=Who.PERSON,
        manifest=schedule("CRON_TZ=UTC@every"),
        said="spec.schedule must not begin with a time zone: CRON_TZ=UTC@every",
    ),
    Attack(
        what="a schedule with seconds, `* * * * * *`",
        does="is set aside by the operator without a word to its author",
        who=Who.PERSON,
        manifest=schedule("* * * * * *"),
        said="spec.schedule is not one: * * * * * *",
    ),
    Attack(
        what="a schedule that keeps 100,000 runs",
        does="fills etcd with finished runs",
        who=Who.PERSON,
        manifest=schedule("@daily", successfulRunHistoryLimit=100_000),
        said="spec.successfulRunHistoryLimit and spec.failedRunHistoryLimit must be 0 to 20",
    ),
    Attack(
        what="a schedule that keeps -1 runs",
        does="makes the operator panic after each start, and start again",
        who=Who.PERSON,
        manifest=schedule("@daily", successfulRunHistoryLimit=-1),
        said="spec.successfulRunHistoryLimit and spec.failedRunHistoryLimit must be 0 to 20",
    ),
    Attack(
        what="a schedule with the operator's own label",
        does="hides its runs from the operator, so that they pile up",
        who=Who.PERSON,
        manifest=with_metadata(
            schedule("@daily"), labels={"sparkoperator.k8s.io/scheduled-app-name": "nobody"}
        ),
        said="metadata.labels must not begin with sparkoperator.k8s.io/",
    ),
    Attack(
        what="a schedule with a name of 44 characters",
        does="every run fails at its submission",
        who=Who.PERSON,
        manifest=schedule("@daily", name="a" * 44),
        said="metadata.name must have 43 characters or fewer, not 44",
    ),
    Attack(
        what="`restartPolicy: Always`",
        does="submits the job again without a pause, for ever",
        who=Who.PERSON,
        manifest=job(restartPolicy={"type": "Always", "onFailureRetryInterval": 10}),
        said="spec.restartPolicy.type must be Never or OnFailure: Always starts a job again at once",
    ),
    Attack(
        what="retries every second",
        does="keeps a worker of the operator busy",
        who=Who.PERSON,
        manifest=job(restartPolicy={"type": "OnFailure", "onFailureRetries": 3, "onFailureRetryInterval": 1}),
        said="onFailureRetryInterval and onSubmissionFailureRetryInterval must be 10 seconds or more",
    ),
    Attack(
        what="a million retries, in a schedule",
        does="the same, for days",
        who=Who.PERSON,
        manifest=schedule(
            "@daily",
            template={
                "restartPolicy": {
                    "type": "OnFailure",
                    "onFailureRetries": 1_000_000,
                    "onFailureRetryInterval": 10,
                }
            },
        ),
        said="onFailureRetries and onSubmissionFailureRetries must be 1000 or less",
    ),
    Attack(
        what="retries of the submission without an interval",
        does="leaves the job in SUBMISSION_FAILED for ever",
        who=Who.PERSON,
        manifest=job(
            restartPolicy={
                "type": "OnFailure",
                "onSubmissionFailureRetries": 3,
                "onFailureRetryInterval": 10,
            }
        ),
        said="onSubmissionFailureRetries needs onSubmissionFailureRetryInterval",
    ),
)

POD_ATTACKS: Final = (
    Attack(
        what="a pod without a PriorityClass",
        does="ranks above every tenant's jobs, and drives them out",
        who=Who.DRIVER,
        manifest=pod(priorityClassName=None),
        said="spec.priorityClassName must be spark-normal, the class of this namespace; without one",
    ),
    Attack(
        what="a pod of another tenant's PriorityClass",
        does="the same",
        who=Who.DRIVER,
        manifest=pod(priorityClassName="spark-high"),
        said="spec.priorityClassName must be spark-normal, the class of this namespace, not spark-high",
    ),
    Attack(
        what="a pod with `nodeName`",
        does="goes round the scheduler and every taint",
        who=Who.SUBMITTER,
        manifest=pod(nodeName="node-1"),
        said="spec.nodeName must be left out, not node-1",
    ),
    Attack(
        what="a pod that tolerates every taint",
        does="runs on the platform's nodes, and on ones that are being emptied",
        who=Who.DRIVER,
        manifest=pod(tolerations=[{"operator": "Exists"}]),
        said="spec.tolerations may name spark-on-eks/pool and no other taint, not every taint",
    ),
    Attack(
        what="a pod that tolerates the control plane's taint",
        does="the same",
        who=Who.DRIVER,
        manifest=pod(tolerations=[{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]),
        said="and no other taint, not node-role.kubernetes.io/control-plane",
    ),
    Attack(
        what="a pod that asks for the platform's pool",
        does="crowds out the operator and what watches",
        who=Who.DRIVER,
        manifest=pod(nodeSelector={"spark-on-eks/pool": "platform"}),
        said="spec.nodeSelector must name a pool for jobs, not spark-on-eks/pool: platform",
    ),
    Attack(
        what="a pod that no driver of any namespace may be beside",
        does="keeps other tenants' drivers off every node: anti-affinity holds both ways",
        who=Who.DRIVER,
        manifest=pod(
            affinity={
                "podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "labelSelector": {"matchLabels": {"spark-role": "driver"}},
                            "namespaceSelector": {},
                            "topologyKey": "kubernetes.io/os",
                        }
                    ]
                }
            }
        ),
        said="podAntiAffinity must not look into other namespaces",
    ),
    Attack(
        what="a pod that would rather not be beside one tenant's",
        does="the same, where there is a choice",
        who=Who.DRIVER,
        manifest=pod(
            affinity={
                "podAntiAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "weight": 100,
                            "podAffinityTerm": {
                                "namespaces": ["data-dev"],
                                "topologyKey": "kubernetes.io/os",
                            },
                        }
                    ]
                }
            }
        ),
        said="podAntiAffinity must not look into other namespaces",
    ),
    Attack(
        what="a pod that takes ten years to end",
        does="has preemption, a drained node and a removed namespace wait",
        who=Who.DRIVER,
        manifest=pod(terminationGracePeriodSeconds=315_360_000),
        said="spec.terminationGracePeriodSeconds must be 600 or less, not 315360000",
    ),
    Attack(
        what="a pod with another tenant's label",
        does="passes for another tenant's",
        who=Who.DRIVER,
        manifest=pod({"spark-on-eks/tenant": "data-dev"}),
        said="metadata.labels must not begin with spark-on-eks/: spark-on-eks/tenant",
    ),
    Attack(
        what="a pod with another team's name",
        does="has another team pay",
        who=Who.DRIVER,
        manifest=pod({"team": "finance"}),
        said="the label team must be science, not finance",
    ),
    Attack(
        what="a pod with a role that Spark doesn't know",
        does="makes a new series for each value",
        who=Who.DRIVER,
        manifest=pod({"spark-role": "role-4711"}),
        said="the label spark-role must be driver or executor, not role-4711",
    ),
)

EXPOSURE_ATTACKS: Final = (
    Attack(
        what="a job's page on a NodePort",
        does="opens a port of every node",
        who=Who.PERSON,
        manifest=job(sparkUIOptions={"serviceType": "NodePort"}),
        said="spec.sparkUIOptions.serviceType must be ClusterIP, not NodePort",
    ),
    Attack(
        what="annotations of an Ingress",
        does="configures the entry point that all share",
        who=Who.PERSON,
        manifest=job(sparkUIOptions={"ingressAnnotations": {"a": "b"}}),
        said="spec.sparkUIOptions must not have ingressAnnotations or ingressTLS",
    ),
    Attack(
        what="an Ingress of a driver, in a schedule",
        does="takes over a host name and path",
        who=Who.PERSON,
        manifest=schedule(
            "@daily",
            template={"driverIngressOptions": [{"servicePort": 80, "servicePortName": "a"}]},
        ),
        said="spec.driverIngressOptions can not be used",
    ),
    Attack(
        what="a job with a finalizer",
        does="can't be removed, nor can its namespace or the stack",
        who=Who.PERSON,
        manifest=with_metadata(job(), finalizers=["example.com/never"]),
        said="metadata.finalizers must not have example.com/never",
    ),
    Attack(
        what="a ConfigMap with the finalizer of volume claims",
        does="the same: nobody takes it away there",
        who=Who.DRIVER,
        manifest=config_map(finalizers=["kubernetes.io/pvc-protection"]),
        said="metadata.finalizers must not have kubernetes.io/pvc-protection",
    ),
    Attack(
        what="a ConfigMap with a finalizer",
        does="the same",
        who=Who.DRIVER,
        manifest=config_map(finalizers=["example.com/never"]),
        said="metadata.finalizers must not have example.com/never",
    ),
)

ATTACKS: Final = (
    *SERVICE_ATTACKS,
    *DECODING_ATTACKS,
    *STORM_ATTACKS,
    *POD_ATTACKS,
    *EXPOSURE_ATTACKS,
)
"""All of them."""
