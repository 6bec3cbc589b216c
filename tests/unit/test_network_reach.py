"""The evaluator of NetworkPolicies, against the API's own rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.network_reach import Endpoint, Port, reach_table, reaches

A = Endpoint(name="a", namespace="one", labels={"app": "a", "tier": "web"}, address="10.0.0.1")
B = Endpoint(name="b", namespace="one", labels={"app": "b"}, address="10.0.0.2")
C = Endpoint(
    name="c", namespace="two", labels={"app": "a"}, namespace_labels={"team": "x"}, address="10.0.1.1"
)
OUT = Endpoint(name="out", address="203.0.113.9")
HTTP = Port(80)

DENY: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def ingress(*rules: dict[str, Any], selector: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"podSelector": selector or {}, "policyTypes": ["Ingress"], "ingress": list(rules)}


def egress(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"podSelector": {}, "policyTypes": ["Egress"], "egress": list(rules)}


def test_without_policies_all_is_open() -> None:
    assert all(reaches({}, source, target, HTTP) for source in (A, B, C, OUT) for target in (A, B, C, OUT))


def test_a_pod_that_is_selected_is_closed_in_that_direction_only() -> None:
    policies = {"one": [ingress(selector={"matchLabels": {"app": "a"}})]}
    assert not reaches(policies, B, A, HTTP)
    assert reaches(policies, A, B, HTTP), "egress was not mentioned"
    assert reaches(policies, C, B, HTTP), "b is not selected"


def test_both_ends_must_agree() -> None:
    open_in = {"one": [DENY, ingress({})], "two": [DENY]}
    assert not reaches(open_in, C, A, HTTP), "c may not send"
    open_both = {"one": [DENY, ingress({})], "two": [DENY, egress({})]}
    assert reaches(open_both, C, A, HTTP)
    assert not reaches(open_both, A, C, HTTP), "the other way round nothing is allowed"


def test_policies_add_up() -> None:
    only_b = ingress({"from": [{"podSelector": {"matchLabels": {"app": "b"}}}]})
    only_c = ingress({"from": [{"namespaceSelector": {"matchLabels": {"team": "x"}}}]})
    assert reaches({"one": [only_b, only_c]}, B, A, HTTP)
    assert reaches({"one": [only_b, only_c]}, C, A, HTTP)
    assert not reaches({"one": [only_b]}, C, A, HTTP), "a pod selector alone means the same namespace"


def test_selectors_in_one_peer_must_both_fit_in_two_peers_either() -> None:
    both = {"namespaceSelector": {"matchLabels": {"team": "x"}}, "podSelector": {"matchLabels": {"app": "z"}}}
    either = [{key: value} for key, value in both.items()]
    assert not reaches({"one": [ingress({"from": [both]})]}, C, A, HTTP)
    assert reaches({"one": [ingress({"from": either})]}, C, A, HTTP)


def test_a_namespace_can_be_selected_by_its_name() -> None:
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "two"}}}
    assert reaches({"one": [ingress({"from": [peer]})]}, C, A, HTTP)
    assert not reaches({"one": [ingress({"from": [peer]})]}, B, A, HTTP)
    assert not reaches({"one": [ingress({"from": [peer]})]}, OUT, A, HTTP)


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ({"key": "tier", "operator": "In", "values": ["web", "api"]}, True),
        ({"key": "tier", "operator": "In", "values": ["db"]}, False),
        ({"key": "tier", "operator": "NotIn", "values": ["db"]}, True),
        ({"key": "tier", "operator": "NotIn", "values": ["web"]}, False),
        ({"key": "missing", "operator": "NotIn", "values": ["web"]}, True),
        ({"key": "tier", "operator": "Exists"}, True),
        ({"key": "missing", "operator": "Exists"}, False),
        ({"key": "tier", "operator": "DoesNotExist"}, False),
        ({"key": "missing", "operator": "DoesNotExist"}, True),
    ],
)
def test_expressions_select_as_in_the_api(expression: dict[str, Any], chosen: bool) -> None:
    policies = {"one": [ingress(selector={"matchExpressions": [expression]})]}
    assert reaches(policies, B, A, HTTP) is not chosen, "what is selected is closed"


@pytest.mark.parametrize(
    ("port", "tried", "open_"),
    [
        ({"port": 80}, Port(80), True),
        ({"port": 80}, Port(81), False),
        ({"port": 80, "protocol": "TCP"}, Port(80, "UDP"), False),
        ({"protocol": "UDP"}, Port(5000, "UDP"), True),
        ({"port": 80, "endPort": 90}, Port(90), True),
        ({"port": 80, "endPort": 90}, Port(91), False),
    ],
)
def test_ports_are_numbers_ranges_or_all_of_a_protocol(
    port: dict[str, Any], tried: Port, open_: bool
) -> None:
    assert reaches({"one": [ingress({"ports": [port]})]}, B, A, tried) is open_


def test_a_port_by_name_is_refused_rather_than_guessed() -> None:
    with pytest.raises(ValueError, match="port 'http' of a NetworkPolicy: write its number"):
        reaches({"one": [ingress({"ports": [{"port": "http"}]})]}, B, A, HTTP)


def test_an_address_block_has_holes() -> None:
    block = {"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.128/25"]}}
    policies = {"one": [DENY, egress({"to": [block]})]}
    assert reaches(policies, A, OUT, HTTP)
    hole = Endpoint(name="hole", address="203.0.113.200")
    assert not reaches(policies, A, hole, HTTP)


def test_a_policy_without_types_is_about_ingress_and_about_egress_if_it_has_such_rules() -> None:
    rules: dict[str, Any] = {"podSelector": {}, "egress": [{"to": [{"podSelector": {}}]}]}
    assert not reaches({"one": [rules]}, C, A, HTTP), "ingress is always meant"
    assert not reaches({"one": [rules]}, A, C, HTTP), "egress is meant, and only to the own namespace"
    assert reaches({"two": [{"podSelector": {}}]}, C, A, HTTP), "no egress rules: egress is open"


def test_the_table_lists_what_is_allowed_between_different_ends() -> None:
    policies = {"one": [DENY], "two": [DENY]}
    assert list(reach_table(policies, [A, C], [HTTP])) == []
    assert list(reach_table({"one": [DENY]}, [A, C, OUT], [HTTP])) == [("c", "out", HTTP), ("out", "c", HTTP)]
