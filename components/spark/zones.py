"""Which zone a job's pods run in. Pure."""

from __future__ import annotations

from typing import Any, Final

from components.spark.pod_labels import APP_LABEL, DRIVER

_WEIGHT: Final = 100
"""The most that a wish may weigh (Kubernetes, WeightedPodAffinityTerm)."""


def beside_driver() -> dict[str, Any]:
    """Make the affinity of executors that want to be in their driver's zone.

    Traffic between zones is billed in both directions, and a shuffle is all traffic. A template can't know
    the job, but the API server takes the value of the label from the new pod itself (`matchLabelKeys`, stable
    in Kubernetes 1.33). It is a wish, which Karpenter takes for a demand until nothing fits: a job whose zone
    has no more spot capacity goes on in another.
    """
    term = {
        "labelSelector": {"matchLabels": dict(DRIVER)},
        "matchLabelKeys": [APP_LABEL],
        "topologyKey": "topology.kubernetes.io/zone",
    }
    wish = {"weight": _WEIGHT, "podAffinityTerm": term}
    return {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}}
