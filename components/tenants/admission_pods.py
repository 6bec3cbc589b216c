"""What a pod in a tenant's namespace may not be: more important than others, or in another's place. Pure.

Pod Security, the quota and the LimitRange say what a pod may do and take; this says where it may run, before
whom, and under whose name. The canary's namespace is left out: only the platform makes pods there, and its
checker must outrank the jobs that it watches.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from components.naming import POOL_LABEL, PRIORITY_LABEL, PROJECT, TEAM_LABEL
from components.records.rights import CORE
from components.spark.pod_labels import ROLE_LABEL
from components.tenants import admission_api_server
from components.tenants.admission_policy import Check, Policy, quoted

NODE_TAINTS: Final = (
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/memory-pressure",
)
"""Taints that Kubernetes' own admission plug-ins have pods tolerate (DefaultTolerationSeconds and others)."""

PLATFORM_POOL: Final = "platform"
"""Name of the pool that the platform itself runs on."""

TEAM_METRIC_LABEL: Final = "team"
"""Label of pods that metrics show as the team."""

ROLES: Final = ("driver", "executor")

FOREIGN_TOLERATION: Final = (
    f"(!has(each.key) || !(each.key in {quoted([POOL_LABEL, *NODE_TAINTS])})"
    f" || (each.key == '{POOL_LABEL}' && has(each.value) && each.value == '{PLATFORM_POOL}'))"
)
"""That the toleration `each` is of a taint that keeps jobs off."""

TAINT_NAMES: Final = "map(each, has(each.key) && each.key != '' ? each.key : 'every taint').join(', ')"
"""How a message names tolerations."""

NAMESPACE_PRIORITY: Final = (
    f"has(namespaceObject.metadata.labels) && '{PRIORITY_LABEL}' in namespaceObject.metadata.labels ? "
    f"namespaceObject.metadata.labels['{PRIORITY_LABEL}'] : ''"
)
"""PriorityClass of the namespace's pods."""

_UNCHANGED_LABELS: Final = (
    "request.operation == 'UPDATE' && has(oldObject.metadata.labels) && "
    "has(object.metadata.labels) && oldObject.metadata.labels == object.metadata.labels"
)
_UNCHANGED_TOLERATIONS: Final = (
    "request.operation == 'UPDATE' && has(oldObject.spec.tolerations) && "
    "has(object.spec.tolerations) && oldObject.spec.tolerations == object.spec.tolerations"
)

MOST_GRACE_SECONDS: Final = 600
"""Longest time that a pod may take to end: five times Spark's own, and no more than a node's replacement."""


_STRENGTHS: Final = ("required", "preferred")
"""Of an affinity."""


def _terms(kind: str) -> str:
    """Terms of one kind of affinity, as a list in CEL."""
    needed, wished = (f"{each}DuringSchedulingIgnoredDuringExecution" for each in _STRENGTHS)
    affinity = f"object.spec.affinity.{kind}"
    there = f"has(object.spec.affinity) && has({affinity})"
    return (
        f"({there} && has({affinity}.{needed}) ? {affinity}.{needed} : []) + "
        f"({there} && has({affinity}.{wished}) ? {affinity}.{wished}.map(each, each.podAffinityTerm) : [])"
    )


def _node_terms() -> str:
    """Terms about nodes, of both strengths, as a list in CEL."""
    affinity = "object.spec.affinity.nodeAffinity"
    needed, wished = (f"{affinity}.{each}DuringSchedulingIgnoredDuringExecution" for each in _STRENGTHS)
    there = f"has(object.spec.affinity) && has({affinity})"
    return (
        f"({there} && has({needed}) ? {needed}.nodeSelectorTerms : []) + "
        f"({there} && has({wished}) ? {wished}.map(each, each.preference) : [])"
    )


_VARIABLES: Final = {
    "created": "request.operation == 'CREATE'",
    # What was admitted before these rules must still change and go: only what is new is looked at.
    "labels": f"({_UNCHANGED_LABELS}) || !has(object.metadata.labels) ? {{}} : object.metadata.labels",
    "tolerated": (
        f"({_UNCHANGED_TOLERATIONS}) || !has(object.spec.tolerations) ? [] : "
        f"object.spec.tolerations.filter(each, {FOREIGN_TOLERATION})"
    ),
    "priority": NAMESPACE_PRIORITY,
    "team": (
        f"has(namespaceObject.metadata.labels) && '{TEAM_LABEL}' in namespaceObject.metadata.labels ? "
        f"namespaceObject.metadata.labels['{TEAM_LABEL}'] : ''"
    ),
    # What a pod wants near it or far from it, of both kinds and strengths.
    "terms": " + ".join(_terms(kind) for kind in ("podAffinity", "podAntiAffinity")),
    "nodes": _node_terms(),
    "pod": "object.spec",
    "labelled": "has(object.metadata.labels) ? object.metadata.labels : {}",
    **admission_api_server.VARIABLES,
    "reserved": f"variables.labels.filter(key, key.startsWith('{PROJECT}/'))",
}

_CHECKS: Final = (
    Check(
        "!variables.created || (has(object.spec.priorityClassName) && "
        "object.spec.priorityClassName == variables.priority)",
        "'spec.priorityClassName must be ' + variables.priority + ', the class of this namespace' + "
        "(has(object.spec.priorityClassName) && object.spec.priorityClassName != '' ? "
        "', not ' + object.spec.priorityClassName : '; without one, the pod would rank above every job') + "
        "'. Write it out'",
        "a pod without a class has the priority 0, drives out every tenant's jobs and escapes the quota",
    ),
    Check(
        "!variables.created || !has(object.spec.nodeName) || object.spec.nodeName == ''",
        "'spec.nodeName must be left out, not ' + object.spec.nodeName + "
        f"': the scheduler chooses the node. For a kind of node, write nodeSelector {POOL_LABEL}'",
        "the pod would go round the scheduler, its taints and its accounts of what is free",
    ),
    Check(
        "variables.tolerated.size() == 0",
        f"'spec.tolerations may name {POOL_LABEL} and no other taint, not ' + "
        f"variables.tolerated.{TAINT_NAMES} + '. Remove the rest'",
        "the pod could run on the platform's nodes, or on ones that are being emptied",
    ),
    Check(
        f"!variables.created || !has(object.spec.nodeSelector) || "
        f"!('{POOL_LABEL}' in object.spec.nodeSelector) || "
        f"object.spec.nodeSelector['{POOL_LABEL}'] != '{PLATFORM_POOL}'",
        f"'spec.nodeSelector must name a pool for jobs, not {POOL_LABEL}: {PLATFORM_POOL}'",
        "jobs would crowd out the operator and what watches the platform",
    ),
    Check(
        "!variables.created || variables.nodes.all(each, !has(each.matchExpressions) || "
        f"each.matchExpressions.all(wanted, wanted.key != '{POOL_LABEL}'))",
        f"'spec.affinity: nodeAffinity must not name {POOL_LABEL}. Write nodeSelector {POOL_LABEL}'",
        "jobs would get onto the platform's nodes by another way",
    ),
    Check(
        "!variables.created || !has(object.spec.schedulingGates) || object.spec.schedulingGates.size() == 0",
        "'spec.schedulingGates must be left out: nobody here takes them away. Remove them'",
        "where the pod may run could still be changed, and it would hold its share of the quota for ever",
    ),
    Check(
        "!variables.created || variables.terms.all(each, !has(each.namespaceSelector) && "
        "(!has(each.namespaces) || each.namespaces.all(name, name == request.namespace)))",
        "'spec.affinity: podAffinity and podAntiAffinity must not look into other namespaces. Remove "
        "namespaceSelector and namespaces'",
        "a small pod would keep another tenant's drivers off every node: anti-affinity holds both ways",
    ),
    Check(
        "!variables.created || !has(object.spec.terminationGracePeriodSeconds) || "
        f"object.spec.terminationGracePeriodSeconds <= {MOST_GRACE_SECONDS}",
        f"'spec.terminationGracePeriodSeconds must be {MOST_GRACE_SECONDS} or less, not ' + "
        "string(object.spec.terminationGracePeriodSeconds)",
        "preemption, a drained node and a removed namespace would wait for years",
    ),
    Check(
        "variables.reserved.size() == 0",
        f"'metadata.labels must not begin with {PROJECT}/: ' + variables.reserved.join(', ') + "
        "'. They are the platform\\'s own; remove them'",
        "a pod could pass for a part of the platform, or for another tenant's",
    ),
    Check(
        f"!('{TEAM_METRIC_LABEL}' in variables.labels) || "
        f"variables.labels['{TEAM_METRIC_LABEL}'] == variables.team",
        f"'the label {TEAM_METRIC_LABEL} must be ' + variables.team + ', not ' + "
        f"variables.labels['{TEAM_METRIC_LABEL}'] + ': metrics and costs go by it. Remove it or write that'",
        "what one team uses would be counted as another's, and each new value is a new series",
    ),
    Check(
        f"!('{ROLE_LABEL}' in variables.labels) || variables.labels['{ROLE_LABEL}'] in {quoted(ROLES)}",
        f"'the label {ROLE_LABEL} must be driver or executor, not ' + variables.labels['{ROLE_LABEL}'] + "
        "': Spark sets it itself. Remove it'",
        "each new value is a new series, and no network policy knows it",
    ),
)

_REACHING: Final = admission_api_server.reaching("''")

_IN_A_POOL: Final = Check(
    f"!variables.created || (has(object.spec.nodeSelector) && '{POOL_LABEL}' in object.spec.nodeSelector)",
    f"'spec.nodeSelector must name a pool for jobs: write {POOL_LABEL}: driver or executor'",
    "the platform's nodes have no taint, and the pod could run there",
)


def pods_policy(*, pools: bool) -> Policy:
    """Make the rules for pods.

    Args:
        pools: True where nodes come in pools, and the platform has one of its own.
    """
    return Policy(
        subject="pods",
        kinds={CORE: ("pods",)},
        variables=_VARIABLES,
        checks=(
            *_CHECKS,
            # One that is there has its labels by now: it reaches the API server, or ends.
            replace(_REACHING, expression=f"!variables.created || ({_REACHING.expression})"),
            *([_IN_A_POOL] if pools else []),
        ),
        canary=False,
    )
