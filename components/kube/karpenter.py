"""Karpenter, which makes a cluster's nodes on EKS: where its metrics are, by its upstream chart. Pure."""

from __future__ import annotations

from typing import Final

NAME: Final = "karpenter"
"""Of its release, its Service and its pods' label `app.kubernetes.io/name`."""

NAMESPACE: Final = "kube-system"
"""Karpenter's own default since 1.0: API priority and fairness favours what runs there."""

METRICS_PORT: Final = 8080
"""Port of its metrics (the chart's `controller.metrics.port`)."""

METRICS: Final = f"http://{NAME}.{NAMESPACE}.svc:{METRICS_PORT}/metrics"
"""Address of them inside the cluster."""
