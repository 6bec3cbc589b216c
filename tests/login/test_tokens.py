"""Programs come with a provider's token where browsers have a session: the real proxy and pages of runs."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from apps.jobs.cli.api import AnswerError, Api
from apps.jobs.cli.tokens import Tokens
from apps.jobs.ledger.requests import RunRequest
from apps.jobs.web.app import create
from apps.jobs.web.viewer import Door
from components.records import jobs
from components.services.login.config import IdentityProvider
from tests.apps.jobs.web.serving import served
from tests.apps.jobs.web.world import DATA, MEMBERS, SCIENCE, World, busy
from tests.login import oidc
from tests.login.oidc import Provider
from tests.login.proxy import PAGE_PASSWORD, login_proxy
from workspace.paths import ROOT

pytestmark = [pytest.mark.store, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:authlib")]

ANN, SAM, EVE = "ann@example.com", "sam@example.com", "eve@example.com"
PEOPLE = {ANN: ["data-engineers"], SAM: ["scientists", "football"], EVE: ["football"]}
PAGES, COMMAND = "spark-pages", "spark-command"
"""Clients of the provider: the pages', and that of a program."""

THEIRS: Final = f"/runs/{SCIENCE}/train/2026-11-20/1"
OURS: Final = f"/runs/{DATA}/orders/2026-11-16/1"


@dataclass
class Behind:
    """The login, and what is behind it.

    Args:
        address: of the pages, at the login.
        world: their runs.
        heads: headers of all that came to them.
        log: what the login wrote.
    """

    address: str
    world: World
    log: Path
    heads: list[str] = field(default_factory=list)

    def ask(self, place: str, token: str, *, method: str = "GET", **head: str) -> httpx.Response:
        """Ask with a token, as a program does."""
        named = {name.replace("_", "-"): value for name, value in head.items()}
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}", **named}
        return httpx.request(method, self.address + place, headers=headers, timeout=20)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with oidc.provider(PEOPLE) as running:
        yield running


@pytest.fixture(scope="module")
def behind(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder, world = tmp_path_factory.mktemp("login"), busy()
    found = Behind("", world, folder / "log")
    pages = create(
        replace(world.sources, path="/jobs", door=Door(password=PAGE_PASSWORD, groups=frozenset(MEMBERS)))
    )

    async def heard(scope: Scope, receive: Receive, send: Send) -> None:
        found.heads.extend(value.decode() for _, value in scope.get("headers", []))
        await pages(scope, receive, send)

    known = identity(provider, token_clients=[COMMAND])
    with (
        served(heard) as address,
        login_proxy(folder, {jobs.PAGE: address}, log=found.log, provider=known) as running,
    ):
        found.address = f"{running}/jobs"
        yield found


def identity(provider: Provider, **more: Any) -> IdentityProvider:
    return IdentityProvider(
        issuer=provider.issuer, client_id=PAGES, groups_claim="teams", groups=sorted(MEMBERS), **more
    )


@pytest.fixture
def claims(provider: Provider) -> dict[str, Any]:
    """What Ann's token says."""
    return provider.claims(ANN, PEOPLE[ANN], client=COMMAND)


def api(behind: Behind, **given: str) -> Api:
    """What `spark-jobs` asks with."""
    return Api(address=behind.address, tokens=Tokens(**given))


def test_a_token_shows_the_runs_of_the_teams_of_its_groups(
    behind: Behind, provider: Provider, claims: dict[str, Any]
) -> None:
    answer = behind.ask("/runs", provider.signed(claims))
    assert answer.status_code == 200
    assert {run["namespace"] for run in answer.json()["runs"]} == {DATA}


def test_another_teams_run_is_refused_as_it_is_in_the_browser(
    behind: Behind, provider: Provider, claims: dict[str, Any]
) -> None:
    browser = httpx.Client(follow_redirects=True, timeout=20)
    browser.post(browser.get(f"{behind.address}/runs").url, data={"sub": ANN})
    program = {"Accept": "application/json"}
    there = browser.get(behind.address + THEIRS, headers=program)
    with_token = behind.ask(THEIRS, provider.signed(claims))
    assert (with_token.status_code, with_token.json()) == (there.status_code, there.json())
    assert (there.status_code, list(there.json())) == (403, ["error"])
    assert browser.get(behind.address + OURS, headers=program).status_code == 200
    assert behind.ask(OURS, provider.signed(claims)).status_code == 200


Wrong = Callable[[Provider, dict[str, Any]], str]
WRONG: Final[dict[str, Wrong]] = {
    "of another client": lambda by, said: by.signed({**said, "aud": "football-app"}),
    "of no client": lambda by, said: by.signed({key: value for key, value in said.items() if key != "aud"}),
    "of another issuer": lambda by, said: by.signed({**said, "iss": "http://localhost:9"}),
    "signed by another key": lambda by, said: by.signed(said, oidc.other_key()),
    "signed with the public key": lambda by, said: by.signed_by_what_all_know(said),
    "signed by nobody": lambda by, said: oidc.unsigned(said),
    "expired": lambda by, said: by.signed({**said, "exp": said["iat"] - 1}),
    "that never expires": lambda by, said: by.signed(
        {key: value for key, value in said.items() if key != "exp"}
    ),
    "that is not valid yet": lambda by, said: by.signed({**said, "nbf": said["iat"] + oidc.HOUR}),
    "of an address that nobody verified": lambda by, said: by.signed({**said, "email_verified": False}),
    "with a group written into it": lambda by, said: with_group(by.signed(said), "scientists"),
    "that is none": lambda by, said: "of-no-form",
}


def with_group(token: str, group: str) -> str:
    """A token that was changed after it was signed."""
    head, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = json.dumps({**said, "teams": [*said["teams"], group]}).encode()
    return f"{head}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{signature}"


@pytest.mark.parametrize("kind", WRONG)
def test_a_token_is_refused(kind: str, behind: Behind, provider: Provider, claims: dict[str, Any]) -> None:
    before = len(behind.heads)
    answer = behind.ask("/runs", WRONG[kind](provider, claims))
    assert (answer.status_code, answer.text.strip()) == (403, "Forbidden")
    assert "set-cookie" not in answer.headers
    assert len(behind.heads) == before, "no page was asked"


def test_a_wrong_token_is_refused_beside_a_good_session(
    behind: Behind, provider: Provider, claims: dict[str, Any]
) -> None:
    browser = httpx.Client(follow_redirects=True, timeout=20)
    browser.post(browser.get(f"{behind.address}/runs").url, data={"sub": ANN})
    token = WRONG["of another client"](provider, claims)
    answer = browser.get(f"{behind.address}/runs", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert browser.get(f"{behind.address}/runs").status_code == 200


def test_who_is_in_no_group_of_the_platform_gets_in_by_no_token(behind: Behind, provider: Provider) -> None:
    token = provider.signed(provider.claims(EVE, PEOPLE[EVE], client=COMMAND))
    assert behind.ask("/runs", token).status_code == 403
    assert behind.ask("/runs", token, X_Forwarded_Groups="scientists").status_code == 403


@pytest.mark.parametrize("name", ["any,scientists", " scientists", "any, scientists ,other", "a\nscientists"])
def test_a_group_whose_name_holds_that_of_another_is_not_that_one(
    name: str, behind: Behind, provider: Provider
) -> None:
    token = provider.signed(provider.claims(ANN, [*PEOPLE[ANN], name], client=COMMAND))
    answer = behind.ask("/runs", token)
    assert {run["namespace"] for run in answer.json()["runs"]} == {DATA}
    assert behind.ask(THEIRS, token).status_code == 403


def test_a_token_without_an_address_acts_under_the_providers_own_id(
    behind: Behind, provider: Provider
) -> None:
    token = provider.signed(provider.claims(ANN, PEOPLE[ANN], client=COMMAND, email=None))
    before = len(behind.heads)
    assert {run["namespace"] for run in behind.ask("/runs", token).json()["runs"]} == {DATA}
    assert f"id of {ANN}" in behind.heads[before:]


def test_a_program_says_by_no_header_who_it_is(
    behind: Behind, provider: Provider, claims: dict[str, Any]
) -> None:
    answer = behind.ask(
        "/runs",
        provider.signed(claims),
        X_Forwarded_Groups="scientists",
        X_Forwarded_User=SAM,
        X_Forwarded_Email=SAM,
        X_Auth_Request_Groups="scientists",
    )
    assert {run["namespace"] for run in answer.json()["runs"]} == {DATA}


def test_no_page_and_no_log_gets_the_token(
    behind: Behind, provider: Provider, claims: dict[str, Any]
) -> None:
    good, bad = provider.signed(claims), WRONG["expired"](provider, claims)
    assert behind.ask("/runs", good).status_code == 200
    assert behind.ask("/runs", bad).status_code == 403
    assert behind.heads
    for part in (*good.split(".")[1:], bad.split(".")[2]):
        assert not [value for value in behind.heads if part in value]
        assert part not in behind.log.read_text()


def test_a_program_acts_and_its_token_says_for_whom(
    behind: Behind, provider: Provider, claims: dict[str, Any]
) -> None:
    api(behind, token=provider.signed(claims)).post(f"{OURS}/rerun")
    (asked,) = behind.world.asked()
    assert isinstance(asked, RunRequest)
    assert (asked.wanted.series.job, asked.wanted.requester) == ("orders", ANN)
    with pytest.raises(AnswerError, match="You may not"):
        api(behind, token=provider.signed(claims)).post(f"{THEIRS}/rerun")
    assert behind.world.asked() == [asked]


def test_a_form_needs_its_mark_whatever_token_comes_with_it(
    behind: Behind, provider: Provider, claims: dict[str, Any]
) -> None:
    before = behind.world.asked()
    answer = behind.ask(f"{OURS}/rerun", provider.signed(claims), method="POST")
    assert answer.status_code == 403
    from_elsewhere = behind.ask(
        f"{OURS}/rerun", provider.signed(claims), method="POST", X_Spark_Jobs="1", Sec_Fetch_Site="cross-site"
    )
    assert from_elsewhere.status_code == 403
    assert behind.world.asked() == before


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("expired", r"refuses the token of SPARK_JOBS_TOKEN: it expired 0 min ago"),
        (
            "of another client",
            r"it is for 'football-app' and by 'http://localhost:\d+'; what is taken is an ID token",
        ),
    ],
)
def test_the_command_says_what_is_wrong_with_a_token(
    kind: str, said: str, behind: Behind, provider: Provider, claims: dict[str, Any]
) -> None:
    token = WRONG[kind](provider, claims)
    with pytest.raises(AnswerError, match=said) as refused:
        api(behind, token=token).get("/runs")
    assert token.split(".")[2] not in str(refused.value)


def test_the_command_says_that_a_good_token_has_no_group(behind: Behind, provider: Provider) -> None:
    token = provider.signed(provider.claims(EVE, PEOPLE[EVE], client=COMMAND))
    with pytest.raises(AnswerError, match="is good, but none of its groups may come in"):
        api(behind, token=token).get("/runs")


def test_the_command_says_what_to_set_where_nothing_is(behind: Behind) -> None:
    for nobody in (Api(address=behind.address), Api(address=behind.address, user="ann", password="any")):
        with pytest.raises(AnswerError, match="where a provider says who people are, SPARK_JOBS_TOKEN or"):
            nobody.get("/runs")


def test_without_clients_for_programs_no_token_is_looked_at(
    provider: Provider, claims: dict[str, Any], tmp_path: Path
) -> None:
    with login_proxy(tmp_path, {jobs.PAGE: "http://127.0.0.1:9"}, provider=identity(provider)) as running:
        found = Behind(f"{running}/jobs", World(), tmp_path / "log")
        for client in (COMMAND, PAGES):
            token = provider.signed({**claims, "aud": client})
            assert found.ask("/runs", token).status_code == 401
            with pytest.raises(AnswerError, match="the login takes no token"):
                api(found, token=token).get("/runs")


KUBECTL: Final = """\
#!{python}
import json, sys
assert sys.argv[1:3] == ["oidc-login", "get-token"], sys.argv
given = dict(word.split("=", 1) for word in sys.argv[3:])
assert given["--oidc-issuer-url"].startswith("https://") and given["--oidc-client-id"], given
kind = {{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1"}}
print(json.dumps({{**kind, "status": {{"token": {token!r}}}}}))
"""
"""Prints what kubelogin 1 does (its docs/usage.md), which asks a person in a browser."""


def test_the_commands_of_the_documentation_work(
    behind: Behind, provider: Provider, claims: dict[str, Any], tmp_path: Path
) -> None:
    section = (ROOT / "docs" / "pages.md").read_text().partition("### With a token")[2].partition("\n## ")[0]
    commands = re.findall(r"^    .*\n", re.sub(r"```.*?```", "", section, flags=re.DOTALL), re.MULTILINE)
    shell = textwrap.dedent("".join(commands))
    assert shell.count("https://spark.example.com") == 2
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(KUBECTL.format(python=sys.executable, token=provider.signed(claims)))
    kubectl.chmod(0o700)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shell.replace("https://spark.example.com/jobs", behind.address)],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    table, _, program = ended.stdout.partition("{")
    assert "orders" in table
    assert "train" not in table
    assert {run["namespace"] for run in json.loads("{" + program)["runs"]} == {DATA}
