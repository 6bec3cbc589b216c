"""The rules of the verdicts: read from YAML, checked as a whole, and asked of facts.

A rule has alternatives (`when`): each names patterns by the source of the facts that they are searched in,
and holds if every pattern is found. The groups of its patterns fill the sentence; of several sentences the
first is taken for which all words are known.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from .facts import Fact, Facts, Source

RULES: Final = Path(__file__).with_name("rules.yaml")


class Retry(StrEnum):
    """What another attempt is good for."""

    NEVER = "never"
    """The same comes out: a person has to change something."""
    AGAIN = "again"
    """What ended it was not the job: as often as the job allows."""
    MEMORY = "memory"
    """Once more, with one bounded step of memory."""


class Confidence(StrEnum):
    """How sure a verdict is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNKNOWN = "unknown"


def _compiled(value: object) -> object:
    """A pattern, or a list of them, as a list; a dot stands for a line's end too."""
    values = value if isinstance(value, list) else [value]
    return [re.compile(each, re.DOTALL) if isinstance(each, str) else each for each in values]


Patterns = Mapping[Source, Annotated[list[re.Pattern[str]], BeforeValidator(_compiled)]]


class Rule(BaseModel):
    """One verdict: when it holds, what it says, and what follows.

    Args:
        code: its name.
        when: alternatives, each with patterns by source.
        unless: patterns of which none may be found.
        sentences: what happened, the most telling first, with `{words}`.
        advice: what to do next.
        retry: what another attempt is good for.
        confidence: how sure it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]+$")
    when: tuple[Patterns, ...] = Field(min_length=1)
    unless: Patterns = {}
    sentences: tuple[str, ...] = Field(min_length=1)
    advice: str
    retry: Retry
    confidence: Confidence = Confidence.CERTAIN

    @model_validator(mode="after")
    def _check_the_last_sentence(self) -> Self:
        if words(self.sentences[-1]):
            raise ValueError(f"{self.code}: the last sentence must stand without words that may be unknown")
        return self


class RuleSet(BaseModel):
    """All rules, in the order in which they are asked: cause before symptom.

    Args:
        version: grows with every change of what a rule says; stored with each verdict.
        rules: the rules.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _check_that_codes_are_unique(self) -> Self:
        twice = [code for code, number in Counter(rule.code for rule in self.rules).items() if number > 1]
        if twice:
            raise ValueError(f"codes stand twice: {', '.join(twice)}; write one rule with two alternatives")
        return self


class Match(BaseModel):
    """A rule that holds.

    Args:
        rule: the rule.
        words: for its sentence.
        evidence: the facts, each with the place in its text that was found.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    rule: Rule
    words: Mapping[str, str]
    evidence: tuple[tuple[Fact, int], ...]

    @property
    def sentence(self) -> str:
        """What happened."""
        known = next(each for each in self.rule.sentences if words(each) <= self.words.keys())
        return known.format_map(self.words)


@cache
def load(path: Path = RULES) -> RuleSet:
    """Read the rules.

    Args:
        path: the file.

    Raises:
        pydantic.ValidationError: a rule can't be used; all faults at once.
    """
    return RuleSet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def words(sentence: str) -> set[str]:
    """The words that a sentence needs.

    Args:
        sentence: with names in braces.
    """
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def matches(rules: RuleSet, facts: Facts) -> Iterator[Match]:
    """The rules that hold, in their order.

    Args:
        rules: the rules.
        facts: what is known.
    """
    for rule in rules.rules:
        if _finds_any(rule.unless, facts):
            continue
        found = next(filter(None, (_alternative(each, facts) for each in rule.when)), None)
        if found is not None:
            groups, evidence = found
            known = {name: word for name, word in groups.items() if word}
            yield Match(rule=rule, words={**facts.details, **known}, evidence=evidence)


Found = tuple[dict[str, str], tuple[tuple[Fact, int], ...]]


def _alternative(patterns: Patterns, facts: Facts) -> Found | None:
    groups: dict[str, str] = {}
    evidence: list[tuple[Fact, int]] = []
    for source, wanted in patterns.items():
        for pattern in wanted:
            hit = _first(pattern, source, facts)
            if hit is None:
                return None
            fact, match = hit
            groups |= {name: (word or "").strip() for name, word in match.groupdict().items()}
            evidence.append((fact, match.start()))
    return groups, tuple(evidence)


def _finds_any(patterns: Patterns, facts: Facts) -> bool:
    return any(_first(each, source, facts) for source, wanted in patterns.items() for each in wanted)


def _first(pattern: re.Pattern[str], source: Source, facts: Facts) -> tuple[Fact, re.Match[str]] | None:
    for fact in facts.of(source):
        if match := pattern.search(fact.text):
            return fact, match
    return None
