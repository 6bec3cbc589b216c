"""Which mutants are tried: some of every module, the same in every run."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from tests.mutation.mutants import Mutant


def draw(mutants: Sequence[Mutant], modules: Sequence[str], *, number: int, seed: int) -> list[Mutant]:
    """Draw a sample with the same share of every module, and at least one mutant of each.

    Args:
        mutants: all there are.
        modules: paths below `components/` that are drawn from; all if there are none.
        number: size of the sample; rounding up by module makes it a little larger. 0 for all.
        seed: the same seed draws the same sample. A module that changes changes its own part of it only.
    """
    by_module: dict[str, list[Mutant]] = defaultdict(list)
    for each in mutants:
        if not modules or each.module in modules:
            by_module[each.module].append(each)
    there = sum(len(found) for found in by_module.values())
    drawn = []
    for module, found in sorted(by_module.items()):
        wanted = -(-len(found) * number // there) if number else len(found)
        drawn += random.Random(f"{seed} {module}").sample(found, min(wanted, len(found)))
    return drawn


def shuffled(mutants: Sequence[Mutant], seed: int) -> list[Mutant]:
    """Put mutants into an order that says nothing of them: those that come first are a sample of all.

    Args:
        mutants: all there are.
        seed: the same seed gives the same order.
    """
    return random.Random(seed).sample(mutants, len(mutants))
