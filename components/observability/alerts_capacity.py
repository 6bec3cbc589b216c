"""Alerts about what jobs run on: executors that wait, quotas, nodes, disks. Pure.

A ResourceQuota refuses pods at admission. No pod is Pending then, so alerts on waiting pods stay silent, and
`SparkQuotaRefusingExecutors` compares what drivers want with what is there.
"""

from __future__ import annotations

from components.observability.recording_ends import POD
from components.observability.rule_model import JOB, Alert, Severity, Signal
from components.observability.scrape_jobs import KARPENTER, KSM, NODE_EXPORTER

_DISKS = r"/|/mnt/k8s-disks/.*"
"""Mount points that shuffle files fill: the node's own disk, and local NVMe as Karpenter mounts it with
instanceStorePolicy RAID0 (Karpenter, NodeClass reference)."""

_FILE_SYSTEM = f'job="{NODE_EXPORTER}", mountpoint=~"{_DISKS}", fstype!~"tmpfs|ramfs"'

_FREE = f"node_filesystem_avail_bytes{{{_FILE_SYSTEM}}} / node_filesystem_size_bytes{{{_FILE_SYSTEM}}}"


def capacity_alerts() -> tuple[Alert, ...]:
    """List them."""
    return (*_TEAMS, *_NODES)


_TEAMS = (
    Alert(
        name="SparkExecutorsPending",
        severity=Severity.WARNING,
        signal=Signal.SATURATION,
        # Half of them and at least five: a job works well while a few of its executors are on their way.
        expr="""
        spark:pods:count{role="executor", phase="Pending"} / ignoring (phase)
          sum by (namespace, team, role) (spark:pods:count{role="executor", phase=~"Pending|Running"}) > 0.5
        and on (namespace, team, role) spark:pods:count{role="executor", phase="Pending"} >= 5
        """,
        hold="15m",
        summary="Executors of team {{ $labels.team }} find no node",
        description="{{ $value | humanizePercentage }} of the executors in {{ $labels.namespace }} have been "
        "Pending for 15 minutes.",
    ),
    Alert(
        name="SparkVolumeClaimMissing",
        severity=Severity.WARNING,
        signal=Signal.LATENCY,
        # A claim for each executor is there before its pod is.
        expr=f"""
        count by (namespace, team, app, {JOB}, persistentvolumeclaim) (
          max by (namespace, pod, uid, persistentvolumeclaim) (
            kube_pod_spec_volumes_persistentvolumeclaims_info{{{KSM}}})
            * {POD} group_left (app, {JOB}, team) spark:pod:phase{{phase="Pending"}}
          unless on (namespace, persistentvolumeclaim)
            max by (namespace, persistentvolumeclaim) (kube_persistentvolumeclaim_info{{{KSM}}}))
        """,
        hold="2m",
        summary="{{ $labels.app }} waits for the volume claim {{ $labels.persistentvolumeclaim }}",
        description="There is no PersistentVolumeClaim {{ $labels.persistentvolumeclaim }} in "
        "{{ $labels.namespace }}, and {{ $value }} pods of the job wait for it, for ever if nobody makes it.",
    ),
    Alert(
        name="SparkNamespaceQuotaNearlyExhausted",
        severity=Severity.WARNING,
        signal=Signal.SATURATION,
        # Full and nothing refused is what a quota is for. The refusals' metric has no namespace, and another
        # team's are none of this one's business: so something of its own has to be missing as well.
        expr="""
        spark:quota_used:ratio > 0.9 and on () spark:quota_refusals:rate5m > 0
        and on (namespace) (
          sum by (namespace) (spark:driver:executors_missing) > 0
          or count by (namespace) (spark:app:refused))
        """,
        hold="15m",
        summary="Team {{ $labels.team }} has used up its {{ $labels.resource }}",
        description="{{ $value | humanizePercentage }} of {{ $labels.resource }} in the quota of "
        "{{ $labels.namespace }} have been taken for 15 minutes, and quotas refuse what its jobs lack: "
        "executors or drivers.",
    ),
    Alert(
        name="SparkQuotaRefusingExecutors",
        severity=Severity.WARNING,
        signal=Signal.SATURATION,
        expr=f"sum by (namespace, team, {JOB}, app) (spark:driver:executors_missing) > 0 "
        "and on () spark:quota_refusals:rate5m > 0",
        hold="5m",
        summary="{{ $labels.app }} of team {{ $labels.team }} is refused executors",
        description="{{ $labels.app }} in {{ $labels.namespace }} has wanted {{ $value }} more executors for "
        "five minutes, no pod of them exists, and the API server refuses pods because of a quota.",
    ),
)

_NODES = (
    Alert(
        name="SparkFinishedPodsMany",
        severity=Severity.WARNING,
        signal=Signal.SATURATION,
        # kube-controller-manager removes the oldest of more than 12,500 (--terminated-pod-gc-threshold).
        expr='sum(spark:pods:count{phase=~"Succeeded|Failed"}) > 10000',
        hold="15m",
        summary="Finished pods of jobs pile up",
        description="{{ $value }} finished pods of jobs are kept. Of more than 12,500 Kubernetes removes the "
        "oldest, and why their runs failed goes with them.",
    ),
    Alert(
        name="SparkExecutorsEvicted",
        severity=Severity.WARNING,
        signal=Signal.SATURATION,
        expr="""
        count by (namespace, team) (
          max_over_time(spark:pod:failed_reason{role="executor", reason="Evicted"}[30m])
          and on (namespace, pod, uid) (
            max_over_time(spark:pod:finished_timestamp_seconds{role="executor", phase="Failed"}[30m])
            > time() - 1800)) >= 3
        """,
        hold="0s",
        summary="Nodes evict executors of team {{ $labels.team }}",
        description="{{ $value }} executors in {{ $labels.namespace }} were evicted within 30 minutes: their "
        "nodes ran out of disk or memory, and their shuffle files are lost.",
    ),
    Alert(
        name="SparkNodeDiskNearlyFull",
        severity=Severity.WARNING,
        signal=Signal.SATURATION,
        # The kubelet evicts at 10% free (evictionHard nodefs.available). At 15% it begins to remove images
        # (imageGCHighThresholdPercent 85), looking every five minutes: what stays there is no image. What
        # fills fast never stays: half full and at 10% within five minutes is told of at once.
        expr=f"""
        min by (instance, mountpoint) (
          max_over_time(({_FREE})[5m:30s]) < 0.15
          or ({_FREE} < 0.5
            and predict_linear(node_filesystem_avail_bytes{{{_FILE_SYSTEM}}}[2m], 300)
              / node_filesystem_size_bytes{{{_FILE_SYSTEM}}} < 0.1))
        """,
        hold="0s",
        summary="The disk {{ $labels.mountpoint }} of {{ $labels.instance }} is nearly full",
        description="{{ $value | humanizePercentage }} are free: for five minutes already, or it fills "
        "fast. At 10% the kubelet evicts pods, and shuffle files go with them.",
    ),
    Alert(
        name="SparkNodePoolLimitNear",
        severity=Severity.WARNING,
        signal=Signal.SATURATION,
        expr=f"""
        max by (nodepool, resource_type) (karpenter_nodepools_usage{{job="{KARPENTER}"}})
        / on (nodepool, resource_type)
        (max by (nodepool, resource_type) (karpenter_nodepools_limit{{job="{KARPENTER}"}}) > 0) > 0.9
        """,
        hold="15m",
        summary="Node pool {{ $labels.nodepool }} is close to its limit of {{ $labels.resource_type }}",
        description="{{ $value | humanizePercentage }} of the pool's {{ $labels.resource_type }} are in use; "
        "beyond the limit Karpenter starts no more nodes.",
        only_with_karpenter=True,
    ),
    Alert(
        name="SparkSpotInterruptionBurst",
        severity=Severity.WARNING,
        signal=Signal.SATURATION,
        expr=f"""
        sum(increase(karpenter_interruption_received_messages_total{{
          job="{KARPENTER}", message_type="spot_interrupted"}}[10m])) > 5
        """,
        hold="0s",
        summary="Spot nodes are being taken back",
        description="AWS announced {{ $value | humanize }} interruptions within 10 minutes; jobs lose "
        "executors and take longer.",
        only_with_karpenter=True,
    ),
    Alert(
        name="SparkNodesIdle",
        severity=Severity.INFO,
        signal=Signal.TRAFFIC,
        expr=f"""
        sum(karpenter_nodepools_usage{{job="{KARPENTER}", nodepool!="platform", resource_type="nodes"}}) > 0
          unless on () sum(spark:pods:count{{team!="", phase=~"Pending|Running"}}) > 0
        """,
        hold="30m",
        summary="Nodes for jobs run, and no job does",
        description="{{ $value }} node(s) have had no driver and no executor for half an hour.",
        only_with_karpenter=True,
    ),
)
