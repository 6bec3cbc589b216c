"""What the operator's CRDs say of a definition, as strict as `kubectl create --validate=strict`. Pure.

The API server drops a field that it does not know, without a word from most clients: a slip of the pen would
run with the default. Here it is an error, with what was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from .problems import Key, instead, show_value

_INT_OR_STRING: Final = "x-kubernetes-int-or-string"
_ANYTHING: Final = "x-kubernetes-preserve-unknown-fields"

Schema = dict[str, Any]


def by_kind(definitions: Iterable[Mapping[str, Any]]) -> dict[str, Schema]:
    """Strict schemas by kind.

    Args:
        definitions: CustomResourceDefinitions, as the cluster or upstream's chart has them.
    """
    found: dict[str, Schema] = {}
    for each in definitions:
        served = [version for version in each["spec"]["versions"] if version.get("served", True)]
        schema = strict(served[-1]["schema"]["openAPIV3Schema"])
        # Its metadata is every object's, which a CRD says nothing of.
        schema["properties"]["metadata"] = {"type": "object"}
        found[each["spec"]["names"]["kind"]] = schema
    return found


def strict(schema: Mapping[str, Any]) -> Schema:
    """A structural schema as JSON Schema that knows no fields beside its own.

    Args:
        schema: an openAPIV3Schema, or a part of one.
    """
    found: Schema = {key: _below(key, value) for key, value in schema.items() if not key.startswith("x-")}
    found.pop("format", None)
    if schema.get(_INT_OR_STRING):
        found.pop("anyOf", None)
        found["type"] = ["integer", "string"]
    if schema.get("nullable") and "type" in found:
        found["type"] = [*([found["type"]] if isinstance(found["type"], str) else found["type"]), "null"]
    open_ended = schema.get(_ANYTHING) or "additionalProperties" in schema
    if "properties" in found and not open_ended:
        found["additionalProperties"] = False
    return found


def _below(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: strict(part) for name, part in value.items()}
    if key in ("items", "additionalProperties", "not") and isinstance(value, Mapping):
        return strict(value)
    if key in ("allOf", "anyOf", "oneOf"):
        return [{name: part for name, part in each.items() if not name.startswith("x-")} for each in value]
    return value


def faults(schema: Schema, data: Any) -> Iterator[tuple[Key, str]]:
    """What a document says that the schema does not allow: place and message.

    Args:
        schema: a strict one.
        data: the document.
    """
    for error in Draft202012Validator(schema).iter_errors(data):
        yield from _of_error(error)


def _of_error(error: ValidationError) -> Iterator[tuple[Key, str]]:
    key: Key = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    schema: Any = error.schema
    data: Any = error.instance
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        for name in data.keys() - known.keys():
            yield (*key, name), f"is no field of this kind{instead(name, known)}"
    elif error.validator == "required":
        missing = [name for name in wanted if name not in data]
        yield key, f"needs {', '.join(missing)}"
    elif error.validator == "type":
        kinds = wanted if isinstance(wanted, str) else " or ".join(wanted)
        yield key, f"must be of type {kinds}, not {show_value(data)}"
    elif error.validator == "enum":
        yield (
            key,
            f"must be one of {', '.join(map(str, wanted))}, not {show_value(data)}",
        )
    else:
        bound = show_value(wanted)
        yield key, f"is {show_value(data)}, which breaks {error.validator} {bound}"
