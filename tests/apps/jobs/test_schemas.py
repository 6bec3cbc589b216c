"""What the operator's CRDs do not know is an error, with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from apps.jobs.definitions.checking import Platform
from apps.jobs.definitions.reading import Reading, read
from apps.jobs.definitions.schemas import Schema, by_kind
from tests.apps.jobs.test_definitions import DAILY, ONCE
from workspace.paths import ROOT

pytestmark = pytest.mark.charts


@pytest.fixture(scope="module")
def kinds() -> dict[str, Schema]:
    found = ROOT / "charts" / ".upstream" / "spark-operator-chart" / "crds"
    return by_kind(yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted(found.glob("*.yaml")))


def said(folder: Path, kinds: dict[str, Schema], text: str) -> Reading:
    (folder / "orders.yaml").write_text(text)
    return read(folder, Platform(namespaces=frozenset({"data-dev"}), kinds=kinds))


WHOLE = ONCE + "  sparkVersion: 4.1.2\n  driver: {cores: 1}\n  executor: {instances: 2}\n"
WHOLE_DAILY = DAILY + "    sparkVersion: 4.1.2\n    driver: {cores: 1}\n    executor: {instances: 2}\n"

WRONG = {
    "a slip of the pen": (
        "executor: {instances",
        "executor: {instancse",
        "spec.executor.instancse is no field of this kind: is instances meant?",
    ),
    "a text for a number": (
        "{cores: 1}",
        "{cores: two}",
        "spec.driver.cores must be of type integer, not 'two'",
    ),
    "no cores at all": ("{cores: 1}", "{cores: 0}", "spec.driver.cores is 0, which breaks minimum 1"),
    "a language that is none": (
        "type: Python",
        "type: Perl",
        "spec.type must be one of Java, Python, Scala, R, not 'Perl'",
    ),
    "no release of Spark": ("sparkVersion: 4.1.2\n", "image: spark\n", "spec needs sparkVersion"),
}


@pytest.mark.parametrize("text", [WHOLE, WHOLE_DAILY])
def test_what_upstream_takes_is_taken(tmp_path: Path, kinds: dict[str, Schema], text: str) -> None:
    assert said(tmp_path, kinds, text).problems == ()


@pytest.mark.parametrize("what", WRONG)
def test_what_it_does_not_is_said(tmp_path: Path, kinds: dict[str, Schema], what: str) -> None:
    before, after, says = WRONG[what]
    reading = said(tmp_path, kinds, WHOLE.replace(before, after))
    assert any(says in str(each) for each in reading.problems), list(map(str, reading.problems))


@pytest.mark.parametrize("file", ["flights.yaml", "flights-scheduled.yaml"])
def test_the_projects_own_jobs_are_taken(tmp_path: Path, kinds: dict[str, Schema], file: str) -> None:
    text = (ROOT / "jobs" / "flights" / file).read_text()
    for name in ("RUN", "SPARK_IMAGE", "ARTIFACTS_BUCKET", "DATA_BUCKET"):
        text = text.replace(f"${{{name}}}", "flights")
    assert said(tmp_path, kinds, text.replace("${NAMESPACE}", "data-dev")).problems == ()


def test_what_the_operator_takes_as_number_or_text_is_either(
    tmp_path: Path, kinds: dict[str, Schema]
) -> None:
    probe = "{name: a, image: b, livenessProbe: {httpGet: {path: /, port: %s}}}"
    driver = f"  driver: {{cores: 1, sidecars: [{probe}]}}\n"
    for port in ("http", "8080"):
        assert said(tmp_path, kinds, WHOLE.replace("  driver: {cores: 1}\n", driver % port)).problems == ()
