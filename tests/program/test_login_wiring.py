"""The pages of a stack stand behind its login, and nothing else has a way in."""

from __future__ import annotations

import json
from typing import Any

from tests.support.recorder import World
from tests.support.stacks import build_stack, stack_settings, world_of


def _services(world: World) -> list[Any]:
    return [each for each in world.landed if each.type == "kubernetes:core/v1:Service"]


def test_all_pages_are_below_one_address() -> None:
    shown = world_of("local").exports
    assert shown["pagesUrl"] == "http://127.0.0.1:30180"
    assert shown["historyUrl"] == "http://127.0.0.1:30180/spark-history"
    assert shown["logsUrl"] == "http://127.0.0.1:30180/logs"
    assert shown["prometheusUrl"] == "http://127.0.0.1:30180/prometheus"
    assert shown["signalsUrl"] == "http://127.0.0.1:30180/prometheus/user/"


def test_login_and_repository_have_a_port_on_the_nodes_and_only_if_it_was_asked_for() -> None:
    services = {each.inputs["metadata"]["name"]: each.inputs["spec"] for each in _services(world_of("local"))}
    opened = {name for name, spec in services.items() if spec.get("type") == "NodePort"}
    assert opened == {"login-proxy", "jobs-repository"}
    assert services["login-proxy"]["ports"][0]["nodePort"] == 30180
    assert services["jobs-repository"]["ports"][0]["nodePort"] == 30183
    history = world_of("local").one("Chart", "spark-history-chart").inputs["values"]
    assert history["service"]["type"] == "ClusterIP"
    values = stack_settings("local") | {"observability": {"enabled": False}}  # half of what is built
    values["foundation"]["login"] = {}
    del values["jobs"]["nodePort"]
    hidden = build_stack("local", values)
    assert {each.inputs["spec"].get("type") for each in _services(hidden)} <= {"ClusterIP", None}
    assert hidden.exports["pagesUrl"] == "http://127.0.0.1:4180", "where a forwarded port is"


def test_the_login_takes_its_port_once_the_history_server_gave_it_up() -> None:
    world = world_of("local")
    chart = world.one("Chart", "spark-history-chart")
    assert chart.urn in world.one("sparkeks:index:LoginProxy").depends_on, "two Services of one port: refused"


def test_every_page_lets_the_login_in_and_no_browser() -> None:
    world = world_of("local")
    values = world.one("Chart", "spark-history-chart").inputs["values"]["networkPolicy"]
    assert "spark-login" in values["allowedNamespaces"]
    assert values["allowedCidrs"] == []
    for name, port in (
        ("run-logs-namespace-log-page", 8080),
        ("observability-prometheus-networkpolicy", 9090),
    ):
        rules = world.one("NetworkPolicy", name).inputs["spec"]["ingress"]
        peers = [peer for rule in rules for peer in rule["from"]]
        assert not [peer for peer in peers if "ipBlock" in peer]
        assert [rule["ports"][0]["port"] for rule in rules if "spark-login" in json.dumps(rule)] == [port]


def test_each_user_sees_the_logs_of_the_tenants_of_their_groups() -> None:
    world = world_of("local")
    pod = world.one("Deployment", "run-logs-page").inputs["spec"]["template"]["spec"]
    variables = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
    assert json.loads(variables["PAGE_VIEWERS"]) == {
        "admin": ["*"],
        "data": ["data-dev"],
        "science": ["science-dev"],
    }
    assert variables["PAGE_PATH"] == "/logs"
