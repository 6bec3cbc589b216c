"""Who is told of alerts, from the stack file to the pods: secrets, volume, ways out, and links."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
import yaml

from components.observability.rule_model import seconds
from components.settings import KEY, SettingsError
from components.settings.loading import load
from tests.support.recorder import World, build
from tests.support.stacks import build_stack, stack_settings, world_of

ADDRESS = "https://hooks.example.com/never-in-clear"


def told(stack: str = "local", **alerts: Any) -> dict[str, Any]:
    """Settings of a stack whose alerts go to a webhook."""
    values = stack_settings(stack)
    values["observability"] |= {
        "runbooks": "https://git.example.com/runbooks",
        "alerts": {"receivers": [{"name": "hook", "kind": "webhook"}], "default": "hook"} | alerts,
    }
    return values


def rules(world: World) -> list[dict[str, Any]]:
    spec = world.one("PrometheusRule", "spark").inputs["spec"]
    return [rule for group in spec["groups"] for rule in group["rules"] if "alert" in rule]


@pytest.mark.parametrize("stack", ["local", "prod"])
def test_a_receivers_address_is_in_its_secret_and_nowhere_else(stack: str) -> None:
    world = build_stack(stack, told(stack, heartbeat="hook"), secrets={"alertSecret-hook": ADDRESS})
    (holder,) = [each for each in world.landed if ADDRESS in json.dumps(each.inputs, default=str)]
    assert holder.inputs["metadata"]["name"] == "alert-hook"
    assert world.secret(holder, "stringData.url"), "encrypted in the state"


def test_a_receivers_secret_is_asked_for_and_never_in_clear() -> None:
    with pytest.raises(SettingsError, match=r"is missing.*`pulumi config set --secret alertSecret-hook`"):
        build_stack("local", told())
    clear = {KEY: told(), "alertSecret-hook": ADDRESS}
    with pytest.raises(SettingsError, match="is in clear"):
        build(lambda: load(pulumi.Config()), config=clear)
    with pytest.raises(SettingsError, match="no receiver of alerts has this name and no Secret; remove it"):
        build_stack("local", secrets={"alertSecret-hook": ADDRESS})


def test_what_was_sent_outlives_alertmanagers_pod() -> None:
    spec = world_of("local").one("Deployment", "alertmanager-alertmanager-deployment").inputs["spec"]
    assert spec["strategy"] == {"type": "Recreate"}, "two would tell everybody twice"
    pod = spec["template"]["spec"]
    (claim,) = [each for each in pod["volumes"] if "persistentVolumeClaim" in each]
    (alertmanager, page) = pod["containers"]
    for container, argument in ((alertmanager, "--storage.path="), (page, "")):
        (mount,) = [each for each in container["volumeMounts"] if each["name"] == claim["name"]]
        kept = next(
            (each for each in container.get("args", []) if argument and each.startswith(argument)), ""
        )
        assert not argument or kept.removeprefix(argument).startswith(mount["mountPath"])
    assert pod["automountServiceAccountToken"] is False


def test_alertmanager_starts_anew_when_its_configuration_changes() -> None:
    before = world_of("local").one("Deployment", "alertmanager-alertmanager-deployment")
    after = build_stack("local", told(), secrets={"alertSecret-hook": ADDRESS}).one(
        "Deployment", "alertmanager-alertmanager-deployment"
    )
    marks = [each.inputs["spec"]["template"]["metadata"]["annotations"] for each in (before, after)]
    assert marks[0] != marks[1]


@pytest.mark.parametrize(
    ("receiver", "ports"),
    [
        ({"kind": "webhook", "secret": "s"}, [443]),
        ({"kind": "webhook", "secret": "s", "port": 8443}, [8443]),
        ({"kind": "email", "to": "a@b.c", "sender": "d@e.f", "server": "mail.example.com:587"}, [587]),
    ],
    ids=["webhook", "webhook at a port of its own", "mail"],
)
def test_alertmanager_gets_out_at_its_receivers_ports_alone(
    receiver: dict[str, Any], ports: list[int]
) -> None:
    world = build_stack("local", told(receivers=[{"name": "hook", **receiver}]))
    (rule,) = world.one("NetworkPolicy", "observability-alertmanager-networkpolicy").inputs["spec"]["egress"]
    assert [each["port"] for each in rule["ports"]] == ports


def test_nobody_told_is_no_way_out() -> None:
    spec = world_of("local").one("NetworkPolicy", "observability-alertmanager-networkpolicy").inputs["spec"]
    assert spec["egress"] == []


def test_prometheus_tells_alertmanager_and_reaches_it() -> None:
    world = world_of("local")
    (told_to,) = world.one("Prometheus", "prometheus").inputs["spec"]["alerting"]["alertmanagers"]
    service = world.one("Service", "alertmanager-alertmanager-service").inputs
    assert (told_to["name"], told_to["namespace"]) == (
        service["metadata"]["name"],
        service["metadata"]["namespace"],
    )
    assert told_to["port"] in [each["name"] for each in service["spec"]["ports"]]
    reached = world.one("NetworkPolicy", "observability-prometheus-networkpolicy").inputs["spec"]["egress"]
    assert 9093 in [port["port"] for rule in reached for port in rule["ports"]]


ADDRESSES = {
    "on one machine": (
        "local",
        {},
        "http://127.0.0.1:30180/prometheus/user/",
        "http://127.0.0.1:30180/logs/",
    ),
    "on AWS by forwarded ports": ("prod", {}, "http://127.0.0.1:3000/d/", "http://127.0.0.1:8081/"),
    "on AWS at addresses of one's own": (
        "prod",
        {"address": "https://grafana.example.com/", "logs": {"address": "https://logs.example.com/"}},
        "https://grafana.example.com/d/",
        "https://logs.example.com/",
    ),
}


@pytest.mark.parametrize("case", sorted(ADDRESSES))
def test_every_link_of_an_alert_has_an_address(case: str) -> None:
    stack, changed, boards, logs = ADDRESSES[case]
    values = stack_settings(stack)
    values["observability"] |= changed
    found = {rule["alert"]: rule["annotations"] for rule in rules(build_stack(stack, values))}
    for name, shown in found.items():
        assert shown["runbook_url"].startswith(("https://", "http://")), name
        assert shown["dashboard_url"].startswith(boards), name
        assert ("run_url" in shown) == ("logs_url" in shown), name
    failed = found["SparkDriverFailed"]
    assert failed["run_url"].startswith(boards)
    assert failed["logs_url"] == f"{logs}{{{{ $labels.namespace }}}}/{{{{ $labels.app }}}}/"


def test_an_alert_about_a_run_leads_to_the_run_and_to_its_logs() -> None:
    found = {rule["alert"]: rule["annotations"] for rule in rules(world_of("local"))}
    failed = found["SparkDriverFailed"]
    assert failed["run_url"].endswith(
        "#board=spark-run&var-namespace={{ $labels.namespace }}&var-app={{ $labels.app }}"
    )
    assert failed["logs_url"].endswith("/logs/{{ $labels.namespace }}/{{ $labels.app }}/")
    assert found["SparkAppSLABreached"]["logs_url"].endswith("/{{ $labels.name }}/")
    assert "run_url" not in found["SparkScheduleMissed"], "a schedule is no run"
    assert "run_url" not in found["SparkOperatorDown"]


def test_the_runbooks_are_behind_the_login_where_no_other_address_was_given() -> None:
    world = world_of("local")
    files = world.one("ConfigMap", "alertmanager-runbooks-configmap").inputs["data"]
    for rule in rules(world):
        assert rule["annotations"]["runbook_url"].rpartition("/")[2] in files
    pages = yaml.safe_load(
        next(
            each.inputs["data"]["pages.yaml"]
            for each in world.of("kubernetes:core/v1:ConfigMap")
            if "pages.yaml" in each.inputs["data"]
        )
    )
    (page,) = [each for each in pages["upstreamConfig"]["upstreams"] if each["id"] == "alerts"]
    assert "sent" not in page["path"], "nobody posts to it from outside"
    elsewhere = rules(build_stack("local", told(), secrets={"alertSecret-hook": ADDRESS}))
    assert {each["annotations"]["runbook_url"].rpartition("/")[0] for each in elsewhere} == {
        "https://git.example.com/runbooks"
    }


def test_on_aws_the_charts_alertmanager_is_the_only_one() -> None:
    assert world_of("prod").of("sparkeks:index:Alertmanager") == []
    values = world_of("prod").one("Chart", "observability-chart").inputs["values"]["alertmanager"]
    assert values["config"]["route"]["receiver"] == "on-call"
    assert values["alertmanagerSpec"]["secrets"] == [
        *("on-call", "platform-slack", "data-on-call", "data-slack", "science-slack", "heartbeat")
    ]


@pytest.mark.parametrize("heartbeat", ["default", "team", "outside", None])
def test_every_receiver_that_is_told_of_something_has_an_address(heartbeat: str | None) -> None:
    names = {"default", "team", *([heartbeat] if heartbeat else [])}
    values = told(
        receivers=[{"name": name, "kind": "webhook", "secret": name} for name in sorted(names)],
        default="default",
        teams=[{"team": "data", "receiver": "team"}],
        **({"heartbeat": heartbeat} if heartbeat else {}),
    )
    made = build_stack("local", values).one("ConfigMap", "alertmanager-alertmanager-configmap").inputs["data"]
    config = json.loads(made["alertmanager.yml"])
    addresses = {
        each["name"]: [hook.get("url_file", hook.get("url")) for hook in each.get("webhook_configs", [])]
        for each in config["receivers"]
    }
    routed = {config["route"]["receiver"], *(each["receiver"] for each in config["route"]["routes"])}
    assert routed == addresses.keys(), (
        "Alertmanager refuses a route to nobody; who has no route is told of nothing"
    )
    for name in ("default", "team"):
        assert f"/etc/alertmanager/secrets/{name}/url" in addresses[name]
    beats = f"/etc/alertmanager/secrets/{heartbeat}/url" in addresses["heartbeat"]
    assert beats is (heartbeat is not None)


@pytest.mark.parametrize("stack", ["local", "prod"])
@pytest.mark.parametrize("interval", [5, 30, 300])
def test_alertmanager_tells_nobody_before_it_has_heard_what_explains_what(stack: str, interval: int) -> None:
    values = stack_settings(stack)
    values["observability"]["scrapeIntervalSeconds"] = interval
    world = build_stack(stack, values)
    if stack == "prod":
        spec = world.one("Chart", "observability-chart").inputs["values"]["alertmanager"]["alertmanagerSpec"]
        given = {each["name"]: each["value"] for each in spec["additionalArgs"]}
    else:
        made = world.one("Deployment", "alertmanager-alertmanager-deployment").inputs["spec"]["template"][
            "spec"
        ]
        arguments = made["containers"][0]["args"]
        given = dict(each.removeprefix("--").split("=", 1) for each in arguments)
    # Prometheus says again, at a look at the rules, what it said more than a minute before.
    assert seconds(given["dispatch.start-delay"]) > 60 + interval


def test_alertmanager_may_publish_to_its_topic_and_nowhere_else() -> None:
    topic = "arn:aws:sns:eu-central-1:444455556666:alerts"
    receivers = [{"name": "topic", "kind": "sns", "topic": topic}]
    world = build_stack("prod", told("prod", receivers=receivers, default="topic", without=["heartbeat"]))
    association = world.one(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "foundation-identities-alerts-kube-prometheus-stack-alertmanager",
    ).inputs
    assert (association["namespace"], association["serviceAccount"]) == (
        "monitoring",
        "kube-prometheus-stack-alertmanager",
    )
    granted = [each for each in world.landed if "sns:Publish" in json.dumps(each.inputs, default=str)]
    assert [topic in json.dumps(each.inputs, default=str) for each in granted] == [True]
    rules = world.one("NetworkPolicy", "observability-alertmanager-networkpolicy").inputs["spec"]["egress"]
    assert [port["port"] for rule in rules for port in rule["ports"]] == [443, 80], "SNS, and its identity"
