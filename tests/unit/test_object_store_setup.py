"""What the set-up job is given. What the script does with it is tested on a real server in `tests/store`."""

from __future__ import annotations

import json

import pytest

from components.buckets import Buckets
from components.domain import DNS_LABEL_MAX
from components.object_store.setup import SCRIPT, config_maps, setup_accounts, setup_files, setup_revision
from components.settings.model import Settings

TENANTS = Settings.model_fields["tenants"]
BUCKETS = Buckets(data="lake", events="logs", artifacts="jobs")


def test_the_files_name_every_bucket_and_the_directories_of_the_event_logs() -> None:
    files = setup_files(BUCKETS, ["data-dev"])
    assert files["buckets"].split() == ["lake", "logs", "jobs"]
    assert files["markers"].split() == ["logs/spark/", "logs/spark/data-dev/"]
    assert files[SCRIPT].startswith("#!/bin/sh\n")


def test_a_bucket_that_nobody_may_use_has_no_policy_file() -> None:
    assert "policy-lake.json" not in setup_files(BUCKETS, [])
    assert {"policy-lake.json", "policy-logs.json", "policy-jobs.json"} <= set(setup_files(BUCKETS, ["a-b"]))


def test_every_account_that_a_policy_names_is_made() -> None:
    tenants = ["science-dev", "data-dev"]
    files = setup_files(BUCKETS, tenants)
    named = {
        name
        for file, text in files.items()
        if file.startswith("policy-")
        for statement in json.loads(text)["Statement"]
        for name in statement["Principal"]["AWS"]
    }
    assert named == set(setup_accounts(tenants)), "the server refuses a policy with an unknown account"


def test_as_many_tenants_as_the_settings_take_fit_with_names_as_long_as_can_be() -> None:
    (most,) = (
        each.max_length for each in Settings.model_fields["tenants"].metadata if hasattr(each, "max_length")
    )
    longest = Buckets(data="d" * 63, events="e" * 63, artifacts="a" * 63)
    parts = config_maps(setup_files(longest, [f"{number:0{DNS_LABEL_MAX}}" for number in range(most)]))
    assert {name for held in parts.values() for name in held} >= {SCRIPT, f"policy-{longest.events}.json"}
    assert len(parts) == 4


def test_too_many_tenants_for_a_config_map_are_refused_before_kubernetes_does() -> None:
    many = [f"a-team-with-a-long-name-{number}-production" for number in range(2000)]
    with pytest.raises(
        ValueError, match=r"policy-jobs of all tenants takes \d+ bytes, and a ConfigMap holds 1048576"
    ):
        config_maps(setup_files(BUCKETS, many))


def test_a_revision_changes_with_every_part_and_with_nothing_else() -> None:
    one = setup_files(BUCKETS, ["data-dev", "science-dev"])
    same = setup_revision(one, ["volume", "key"])
    assert same == setup_revision(setup_files(BUCKETS, ["science-dev", "data-dev"]), ["volume", "key"])
    others = {
        "tenant removed": setup_revision(setup_files(BUCKETS, ["data-dev"]), ["volume", "key"]),
        "new volume": setup_revision(one, ["other", "key"]),
        "new key": setup_revision(one, ["volume", "other"]),
        "script changed": setup_revision(one | {SCRIPT: "#!/bin/sh\n"}, ["volume", "key"]),
        "parts joined": setup_revision(one, ["volumekey"]),
    }
    assert same not in others.values()
    assert len(set(others.values())) == len(others), "each change must give a revision of its own"


def test_a_revision_fits_into_a_kubernetes_name() -> None:
    revision = setup_revision({}, [])
    assert revision.isalnum()
    assert revision == revision.lower()
    assert len(revision) == 10, "object-store-setup- and the pod's suffix must fit into 63 characters"
