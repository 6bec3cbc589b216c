"""One verdict of all that is known of a run. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .exceptions import Frame, last_raised
from .facts import Fact, Facts, Source
from .fingerprints import fingerprint
from .masking import mask
from .rules import Confidence, Match, Retry, RuleSet, load, matches

QUOTED: Final = 200
"""Most characters of a quotation: a line in a list, not a log."""

SAID: Final = 300
"""Most characters of a sentence: two lines of a list."""

UNKNOWN: Final = "UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a verdict rests on.

    Args:
        source: where it was read.
        text: the words, masked and at most `QUOTED` characters.
        about: the object; empty for the run itself.
    """

    source: str
    text: str
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Why a run failed, or why it waits.

    Args:
        code: the rule's, or `UNKNOWN`.
        sentence: what happened.
        confidence: how sure that is.
        evidence: at least one quotation.
        advice: what to do next.
        retry: what another attempt is good for.
        frame: the last call in the job's own code, where an exception names one.
        fingerprint: the same for equal failures.
        rules: version of the rules.
        missing: what could not be read.
    """

    code: str
    sentence: str
    confidence: Confidence
    evidence: tuple[Quote, ...]
    advice: str
    retry: Retry
    frame: Frame | None
    fingerprint: str
    rules: int
    missing: tuple[str, ...] = ()


def judge(facts: Facts, rules: RuleSet | None = None) -> Verdict:
    """Say why a run failed.

    Args:
        facts: what is known; its texts may still have secrets.
        rules: the rules to ask; ours if None.
    """
    rules = rules or load()
    found = next(matches(rules, facts), None)
    error = next((fact.text for fact in facts.of(Source.ERROR)), "")
    raised = last_raised(error)
    if found is None:
        return _unknown(facts, rules)
    return Verdict(
        code=found.rule.code,
        sentence=_cut(mask(found.sentence), SAID),
        confidence=found.rule.confidence,
        evidence=tuple(_quotes(found)),
        advice=found.rule.advice,
        retry=found.rule.retry,
        frame=raised.frames[-1] if raised and raised.frames else None,
        fingerprint=fingerprint(found.rule.code, found.sentence, raised),
        rules=rules.version,
        missing=facts.missing,
    )


def _quotes(found: Match) -> Iterable[Quote]:
    seen = set()
    for fact, start in found.evidence:
        text = quote(fact.text, start)
        if text not in seen:
            seen.add(text)
            yield Quote(source=fact.source, text=text, about=fact.about)


def quote(text: str, start: int) -> str:
    """The line around a place in a text, masked, and cut to what a page shows.

    Args:
        text: the text.
        start: the place.
    """
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", max(start, begin))
    # Masked as a whole first: a secret that is cut in half is still half a secret, and has no form any more.
    line = mask(text[begin : end if end >= 0 else len(text)].strip())
    return _cut(line, QUOTED)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _unknown(facts: Facts, rules: RuleSet) -> Verdict:
    """What is known all the same: how it ended, its last line, and the last stage that failed."""
    order = (Source.ERROR, Source.MESSAGE, Source.EVENT_LOG, Source.DRIVER, Source.APPLICATION, Source.LOG)
    known = [fact for source in order if (fact := _last(facts, source))]
    ended = facts.details.get("exit")
    sentence = (
        f"It failed with exit code {ended}; no rule knows why." if ended else "It failed; no rule knows why."
    )
    return Verdict(
        code=UNKNOWN,
        sentence=sentence,
        confidence=Confidence.UNKNOWN,
        evidence=tuple(
            Quote(source=fact.source, text=quote(fact.text, len(fact.text.rstrip()) - 1), about=fact.about)
            for fact in known
        ),
        advice="Open the log at its end, and report the run: each report becomes a rule.",
        retry=Retry.AGAIN,
        frame=None,
        fingerprint=fingerprint(UNKNOWN, "".join(fact.text[-500:] for fact in known[:1]), None),
        rules=rules.version,
        missing=facts.missing,
    )


def _last(facts: Facts, source: Source) -> Fact | None:
    return next((fact for fact in reversed(facts.found) if fact.source is source and fact.text.strip()), None)
