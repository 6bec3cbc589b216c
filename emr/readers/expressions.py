"""Expressions of CloudFormation and of Step Functions, as plain data with holes. Pure.

CloudFormation: functions in their long form (`{"Fn::Join": [...]}`), which its YAML
tags are read as as well. Step Functions: a key that ends in `.$` holds a JSONPath or an intrinsic function of
the States Language; a text between `{%` and `%}` is JSONata. What only a deployment or a run knows is a hole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from emr.model.tree import hole, quoted_holes
from emr.readers import intrinsics

_NO_VALUE: Final = "AWS::NoValue"
_SUBSTITUTED: Final = re.compile(r"\$\{(?P<raw>!?)(?P<name>[^}]+)\}")
_TELLING: Final = re.compile(
    r'"(States|HadoopJarStep|Steps|JobDriver|jobDriver|sparkSubmit|Classification|ReleaseLabel|releaseLabel)(\.\$)?"\s*:'
)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What an expression may use.

    Args:
        names: parameters of the template that have a default.
        states: whether it stands in a state machine.
    """

    names: Mapping[str, str]
    states: bool = False


def plain(data: Any) -> Any:
    """The same data with its expressions worked out, as far as the text says what they are.

    Args:
        data: mappings, sequences and scalars, as JSON, YAML or HCL gives them.
    """
    return _value(data, _Place(names=_defaults(data)))


def _defaults(data: Any) -> dict[str, str]:
    """Defaults of a template's parameters."""
    if not isinstance(data, dict) or "Resources" not in data:
        return {}
    parameters = data.get("Parameters")
    return {
        str(name): str(body["Default"])
        for name, body in (parameters.items() if isinstance(parameters, dict) else ())
        if isinstance(body, dict) and isinstance(body.get("Default"), str | int | float)
    }


def _value(data: Any, place: _Place) -> Any:
    if isinstance(data, dict):
        return _mapping(data, place)
    if isinstance(data, list):
        return [_value(each, place) for each in data]
    if isinstance(data, str):
        return _text(data, place)
    return data


def _mapping(data: dict[Any, Any], place: _Place) -> Any:
    if len(data) == 1:
        ((name, argument),) = data.items()
        if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
            # The text of a substitution may be JSON: what it holds is read when the names are filled in.
            given = argument if name == "Fn::Sub" else _value(argument, place)
            return _text_or_data(_function(str(name), given, place), place)
    if "States" in data:
        place = replace(place, states=True)
    if not place.states:
        return {key: _value(part, place) for key, part in data.items()}
    return dict(_state_field(str(key), part, place) for key, part in data.items())


def _state_field(key: str, part: Any, place: _Place) -> tuple[str, Any]:
    if key.endswith(".$") and isinstance(part, str):
        return key.removesuffix(".$"), intrinsics.value(part)
    return key, _value(part, place)


def _text(text: str, place: _Place) -> Any:
    stripped = text.strip()
    if place.states and stripped.startswith("{%") and stripped.endswith("%}"):
        return hole(stripped[2:-2].strip())
    return _text_or_data(text, place)


def _text_or_data(found: Any, place: _Place) -> Any:
    """A text that holds a description as JSON is what it holds: a state machine is one, as a rule."""
    if not isinstance(found, str) or not found.lstrip().startswith(("{", "[")) or not _TELLING.search(found):
        return found
    for text in (found, quoted_holes(found)):
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        return _value(data, place)
    return found


def _function(name: str, argument: Any, place: _Place) -> Any:
    match name:
        case "Ref":
            return None if argument == _NO_VALUE else _named(str(argument), place)
        case "Fn::GetAtt":
            return hole(".".join(map(str, argument)) if isinstance(argument, list) else str(argument))
        case "Fn::Sub":
            return _substituted(argument, place)
        case "Fn::Join" if _joins(argument):
            return str(argument[0]).join(str(each) for each in argument[1])
    return hole(f"{name.removeprefix('Fn::')} {json.dumps(argument, default=str, ensure_ascii=False)}")


def _joins(argument: Any) -> bool:
    return (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[1], list)
        and all(isinstance(each, str | int | float) for each in argument[1])
    )


def _named(name: str, place: _Place) -> str:
    return place.names[name] if name in place.names else hole(name)


def _substituted(argument: Any, place: _Place) -> Any:
    """`Fn::Sub`: a text, or a text and the values of its own names."""
    own: dict[str, Any] = {}
    text = argument
    if isinstance(argument, Sequence) and not isinstance(argument, str) and len(argument) == 2:
        text, own = argument[0], _value(argument[1], place) if isinstance(argument[1], dict) else {}
    if not isinstance(text, str):
        return hole("Sub")

    def value(match: re.Match[str]) -> str:
        if match["raw"]:
            return f"${{{match['name']}}}"
        name = match["name"].strip()
        return str(own[name]) if name in own else _named(name, place)

    return _SUBSTITUTED.sub(value, text)
