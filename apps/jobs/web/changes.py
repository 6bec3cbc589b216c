"""Reads what a run is to have otherwise from the fields of a form. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any, Final

from fastapi import HTTPException
from pydantic import BaseModel, ValidationError

from apps.jobs.backfill.overrides import Overrides

UNPROCESSABLE: Final = 422


class Changes(BaseModel):
    """Fields of a form that says what a run is to have otherwise, as they were written."""

    executors: str = ""
    executor_cores: str = ""
    executor_memory: str = ""
    driver_cores: str = ""
    driver_memory: str = ""
    image: str = ""
    spark_version: str = ""
    conf: str = ""
    arguments: str = ""


PLAIN: Final = frozenset(Changes.model_fields) - {"conf", "arguments"}


def overrides(fields: Iterable[tuple[str, str]]) -> Overrides:
    """What is to be changed; an empty field changes nothing.

    Args:
        fields: of the form: `conf` has a property and its value on each line, `arguments` are written as in a
            shell.

    Raises:
        HTTPException: 422: with all that is wrong.
    """
    given: dict[str, Any] = {}
    wrong: list[str] = []
    for name, value in fields:
        text = value.strip()
        if not text:
            continue
        if name == "conf":
            given["conf"] = _conf(text, wrong)
        elif name in PLAIN:
            given[name] = text
        elif name == "arguments":
            try:
                given["arguments"] = tuple(shlex.split(text))
            except ValueError as error:
                wrong.append(f"arguments: {error}")
    try:
        found = Overrides.model_validate(given)
    except ValidationError as error:
        wrong += [f"{each['loc'][0]}: {each['msg'].removeprefix('Value error, ')}" for each in error.errors()]
    if wrong:
        raise HTTPException(UNPROCESSABLE, wrong)
    return found


def _conf(text: str, wrong: list[str]) -> dict[str, str]:
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = line.partition("=")
        if not equals:
            wrong.append(f"conf: {line!r} is no property: write name=value, one a line")
        found[name.strip()] = value.strip()
    return found
