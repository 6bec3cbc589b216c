"""On AWS people come to the pages by a load balancer and a login, where a stack asks for it."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pulumi
import pytest
import yaml

from components.records.login import HEALTH
from components.settings import CLIENT_SECRET, KEY, SettingsError, load, parse
from components.settings.aws import AwsFoundationSettings
from tests.support.pages_on_aws import SECRET, with_login, world_with_login
from tests.support.recorder import build
from tests.support.stacks import build_stack, world_of

BALANCING = ("aws:lb/", "aws:autoscaling/", "aws:route53/")


def _file(name: str) -> str:
    maps = [each.inputs["data"] for each in world_with_login().of("ConfigMap") if "login" in each.name]
    (found,) = [data[name] for data in maps if name in data]
    assert isinstance(found, str)
    return found


def test_a_stack_that_asks_for_no_login_has_no_load_balancer_and_no_proxy() -> None:
    world = world_of("prod")
    assert not [each for each in world.landed if each.type.startswith(BALANCING)]
    assert world.of("LoginProxy") == []
    assert "pagesUrl" not in world.exports


def test_browsers_speak_tls_with_the_stacks_certificate_and_nothing_else() -> None:
    world = world_with_login()
    (listener,) = world.of("aws:lb/listener:Listener")
    assert (listener.inputs["protocol"], listener.inputs["port"]) == ("HTTPS", 443)
    assert listener.inputs["certificateArn"].startswith("arn:aws:acm:eu-central-1:444455556666:")
    assert listener.inputs["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-"), "1.0 and 1.1 are off"
    assert world.exports["pagesUrl"] == "https://spark.example.com"


def test_the_load_balancer_is_reached_from_the_named_addresses_and_reaches_the_logins_port_alone() -> None:
    world = world_with_login()
    ingress = [each for each in world.of("SecurityGroupIngressRule") if "-pages-" in each.name]
    people = {each.inputs["cidrIpv4"]: each.inputs for each in ingress if "cidrIpv4" in each.inputs}
    assert len(people) == len(ingress) - 1, "a block that is there twice gets one rule, or its name is taken"
    assert set(people) == {"203.0.113.0/24", "198.51.100.0/24"}
    assert {(rule["fromPort"], rule["toPort"]) for rule in people.values()} == {(443, 443)}
    (nodes,) = [each.inputs for each in ingress if "cidrIpv4" not in each.inputs]
    (out,) = [each.inputs for each in world.of("SecurityGroupEgressRule")]
    for rule in (nodes, out):
        assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (30180, 30180, "tcp")
    assert nodes["referencedSecurityGroupId"] == out["securityGroupId"], "the nodes' port is open to it alone"
    assert nodes["securityGroupId"] == out["referencedSecurityGroupId"] == "sg-0123456789abcdef0"


def test_the_load_balancer_asks_nobody_who_they_are_so_the_proxy_alone_says_what_comes_through() -> None:
    """A page that is let through with a pass needs no rule of a listener."""
    world = world_with_login()
    (listener,) = world.of("aws:lb/listener:Listener")
    assert [each["type"] for each in listener.inputs["defaultActions"]] == ["forward"]
    assert world.of("aws:lb/listenerRule:ListenerRule") == []
    balancer = world.one("aws:lb/loadBalancer:LoadBalancer").inputs
    assert not (balancer.get("accessLogs") or {}).get("enabled"), "they would have the passes in them"


def test_what_comes_goes_to_the_system_nodes_at_the_proxys_port_which_says_how_it_is() -> None:
    world = world_with_login()
    targets = world.one("aws:lb/targetGroup:TargetGroup")
    (service,) = [each.inputs["spec"] for each in world.of("Service") if "login" in each.name]
    assert targets.inputs["port"] == service["ports"][0]["nodePort"] == 30180
    assert targets.inputs["healthCheck"]["path"] == HEALTH
    attached = world.one("aws:autoscaling/attachment:Attachment").inputs
    assert attached["autoscalingGroupName"] == "eks-foundation-system-group"


@pytest.mark.parametrize("internet", [True, False])
def test_it_is_in_public_subnets_only_if_the_internet_is_to_reach_it(internet: bool) -> None:
    world = (
        world_with_login()
        if internet
        else build_stack("prod", with_login(internet=None), secrets={CLIENT_SECRET: SECRET})
    )
    balancer = world.one("aws:lb/loadBalancer:LoadBalancer").inputs
    assert balancer["internal"] is not internet
    kind = "public" if internet else "private"
    assert [subnet.split("-")[2] for subnet in balancer["subnets"]] == [kind] * 3
    assert balancer["enableDeletionProtection"] is True, "prod is protected"
    assert balancer["dropInvalidHeaderFields"] is True


def test_it_goes_before_the_routes_and_nodes_that_it_stands_on() -> None:
    world = world_with_login()
    by_name = {each.name: each for each in world.landed if each.type.startswith("aws:")}
    waits = world.waits_for(by_name["foundation-pages-balancer"])
    for needed in (
        "foundation-network-public-out",
        "foundation-pages-to-nodes",
        "foundation-pages-into-nodes",
    ):
        assert any(urn.endswith(f"::{needed}") for urn in waits), f"destroy would take {needed} first"


def test_its_name_is_made_in_the_named_zone_and_else_told() -> None:
    record = world_with_login().one("aws:route53/record:Record").inputs
    assert (record["zoneId"], record["name"], record["type"]) == ("Z0123456789ABC", "spark.example.com", "A")
    without = build_stack("prod", with_login(hostedZone=None), secrets={CLIENT_SECRET: SECRET})
    assert without.of("aws:route53/record:Record") == []
    assert without.exports["pagesTarget"] == "foundation-pages-balancer.elb.amazonaws.com"


def test_the_provider_is_asked_and_no_password_of_the_platforms_own_exists() -> None:
    world = world_with_login()
    said = yaml.safe_load(_file("pages.yaml"))
    (provider,) = said["providers"]
    assert provider["oidcConfig"]["issuerURL"].startswith("https://cognito-idp.")
    assert provider["oidcConfig"]["groupsClaim"] == "cognito:groups"
    assert provider["oidcConfig"]["insecureSkipNonce"] is False
    assert provider["allowedGroups"] == ["data-engineers", "data-scientists", "platform"]
    plain = tomllib.loads(_file("oauth2-proxy.cfg"))
    assert plain["redirect_url"] == "https://spark.example.com/oauth2/callback"
    assert plain["cookie_secure"] is True
    assert "htpasswd_file" not in plain
    assert "pagePasswords" not in world.exports


def test_the_clients_secret_is_in_the_proxys_secret_and_nowhere_else() -> None:
    world = world_with_login()
    holders = {each.name for each in world.landed if SECRET in json.dumps(each.inputs, default=str)}
    assert holders == {"login-secret"}
    kept = world.one("Secret", "login-secret")
    assert world.secret(kept, "stringData.client-secret"), "encrypted in the state"


def test_the_clients_secret_is_asked_for_and_never_in_clear() -> None:
    with pytest.raises(SettingsError, match=r"is missing.*`pulumi config set --secret loginClientSecret`"):
        build_stack("prod", with_login())
    clear = {KEY: with_login(), CLIENT_SECRET: SECRET}
    with pytest.raises(SettingsError, match="is in clear"):
        build(lambda: load(pulumi.Config()), config=clear)
    with pytest.raises(SettingsError, match="the stack has no login with a provider; remove it"):
        build_stack("prod", secrets={CLIENT_SECRET: SECRET})


def test_grafana_is_the_page_of_the_signals_and_lets_who_signed_in_look() -> None:
    world = world_with_login()
    said = yaml.safe_load(_file("pages.yaml"))
    targets = {each["id"]: each["uri"] for each in said["upstreamConfig"]["upstreams"]}
    assert set(targets) == {"home", "spark-history", "logs", "grafana"}
    values = world.one("Chart", "observability-chart").inputs["values"]["grafana"]
    assert targets["grafana"].endswith(f":{values['service']['port']}")
    assert values["grafana.ini"]["server"]["root_url"] == "https://spark.example.com/grafana/"
    assert values["grafana.ini"]["auth.anonymous"] == {"enabled": True, "org_role": "Viewer"}
    policy = world.one("NetworkPolicy", "observability-grafana-networkpolicy").inputs["spec"]
    assert "spark-login" in json.dumps(policy["ingress"]), "and nobody else but Prometheus"


def test_each_group_sees_the_logs_of_its_tenants() -> None:
    page = world_with_login().one("Deployment", "run-logs-page").inputs["spec"]["template"]["spec"]
    told = {each["name"]: each.get("value") for each in page["containers"][0]["env"]}
    assert json.loads(told["PAGE_GROUPS"]) == {
        "data-engineers": ["data-prod"],
        "data-scientists": ["science-prod"],
        "platform": ["*"],
    }
    assert "PAGE_VIEWERS" not in told


def test_the_proxy_reaches_its_provider_by_https() -> None:
    spec = world_with_login().one("NetworkPolicy", "login-proxy").inputs["spec"]
    anywhere = [rule for rule in spec["egress"] if "ipBlock" in json.dumps(rule)]
    assert [[port["port"] for port in rule["ports"]] for rule in anywhere] == [[443]]


CERTIFICATE = "11111111-2222-3333-4444-555555555555"
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "certificate of another region": (
        {"certificate": f"arn:aws:acm:us-east-1:444455556666:certificate/{CERTIFICATE}"},
        "is a certificate of another region than eu-central-1",
    ),
    "the whole internet": ({"reachedFrom": ["0.0.0.0/1", "128.0.0.0/1"]}, "opens the login to 4,294,967,296"),
    "a provider without TLS": (
        {"provider": {"issuer": "http://login.example.com", "clientId": "x", "seesAll": ["a"]}},
        "is no issuer; write its URL with https",
    ),
    "no address": ({"reachedFrom": []}, "foundation.login.reachedFrom"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_login_that_aws_or_nobody_could_use_is_refused(mistake: str) -> None:
    changed, message = MISTAKES[mistake]
    with pytest.raises(SettingsError) as caught:
        parse(with_login(**changed))
    assert message in str(caught.value)
    assert len(caught.value.problems) == 1


def test_programs_come_in_by_tokens_of_named_clients_where_the_stack_names_some() -> None:
    assert "bearer" not in _file("oauth2-proxy.cfg"), "a stack that names none takes no token"
    values = with_login()
    values["foundation"]["login"]["provider"]["tokenClients"] = ["spark-command"]
    world = build_stack("prod", values, secrets={CLIENT_SECRET: SECRET})
    files: dict[str, str] = {}
    for each in world.of("ConfigMap"):
        files |= each.inputs["data"] if "login" in each.name else {}
    plain = tomllib.loads(files["oauth2-proxy.cfg"])
    assert (plain["skip_jwt_bearer_tokens"], plain["bearer_token_login_fallback"]) == (True, False)
    assert "extra_jwt_issuers" not in plain, "whoever runs another issuer would write the groups"
    (provider,) = yaml.safe_load(files["pages.yaml"])["providers"]
    assert provider["oidcConfig"]["extraAudiences"] == ["spark-command"]
    assert provider["oidcConfig"]["audienceClaims"] == ["aud"]


def test_the_client_of_the_pages_is_none_for_programs() -> None:
    values = with_login()
    values["foundation"]["login"]["provider"]["tokenClients"] = ["spark-command", "spark-pages"]
    with pytest.raises(SettingsError, match="is the client of the pages, which has a secret") as caught:
        parse(values)
    assert "foundation.login.provider.tokenClients[1]" in str(caught.value)


def test_a_login_that_nobody_gets_through_is_refused() -> None:
    values = with_login(provider={"issuer": "https://login.example.com", "clientId": "x"})
    values["tenants"] = [{"team": "data"}]
    with pytest.raises(SettingsError, match="nobody gets in; name a group"):
        parse(values)


def test_the_internet_reaches_no_network_whose_public_subnets_are_not_named() -> None:
    values = with_login()
    subnets = [{"private": f"subnet-0000000{n}", "pods": f"subnet-1000000{n}"} for n in (1, 2)]
    zones = [{**each, "podCidr": f"100.{64 + n}.0.0/16"} for n, each in enumerate(subnets)]
    values["foundation"]["network"] = {"adopt": {"vpcId": "vpc-01234567", "zones": zones}}
    with pytest.raises(SettingsError) as caught:
        parse(values)
    assert "foundation.login.internet" in str(caught.value)
    values["foundation"]["login"].pop("internet")
    found = parse(values).foundation
    assert isinstance(found, AwsFoundationSettings)
    assert found.login is not None
