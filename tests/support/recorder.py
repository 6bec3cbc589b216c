"""Builds a Pulumi program against a monitor that records what lands: parents, providers, outputs, options.

Assert after `build` has returned, never inside the program: while it runs, nothing has been registered yet,
and "nothing was made" would always hold. The stand-in engine does not expand remote components
(`helm.v4.Chart` is one resource), runs no transforms (`Landed.transforms` has them), and does not notice
duplicates: `World.duplicates` does.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from unittest.mock import patch

import pulumi
from pulumi.runtime import rpc, set_all_config, set_mocks
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import callback_pb2, source_pb2
from pulumi.runtime.settings import SETTINGS, get_root_resource, set_root_resource

STACK_TYPE: Final = "pulumi:pulumi:Stack"
_SIGNATURE: Final = rpc._special_sig_key
_SECRET: Final = rpc._special_secret_sig

Answer = Callable[[str, str, dict[str, Any]], dict[str, Any]]
"""Type, name and inputs of a resource -> outputs that the cloud would add."""


LookUp = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Token and arguments of a function -> what the provider finds."""


@dataclass(frozen=True, kw_only=True)
class Landed:
    """One registered resource, as the engine would have seen it.

    Args:
        urn: its name for the engine.
        type: type token.
        name: logical name.
        parent: URN of the parent; the stack's for a resource at the top.
        inputs: arguments, secrets unwrapped and whole numbers as integers.
        secrets: paths of the secret arguments, such as `stringData.secret-key`.
        provider: reference of the explicit provider, empty for the default one.
        depends_on: URNs of what must be there first.
        custom: False for a component.
        remote: True for a component that a provider plugin expands.
        protect: True if it may not be deleted.
        options: the other options that were set, by their name in the protocol.
        transforms: what is to be done to it and its children; a real engine does it, this one does not.
    """

    urn: str
    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    secrets: tuple[str, ...]
    provider: str
    depends_on: tuple[str, ...]
    custom: bool
    remote: bool
    protect: bool
    options: Mapping[str, Any] = field(default_factory=dict)
    transforms: tuple[pulumi.ResourceTransform, ...] = ()

    @property
    def at_top(self) -> bool:
        """True for a resource that hangs on the stack itself."""
        return self.parent.split("::")[2:3] == [STACK_TYPE]

    @property
    def is_component(self) -> bool:
        """True for a component of this project; a remote one is a resource to us."""
        return not self.custom and not self.remote

    @property
    def metadata(self) -> dict[str, Any]:
        """Metadata of a Kubernetes object, empty for anything else."""
        return dict(self.inputs.get("metadata") or {})


@dataclass(kw_only=True)
class World:
    """Everything that a program registered."""

    landed: list[Landed]
    outputs: dict[str, dict[str, Any]]
    exports: dict[str, Any]
    stack: str
    secret_outputs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, type_: str, **inputs: Any) -> list[Landed]:
        """Resources of a type (its token, or what follows the last `:`) with these inputs, by name."""
        return [
            each
            for each in self.landed
            if type_ in (each.type, each.type.rsplit(":", 1)[-1])
            and all(each.inputs.get(key) == value for key, value in inputs.items())
        ]

    def one(self, type_: str, name: str | None = None) -> Landed:
        """The only resource of a type, or the one of them with this logical or Kubernetes name."""
        found = [each for each in self.of(type_) if name in (None, each.name, each.metadata.get("name"))]
        assert len(found) == 1, f"{len(found)} resources of type {type_} and name {name}, wanted one"
        return found[0]

    def children(self, parent: Landed) -> list[Landed]:
        """Direct children of a resource."""
        return [each for each in self.landed if each.parent == parent.urn]

    def waits_for(self, resource: Landed) -> set[str]:
        """URNs that a resource comes after: its own dependencies and those of the components around it.

        A child is registered after its parent and deleted before it: it waits for what its parent waits for.
        """
        by_urn = {each.urn: each for each in self.landed}
        found: set[str] = set()
        current: Landed | None = resource
        while current is not None:
            found.update(current.depends_on)
            current = by_urn.get(current.parent)
        return found

    def components(self) -> list[Landed]:
        """All components of this project."""
        return [each for each in self.landed if each.is_component]

    def duplicates(self) -> list[tuple[str, str]]:
        """Type and name pairs that were registered more than once: a real engine refuses the program."""
        counted = Counter((each.type, each.name) for each in self.landed)
        return sorted(pair for pair, number in counted.items() if number > 1)

    def secret(self, resource: Landed, path: str) -> bool:
        """True if an argument, or what holds it, was given as a secret."""
        return any(path == each or path.startswith(f"{each}.") for each in resource.secrets)


class _Cloud(Mocks):
    def __init__(self, answer: Answer | None, look_up: LookUp | None) -> None:
        self._answer, self._look_up = answer, look_up

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        outputs = {key: value for key, value in args.inputs.items() if not key.startswith("__")}
        if self._answer:
            outputs |= self._answer(args.typ, args.name, args.inputs)
        return f"{args.name}-id", outputs

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        if self._look_up is None:
            raise AssertionError(f"the program asked the provider for {args.token}; nothing here should")
        return self._look_up(args.token, dict(args.args)), []


class _Transforms:
    """In the place of the server that an engine calls for transforms: Pulumi's mocks have none."""

    def __init__(self) -> None:
        self.known: list[pulumi.ResourceTransform] = []

    def register_transform(self, transform: pulumi.ResourceTransform) -> callback_pb2.Callback:
        self.known.append(transform)
        return callback_pb2.Callback(token=str(len(self.known) - 1))


class _Recorder(MockMonitor):
    def __init__(self, mocks: Mocks, stack: str, project: str) -> None:
        super().__init__(mocks)
        self.transforms = _Transforms()
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self.landed: list[Landed] = []
        self.outputs: dict[str, dict[str, Any]] = {}
        self.secret_outputs: dict[str, tuple[str, ...]] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Make the URN that the real engine would make; the SDK's own forgets the grandparents."""
        above = parent.split("::")[2] if parent else STACK_TYPE
        return f"{self._prefix}{type_ if above == STACK_TYPE else f'{above}${type_}'}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type == STACK_TYPE:
            return response
        raw = rpc.deserialize_properties(request.object)
        self.landed.append(
            Landed(
                urn=response.urn,
                type=request.type,
                name=request.name,
                parent=request.parent,
                inputs=plain(raw),
                secrets=tuple(_secret_paths(raw)),
                provider=request.provider,
                depends_on=tuple(sorted(request.dependencies)),
                custom=request.custom,
                remote=request.remote,
                protect=request.protect,
                options=_options(request),
                transforms=tuple(self.transforms.known[int(each.token)] for each in request.transforms),
            )
        )
        for key in request.additionalSecretOutputs:
            # A provider makes these values; here they only have to be told apart, and to be secret.
            made = response.object.fields[key].struct_value
            made.fields[_SIGNATURE].string_value = _SECRET
            made.fields["value"].string_value = f"{request.name}-{key}"
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        raw = rpc.deserialize_properties(request.outputs)
        self.outputs[request.urn] = plain(raw)
        self.secret_outputs[request.urn] = tuple(_secret_paths(raw))
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def build(
    program: Callable[[], object],
    *,
    stack: str = "test",
    project: str = "spark-on-eks",
    config: Mapping[str, Any] | None = None,
    secrets: Collection[str] = (),
    answer: Answer | None = None,
    look_up: LookUp | None = None,
) -> World:
    """Run a program and return what it registered, once all of it has landed.

    Args:
        program: makes resources; what it returns is ignored.
        stack: name of the stack.
        project: name of the project.
        config: the project's own configuration; values that are no text are passed as Pulumi passes objects.
        secrets: keys of it that are encrypted in the stack file.
        answer: outputs that the cloud adds to the inputs.
        look_up: what the program finds that asks for what exists; without it, asking is an error.

    Raises:
        Exception: whatever the program raises.
    """
    monitor = _Recorder(_Cloud(answer, look_up), stack, project)
    # A stack resource that is left from an earlier build would stay the parent of everything.
    set_root_resource(cast(Any, None))
    known = {f"{project}:{key}": _as_config(value) for key, value in (config or {}).items()}
    set_all_config(known, [f"{project}:{key}" for key in secrets])
    set_mocks(monitor.mocks, project=project, stack=stack, preview=False, monitor=monitor)
    SETTINGS.callbacks = cast(Any, monitor.transforms)
    exports: dict[str, Any] = {}

    def run() -> pulumi.Output[Any]:
        program()
        root = get_root_resource()
        made = dict(getattr(root, "outputs", {}))
        return pulumi.Output.all(**made).apply(exports.update)

    # Where in the source each resource is made is for the engine's messages; a sixth of the time goes there.
    with patch("pulumi.runtime.resource._get_stack_trace", source_pb2.StackTrace):
        pulumi.runtime.test(run)()  # type: ignore[no-untyped-call]
    landed = sorted(monitor.landed, key=lambda each: (each.type, each.name, each.urn))
    return World(
        landed=landed,
        outputs=monitor.outputs,
        exports=exports,
        stack=stack,
        secret_outputs=monitor.secret_outputs,
    )


def plain(value: Any) -> Any:
    """A value as it was written: without the marks of secrets, and with whole numbers as integers."""
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            return plain(value["value"])
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _as_config(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _secret_paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            yield path
            return
        for key, each in value.items():
            yield from _secret_paths(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _secret_paths(each, f"{path}[{number}]")


def _options(request: Any) -> dict[str, Any]:
    wanted = ("retainOnDelete", "deletedWith", "ignoreChanges", "deleteBeforeReplace", "replaceOnChanges")
    given = {name: getattr(request, name) for name in wanted}
    timeouts = {name: getattr(request.customTimeouts, name) for name in ("create", "update", "delete")}
    given["customTimeouts"] = {name: value for name, value in timeouts.items() if value}
    return {
        name: list(value) if name.endswith("Changes") else value for name, value in given.items() if value
    }
