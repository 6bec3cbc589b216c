"""From a stack file to settings, or to one error that lists everything that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from components.settings.alerts import SECRET_PREFIX
from components.settings.alerts_rules import wanted_secrets
from components.settings.aws import AwsFoundationSettings
from components.settings.model import RULES_ERROR, Settings
from components.settings.problems import ABSENT, Path, Problem, SettingsError, show_value
from components.settings.wording import meant, message

KEY: Final = "settings"
"""The one configuration key of the project; everything is below it, but for secrets."""

CLIENT_SECRET: Final = "loginClientSecret"  # noqa: S105 - the name of a secret, not its content
"""Key of the secret that a login's provider knows the pages by."""

_NOBODY_WANTS: Final = {
    True: "the stack has no login with a provider",
    False: "no receiver of alerts has this name and no Secret",
}

_STAND_INS: Final[dict[str, Any]] = {
    "environment": "any",
    "foundation": {"kind": "kubernetes"},
    "tenants": [{"team": "any"}],
}
"""Required keys, for the second look at a file that lacks them; see `_further`."""


def load(config: pulumi.Config) -> Settings:
    """Read the settings of the running stack.

    Args:
        config: the project's own configuration, `pulumi.Config()`.

    Raises:
        SettingsError: the stack file can't be used; the message lists every error in it.
    """
    source = f"Pulumi.{pulumi.get_stack()}.yaml"
    strays = list(_stray_keys(config))
    try:
        settings = parse(_read(config), source=source)
    except SettingsError as error:
        raise SettingsError([*strays, *error.problems], source) from None
    if problems := [*strays, *_secrets(config, settings)]:
        raise SettingsError(problems, source)
    return settings


def parse(values: object, *, source: str = "the stack file") -> Settings:
    """Turn what stands below `settings` into typed settings. Pure.

    Args:
        values: the mapping, as YAML or JSON gives it.
        source: the file's name, for the error message.

    Raises:
        SettingsError: the values can't be used; the message lists every error in them.
    """
    if not isinstance(values, dict):
        found = ABSENT if values is None else values
        text = "must be a mapping with at least the keys environment, foundation and tenants; write it"
        raise SettingsError([Problem(path=(), value=found, message=text)], source)
    binary = list(_binary(values, ()))
    named = {each.path for each in binary}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        own = list(_problems(error, values))
        problems = own if _only_rules(error) else [*own, *_further(values, own)]
        raise SettingsError([*binary, *(p for p in problems if p.path not in named)], source) from None
    if binary:
        raise SettingsError(binary, source)
    return settings


def _binary(node: object, path: Path) -> Iterable[Problem]:
    """YAML's `!!binary`: Pydantic would take it for text."""
    if isinstance(node, bytes):
        yield Problem(path=path, value=ABSENT, message="is binary; write text, in quotes")
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _binary(value, (*path, key if isinstance(key, str | int) else str(key)))
    elif isinstance(node, list | tuple):
        for number, value in enumerate(node):
            yield from _binary(value, (*path, number))


def _read(config: pulumi.Config) -> object:
    text = config.get(KEY)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _stray_keys(config: pulumi.Config) -> Iterable[Problem]:
    """Other keys of the project: Pulumi ignores what nobody reads, and a typing error would go unseen."""
    for name in sorted(_own_keys(config)):
        if name != KEY and not _is_secret(name):
            text = f"is not read by anything; move it below {config.full_key(KEY)}, or remove it"
            yield Problem(path=(config.full_key(name),), value=ABSENT, message=text)


def _own_keys(config: pulumi.Config) -> set[str]:
    prefix = f"{config.name}:"
    keys = {*CONFIG.get(), *get_config_env()}
    return {key.removeprefix(prefix) for key in keys if key.startswith(prefix)}


def _is_secret(name: str) -> bool:
    return name == CLIENT_SECRET or name.startswith(SECRET_PREFIX)


def _secrets(config: pulumi.Config, settings: Settings) -> Iterable[Problem]:
    """Each secret that something wants is there, encrypted; no other is."""
    wanted = {**_client_secret(settings), **wanted_secrets(settings)}
    there = {key for key in _own_keys(config) if _is_secret(key)}
    for name in sorted({*wanted, *there}):
        key = config.full_key(name)
        command = f"`pulumi config set --secret {name}`"
        if name not in wanted:
            text = f"is not read by anything: {_NOBODY_WANTS[name == CLIENT_SECRET]}; remove it"
        elif name not in there:
            text = f"is missing: {wanted[name]}; run {command}"
        elif not is_config_secret(key):
            text = f"is in clear; run {command}, and have another one made where it comes from"
        else:
            continue
        yield Problem(path=(key,), value=ABSENT, message=text)


def _client_secret(settings: Settings) -> dict[str, str]:
    chosen = settings.foundation
    provider = isinstance(chosen, AwsFoundationSettings) and chosen.login is not None
    return {CLIENT_SECRET: "the login's provider wants it"} if provider else {}


def _only_rules(error: ValidationError) -> bool:
    return all(each["type"] == RULES_ERROR for each in error.errors())


def _problems(error: ValidationError, values: dict[str, Any]) -> Iterable[Problem]:
    for each in error.errors():
        if each["type"] == RULES_ERROR:
            yield from each["ctx"]["problems"]
            continue
        if each["type"] == "too_short" and len(each["input"]) >= each["ctx"]["min_length"]:
            # Pydantic counts only the items that are right; the wrong ones have their own errors.
            continue
        path = _as_written(each["loc"], values)
        if each["type"].startswith("union_tag_"):
            yield _wrong_kind(each, path)
            continue
        hide = each["type"] in ("missing", "extra_forbidden", "invalid_key") or "[key]" in each["loc"]
        yield Problem(path=path, value=ABSENT if hide else each["input"], message=message(each, path))


def _wrong_kind(error: ErrorDetails, path: Path) -> Problem:
    """Of a choice of sections, the key that chooses is what is missing or wrong."""
    key = str(error["ctx"]["discriminator"]).strip("'")
    tag = _child(error["input"], key)
    found = ErrorDetails({**error, "type": "missing" if tag is ABSENT else "literal_error", "input": tag})
    return Problem(path=(*path, key), value=tag, message=message(found, (*path, key)))


def _as_written(location: Iterable[str | int], values: object) -> Path:
    """The part of pydantic's location that stands in the file: without the names of union members."""
    steps = list(location)
    path: list[str | int] = []
    node = values
    for position, step in enumerate(steps):
        last = position == len(steps) - 1
        if step == "[key]":
            break
        inside = _child(node, step)
        if inside is ABSENT and not last:
            continue
        path.append(_text(step) if isinstance(node, dict) else step)
        node = inside
    return tuple(path)


def _text(key: object) -> str:
    return key if isinstance(key, str) else show_value(key)


def _child(node: object, step: str | int) -> object:
    if isinstance(node, Mapping):
        return node.get(step, ABSENT)
    if isinstance(node, list | tuple) and isinstance(step, int) and step < len(node):
        return node[step]
    return ABSENT


def _further(values: dict[str, Any], found: list[Problem]) -> Iterable[Problem]:
    """Findings between keys in what is left without the keys that are wrong by themselves.

    Pydantic looks at the rules between keys only when each key alone is right. So that nobody has to mend the
    file twice, wrong keys are left out (defaults apply), and findings that rest on one of them are dropped.
    """
    wrong = [path for problem in found for path in (problem.path, meant(problem.path))]
    rest, numbers = _without_tenants(values, wrong)
    for path in wrong:
        rest = _without(rest, path[:1] if path[:1] == ("foundation",) else path)
    try:
        Settings.model_validate({**_STAND_INS, **rest})
    except ValidationError as error:
        if _only_rules(error):
            for problem in _problems(error, rest):
                whole = _renumbered(problem, numbers)
                if whole and not any(
                    _touches(key, path) for key in (whole.path, *whole.read) for path in wrong
                ):
                    yield whole


def _without_tenants(values: dict[str, Any], wrong: Iterable[Path]) -> tuple[dict[str, Any], list[int]]:
    """A copy without the tenants that have an error of their own, and the old positions of those left."""
    tenants = values.get("tenants")
    if not isinstance(tenants, list):
        return values, []
    bad = {path[1] for path in wrong if path[:1] == ("tenants",) and len(path) > 1}
    numbers = [number for number in range(len(tenants)) if number not in bad]
    left = [tenants[number] for number in numbers]
    return {**values, "tenants": left or _STAND_INS["tenants"]}, numbers


def _without(node: Any, path: Path) -> Any:
    """A copy without the key at a path; only the mappings on the way are copied."""
    if not path or not isinstance(node, dict) or path[0] == "tenants":
        return node
    copy = {}
    for key, value in node.items():
        # A key that is no text is shown as text, so it is compared as text.
        if _text(key) != path[0]:
            copy[key] = value
        elif len(path) > 1:
            copy[key] = _without(value, path[1:])
    return copy


def _renumbered(problem: Problem, numbers: list[int]) -> Problem | None:
    """The finding with the tenants' positions in the file, or None if it is about a stand-in."""

    def whole(path: Path) -> Path:
        # A finding may rest on the list as a whole, or on a stand-in.
        tenant = path[:1] == ("tenants",) and len(path) > 1 and numbers
        return ("tenants", numbers[int(path[1])], *path[2:]) if tenant else path

    if problem.path[:1] == ("tenants",) and not numbers:
        return None
    return replace(problem, path=whole(problem.path), read=tuple(whole(path) for path in problem.read))


def _touches(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
