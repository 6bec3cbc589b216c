"""Whoever is woken by an alert finds a page that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.naming import RUNBOOKS
from components.observability import runbook_index
from components.observability.alerts import alerts, prometheus_rule_spec
from components.observability.rule_model import Links, Site
from tests.observability.series import SITE, TEAMS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / RUNBOOKS
NAMES = sorted(each.name for each in alerts(SITE))
SECTIONS = ["First look", "Likely causes", "What to do"]


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md") if path != runbook_index.FILE) == NAMES


def test_the_list_of_alerts_is_what_the_code_says() -> None:
    assert runbook_index.FILE.read_text() == runbook_index.text(), "run `make generated`"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_it_means_where_to_look_and_what_to_do(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n\n"), "what it means comes first"
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert re.search(r"^    (kubectl|curl) ", text, re.MULTILINE), "a first look is a command to copy"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_links_to_pages_that_exist(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (FOLDER / f"{name}.md").read_text()):
        assert (FOLDER / target).is_file(), f"{name} links to {target}"


def test_the_link_of_every_alert_leads_to_its_page() -> None:
    for group in prometheus_rule_spec(SITE)["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                assert (ROOT / rule["annotations"]["runbook_url"]).is_file()


def test_a_site_may_keep_its_runbooks_elsewhere() -> None:
    spec = prometheus_rule_spec(Site(teams=TEAMS, links=Links(runbooks="https://wiki.example.com/spark/")))
    links = [
        rule["annotations"]["runbook_url"] for g in spec["groups"] for rule in g["rules"] if "alert" in rule
    ]
    assert "https://wiki.example.com/spark/SparkDriverFailed.md" in links
