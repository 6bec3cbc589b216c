"""What became of the mutants, by module and in all."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from tests.mutation.mutants import Mutant

WANTED: Final = 0.9
"""Share of mutants that the tests have to find."""

_FOUND: Final = ("killed", "timeout", "segfault", "caught by type check")
"""What a fault does that is found: a test fails, or never ends, or its process does."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """How many mutants were tried and how many of them were found."""

    tried: int
    killed: int

    @classmethod
    def of(cls, mutants: Sequence[Mutant]) -> Self:
        """Count mutants; one that no test reaches was not found."""
        return cls(tried=len(mutants), killed=sum(each.status in _FOUND for each in mutants))

    @property
    def killed_share(self) -> float:
        """Share of the mutants that were found."""
        return self.killed / self.tried

    @property
    def margin(self) -> float:
        """Half of the interval in which the share of all mutants lies, with 95 % confidence.

        Wald's interval of a share: 1.96 standard deviations of a sample's share.
        """
        return 1.96 * math.sqrt(self.killed_share * (1 - self.killed_share) / self.tried)


def table(mutants: Sequence[Mutant]) -> str:
    """Show the score of each module, the worst first, what survived, and the score in all."""
    by_module: dict[str, list[Mutant]] = defaultdict(list)
    for each in mutants:
        by_module[each.module].append(each)
    scores = {module: Score.of(found) for module, found in by_module.items()}
    worst_first = sorted(scores.items(), key=lambda pair: (pair[1].killed_share, pair[0]))
    lines = [f"{'components/':<40} {'tried':>6} {'killed':>7} {'share':>6}"]
    lines += [_row(module, score) for module, score in worst_first]
    left = [f"{each.status}: {each.name}" for each in mutants if each.status not in _FOUND]
    if left:
        lines += ["", "Not found; `.venv/bin/mutmut show <name>` prints the change:", *left]
    whole = Score.of(mutants)
    lines += [
        "",
        _row("in all", whole),
        f"95 % of such samples lie within {whole.margin:.1%} of all mutants.",
    ]
    return "\n".join(lines)


def _row(name: str, score: Score) -> str:
    return f"{name:<40} {score.tried:>6} {score.killed:>7} {score.killed_share:>6.0%}"
