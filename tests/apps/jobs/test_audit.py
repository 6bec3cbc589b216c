"""The list of who did what shows each team its own, whatever the others do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from apps.jobs.ledger.audit import MOST_READ, PREFIX, Action, latest, note

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
BUSY, QUIET = "busy-dev", "quiet-dev"


class Objects:
    """A bucket in memory, whose keys come in the order of S3."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, key: str) -> tuple[bytes, str] | None:
        return (self.kept[key], "mark") if key in self.kept else None

    def create(self, key: str, content: bytes, media_type: str = "") -> bool:
        return self.kept.setdefault(key, content) is content

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.kept if key.startswith(prefix)))


def action(namespace: str, minute: int) -> Action:
    return Action(
        at=BEGAN + timedelta(minutes=minute),
        viewer="ann",
        action="stop",
        namespace=namespace,
        about=f"run {minute}",
    )


def test_more_actions_of_one_team_than_are_read_hide_none_of_another() -> None:
    store = Objects()
    note(store, action(QUIET, 0))
    for minute in range(1, MOST_READ + 2):
        note(store, action(BUSY, minute))
    assert latest(store, {QUIET}, 100) == [action(QUIET, 0)]


def test_the_latest_of_all_that_may_be_seen_come_first() -> None:
    store = Objects()
    for minute, namespace in enumerate((BUSY, QUIET, "", "secret-dev", BUSY)):
        note(store, action(namespace, minute))
    seen = latest(store, {BUSY, QUIET}, 3)
    assert [(each.namespace, each.about) for each in seen] == [
        (BUSY, "run 4"),
        ("", "run 2"),
        (QUIET, "run 1"),
    ]


def test_entries_from_before_teams_had_folders_are_found_in_their_place() -> None:
    store = Objects()
    for minute in (0, 1, 2):
        note(store, action(QUIET, minute))
    (old,) = (key for key, kept in store.kept.items() if b"run 1" in kept)
    store.kept[PREFIX + old.rpartition("/")[2]] = store.kept.pop(old)
    assert [each.about for each in latest(store, {QUIET}, 10)] == ["run 2", "run 1", "run 0"]
    assert latest(store, {BUSY}, 10) == []
