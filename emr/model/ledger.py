"""The account: what became of each leaf of an input. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from emr.model.tree import Leaf


class Level(StrEnum):
    """How much of something is left here, from all to nothing that may run."""

    EXACT = "exact"
    CHANGED = "changed"
    BY_HAND = "by hand"
    LOST = "lost"
    BLOCKED = "blocked"

    @property
    def rank(self) -> int:
        """0 for the lightest."""
        return list(Level).index(self)


class End(StrEnum):
    """What a leaf ends as."""

    USED = "used"
    DROPPED = "dropped"
    REPORTED = "reported"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a person has to know of one place of the input.

    Args:
        at: the place; see `Leaf.at`.
        level: how much of it is left.
        code: a word by which programs know it.
        why: the reason.
        todo: what to do; empty for nothing.
        value: what stands there, secrets masked.
        job: name of the job that it is about; empty for what all share.
        job_at: where that job is described: names are not the only ones of their kind.
        end: what the leaf ends as.
    """

    at: str
    level: Level
    code: str
    why: str
    todo: str = ""
    value: str = ""
    job: str = ""
    job_at: str = ""
    end: End = End.REPORTED


@dataclass(kw_only=True)
class Ledger:
    """What became of each leaf.

    Args:
        every: places of all leaves.
        ends: place -> what it ended as.
        findings: all findings, in the order in which they were made.
    """

    every: dict[str, Leaf] = field(default_factory=dict)
    ends: dict[str, End] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def expect(self, found: Iterable[Leaf]) -> None:
        """Note leaves that must end as something.

        Args:
            found: of the input.
        """
        for each in found:
            self.every.setdefault(each.at, each)

    def use(self, *used: Leaf | None) -> None:
        """Note leaves that went into what is written.

        Args:
            used: those that went in; None is passed over.
        """
        for each in used:
            if each is not None:
                self._end(each.at, End.USED)

    def note(self, finding: Finding) -> None:
        """Note a finding, once.

        Args:
            finding: what was found at a leaf.
        """
        if finding not in self.findings:
            self.findings.append(finding)
        self._end(finding.at, finding.end)

    def _end(self, at: str, end: End) -> None:
        # A word of a text is a part of a leaf: it counts, and so does the whole.
        parts = at.split("#")
        for place in ("#".join(parts[:number]) for number in range(1, len(parts) + 1)):
            if self.ends.get(place) is not End.REPORTED:
                self.ends[place] = (
                    end if end is End.REPORTED or place not in self.ends else self._both(place, end)
                )

    def _both(self, place: str, end: End) -> End:
        return End.USED if End.USED in (self.ends[place], end) else end

    @property
    def missing(self) -> list[Leaf]:
        """Leaves that ended as nothing."""
        return [each for at, each in self.every.items() if at not in self.ends]

    def counts(self) -> dict[str, int]:
        """Leaves by what they ended as, and how many there are in all."""
        ended = [self.ends[at] for at in self.every if at in self.ends]
        return {"leaves": len(self.every), **{end.value: ended.count(end) for end in End}}
