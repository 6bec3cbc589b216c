"""What of Pulumi's import file a new stack takes over, and when it had better not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from leftovers.account import Kept
from leftovers.adoption import adopt, chosen_imports, snapshot_line
from workspace.errors import ReportedError

HOME = "eu-central-1"
BUCKET, KEY, ALIAS = "aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:kms/alias:Alias"
PROVIDER = {"type": "pulumi:providers:aws", "urn": "urn:pulumi:prod::spark::pulumi:providers:aws::aws"}

FILE: dict[str, Any] = {
    "nameTable": {"aws": PROVIDER["urn"]},
    "resources": [
        {"type": "own:Storage", "name": "storage", "component": True},
        {"type": "own:Network", "name": "network", "component": True},
        {"type": BUCKET, "name": "storage-data", "parent": "storage", "provider": "aws"},
        {"type": BUCKET, "name": "storage-new", "parent": "storage", "provider": "aws"},
        {"type": KEY, "name": "storage-key", "parent": "storage", "provider": "aws"},
        {"type": ALIAS, "name": "storage-keyAlias", "logicalName": "storage-key", "parent": "storage"},
    ],
}


def _step(type_: str, logical: str, /, **inputs: str) -> dict[str, Any]:
    return {"op": "create", "urn": f"urn::{type_}::{logical}", "newState": {"type": type_, "inputs": inputs}}


STEPS = [
    _step(BUCKET, "storage-data", bucket="acme-data", region="eu-west-1"),
    _step(BUCKET, "storage-new", bucket="acme-new"),
    _step(KEY, "storage-key"),
    _step(ALIAS, "storage-key", name="alias/spark-buckets"),
]

THERE = [
    Kept(kind="bucket", name="acme-data", region="eu-west-1", id="acme-data"),
    Kept(kind="key", name="alias/spark-buckets", region=HOME, id="1111"),
]


def test_what_exists_is_imported_by_its_id_with_the_components_around_it_and_nothing_else() -> None:
    made = chosen_imports(FILE, STEPS, THERE, home=HOME)
    assert {entry["name"]: entry.get("id") for entry in made["resources"]} == {
        "storage": None,
        "storage-data": "acme-data@eu-west-1",
        "storage-key": "1111",
    }
    assert made["nameTable"] == FILE["nameTable"], "providers are named there"


def test_a_bucket_of_the_same_name_in_another_region_is_another_one() -> None:
    there = [Kept(kind="bucket", name="acme-data", region=HOME, id="acme-data")]
    assert chosen_imports(FILE, STEPS, there, home=HOME)["resources"] == []


def test_a_snapshot_is_no_resource_to_import() -> None:
    there = [Kept(kind="snapshot", name="spark-database-0aaa", region=HOME, id="spark-database-0aaa"), *THERE]
    assert chosen_imports(FILE, STEPS, there, home=HOME) == chosen_imports(FILE, STEPS, THERE, home=HOME)


def test_the_stack_file_names_the_newest_snapshot() -> None:
    there = [Kept(kind="snapshot", name=name, region=HOME, id=name) for name in ("spark-2", "spark-1")]
    assert snapshot_line([*THERE, *there]) == "database: {rds: {snapshot: spark-2}}"
    assert snapshot_line(THERE) is None


def _engine(state: Sequence[dict[str, Any]], ran: list[str]) -> Any:
    """An engine that knows a state, and answers previews with the file above."""

    def run(arguments: Sequence[str]) -> CompletedProcess[str]:
        ran.append(arguments[0])
        printed = ""
        if arguments[0] == "preview":
            Path(arguments[-1]).write_text(json.dumps(FILE))
            printed = json.dumps({"steps": STEPS})
        elif arguments[0] == "stack":
            printed = json.dumps({"deployment": {"resources": list(state)}})
        # The program stops at the first thing that has no outputs, since nothing but the provider was made.
        return CompletedProcess(list(arguments), 255 if arguments[0] == "up" else 0, printed, "stopped")

    return run


def test_the_provider_is_there_first_even_if_the_program_stops_for_want_of_the_rest() -> None:
    ran: list[str] = []
    assert adopt(_engine([PROVIDER], ran), THERE, home=HOME) == ["acme-data@eu-west-1", "1111"]
    assert ran == ["up", "stack", "preview", "import"]


def test_without_the_provider_the_reason_of_the_program_is_told() -> None:
    with pytest.raises(ReportedError, match="stopped"):
        adopt(_engine([], []), THERE, home=HOME)


def test_data_under_a_key_that_the_new_stack_does_not_use_is_not_adopted() -> None:
    there = [Kept(kind="key", name="alias/renamed", region=HOME, id="2222")]
    ran: list[str] = []
    with pytest.raises(ReportedError, match="theirs is 2222"):
        adopt(_engine([PROVIDER, {"type": KEY, "urn": "urn::key", "id": "3333"}], ran), there, home=HOME)
    assert "import" not in ran, "nobody could read what is in the buckets"


def test_adopting_twice_is_adopting_once() -> None:
    there = [Kept(kind="key", name="alias/renamed", region=HOME, id="2222")]
    state = [PROVIDER, {"type": KEY, "urn": "urn::key", "id": "2222"}]
    assert adopt(_engine(state, []), there, home=HOME) == []
