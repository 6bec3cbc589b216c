"""What a resource takes and gives, read from the provider's typed Python SDK by reflection.

The SDKs are generated from the providers' schemas, so their argument classes are the schema in another form.
A `Kind` is plain JSON, so that descriptions can be kept on disk: importing the SDK takes seconds.

    "str" | "int" | "float" | "bool" | "any"
    {"list": Kind} | {"map": Kind} | {"object": name} | {"enum": [values]} | {"union": [Kind, ...]}
"""

from __future__ import annotations

import asyncio
import collections.abc
import enum
import functools
import importlib
import importlib.metadata
import inspect
import json
import os
import re
import sys
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

Kind = str | dict[str, Any]

PACKAGES: Final = {
    "aws": "pulumi_aws",
    "eks": "pulumi_eks",
    "kubernetes": "pulumi_kubernetes",
}
"""Python package of each provider that has a stand-in."""

_PLAIN: Final[dict[object, str]] = {str: "str", int: "int", float: "float", bool: "bool"}


@dataclass
class Shape:
    """The properties of one object.

    Args:
        properties: kind of each property, by its name in the schema (camelCase).
        required: names of those that must be given.
    """

    properties: dict[str, Kind] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)


@dataclass
class Description:
    """One resource type.

    Args:
        inputs: what it takes.
        outputs: what it gives; `required` are those that a created resource always has.
        objects: shapes of nested objects, by name.
    """

    inputs: Shape
    outputs: Shape
    objects: dict[str, Shape] = field(default_factory=dict)


class UnknownTypeError(LookupError):
    """The SDK has no resource of that type."""


class Sdk:
    """The typed SDK of one provider.

    Args:
        package: the provider's name, such as aws.
        cache: folder for descriptions; None keeps none.
    """

    def __init__(self, package: str, cache: Path | None = None) -> None:
        self.package = package
        self.module = PACKAGES[package]
        self.version = importlib.metadata.version(self.module)
        self._cache = cache / f"{package}-{self.version}" if cache else None
        self._known: dict[str, Description] = {}

    def describe(self, token: str) -> Description:
        """What a resource type takes and gives.

        Args:
            token: of a type, such as "aws:s3/bucket:Bucket".

        Raises:
            UnknownTypeError: no class of the SDK has that type token.
        """
        if token not in self._known:
            self._known[token] = self._from_cache(token) or self._reflect(token)
        return self._known[token]

    def _from_cache(self, token: str) -> Description | None:
        path = self._path(token)
        if path is None or not path.is_file():
            return None
        raw = json.loads(path.read_text())
        if raw is None:
            raise UnknownTypeError(f"{self.module} {self.version} has no resource {token}")
        return Description(
            inputs=Shape(**raw["inputs"]),
            outputs=Shape(**raw["outputs"]),
            objects={name: Shape(**shape) for name, shape in raw["objects"].items()},
        )

    def _reflect(self, token: str) -> Description:
        try:
            found = describe_class(self._class(token))
        except UnknownTypeError:
            # That there is no such type is worth keeping as well: it is true of every custom resource.
            self._keep(token, None)
            raise
        self._keep(token, found)
        return found

    def _keep(self, token: str, found: Description | None) -> None:
        path = self._path(token)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several plugins run at once: each writes a file of its own and moves it into place.
        own = path.with_suffix(f".{os.getpid()}")
        own.write_text(json.dumps(found, default=vars))
        own.replace(path)

    def _path(self, token: str) -> Path | None:
        return self._cache / (re.sub(r"[^A-Za-z0-9.]+", "_", token) + ".json") if self._cache else None

    def _class(self, token: str) -> type:
        """The class of a type: the package registers a module and a class for each of its tokens."""
        from pulumi.runtime import rpc

        package = importlib.import_module(self.module)
        if token == f"pulumi:providers:{self.package}":
            return typing.cast(type, package.Provider)
        module_name = token.split(":")[1]
        for module in rpc._RESOURCE_MODULES.get(f"{self.package}:{module_name}", []):
            info: dict[str, Any] = vars(module)["mod_info"]
            if token in info["classes"]:
                found: type = getattr(importlib.import_module(info["fqn"]), info["classes"][token])
                return found
        raise UnknownTypeError(f"{self.module} {self.version} has no resource {token}")


def describe_class(resource: type) -> Description:
    """Reflect on one resource class of an SDK.

    Args:
        resource: a class of a typed SDK.
    """
    objects: dict[str, Shape] = {}
    return Description(
        inputs=_shape(_arguments_class(resource), objects), outputs=_outputs(resource), objects=objects
    )


def _arguments_class(resource: type) -> type:
    module = sys.modules[resource.__module__]
    for name in (f"{resource.__name__}InitArgs", f"{resource.__name__}Args"):
        found = getattr(module, name, None)
        if found is not None:
            return typing.cast(type, found)
    raise UnknownTypeError(f"{resource.__module__} has no arguments class for {resource.__name__}")


def _shape(arguments: type, objects: dict[str, Shape]) -> Shape:
    from pulumi._types import input_type_py_to_pulumi_names

    names = input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments).parameters
    shape = Shape()
    for python_name, name in names.items():
        getter = inspect.getattr_static(arguments, python_name).fget
        shape.properties[name] = _kind(_returns(getter), objects)
        parameter = parameters.get(python_name)
        if parameter is not None and parameter.default is inspect.Parameter.empty:
            shape.required.append(name)
    return shape


def _outputs(resource: type) -> Shape:
    from pulumi._types import _py_properties

    shape = Shape()
    for _, name, prop in _py_properties(resource):
        annotation = _returns(prop.fget)
        shape.properties[name] = _kind(annotation, None)
        if type(None) not in typing.get_args(_unwrap_output(annotation)):
            shape.required.append(name)
    return shape


def _returns(getter: Any) -> Any:
    """The annotation of a property's getter, with forward references resolved in its module."""
    from pulumi import Output

    function = getattr(getter, "_pulumi_deprecated_callable", getter)
    # `pulumi.Input[T]` holds the forward reference "Output[T]", which no module of an SDK can resolve.
    names = {"Output": Output, "T": typing.TypeVar("T")}
    hints = typing.get_type_hints(function, globalns=vars(sys.modules[function.__module__]), localns=names)
    return hints.get("return", Any)


def _unwrap_output(annotation: Any) -> Any:
    from pulumi import Output

    if typing.get_origin(annotation) is Output:
        return typing.get_args(annotation)[0]
    return annotation


def _kind(annotation: Any, objects: dict[str, Shape] | None) -> Kind:
    """The kind of an annotation; `objects` collects nested shapes, or is None to leave them out."""
    annotation = _unwrap_output(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if origin in (typing.Union, types.UnionType):
        return _union(arguments, objects)
    if origin in (list, collections.abc.Sequence):
        return {"list": _kind(arguments[0], objects)}
    if origin in (dict, collections.abc.Mapping):
        return {"map": _kind(arguments[1], objects)}
    if inspect.isclass(annotation):
        return _class_kind(annotation, objects)
    return "any"


def _class_kind(annotation: type, objects: dict[str, Shape] | None) -> Kind:
    from pulumi._types import is_input_type

    if issubclass(annotation, enum.Enum):
        return {"enum": [member.value for member in annotation]}
    if objects is None or not is_input_type(annotation):
        return "any"
    name = f"{annotation.__module__}.{annotation.__name__}"
    if name not in objects:
        # Entered before it is filled: schemas such as JSONSchemaProps contain themselves.
        objects[name] = Shape()
        found = _shape(annotation, objects)
        objects[name].properties, objects[name].required = found.properties, found.required
    return {"object": name}


def _union(arguments: tuple[Any, ...], objects: dict[str, Shape] | None) -> Kind:
    """The alternatives that matter: `Input[T]` is a union of T, an awaitable and an output."""
    wanted = [argument for argument in arguments if not _is_wrapper(argument)]
    kinds: list[Kind] = []
    for argument in wanted:
        kind = _kind(argument, objects)
        if kind not in kinds:
            kinds.append(kind)
    if not kinds:
        return "any"
    if "str" in kinds:
        # `str | SomeEnum` takes any string: the enum is a help for editors.
        kinds = [kind for kind in kinds if not (isinstance(kind, dict) and "enum" in kind)]
    return kinds[0] if len(kinds) == 1 else {"union": kinds}


@functools.cache
def _wrappers() -> tuple[object, ...]:
    from pulumi import Output

    return (collections.abc.Awaitable, Output, asyncio.Future)


def _is_wrapper(argument: Any) -> bool:
    return (
        argument is type(None) or typing.get_origin(argument) in _wrappers() or typing.is_typeddict(argument)
    )
