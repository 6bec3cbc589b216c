"""The provider protocol over a folder: checks, differences, and resources that exist as files.

It plays one provider whose resources are described by `types.yaml` and by the provider's typed SDK. What it
refuses, AWS would refuse too, or nobody could have meant it; each refusal is in the cloud's log.
"""

# ruff: noqa: N802 - the protocol names its methods so

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal.standin import balancer_rules, database_rules, values
from rehearsal.standin.behaviour import ACCOUNT, Behaviour, Template, all_behaviours, replacements, taken
from rehearsal.standin.check import Failure, check
from rehearsal.standin.cloud import Cloud, Operation, Resource
from rehearsal.standin.invokes import UnknownFunctionError, answer
from rehearsal.standin.properties import detailed, filled_in, merged, plausible, unknown
from rehearsal.standin.sdk import Description, Sdk
from rehearsal.standin.values import UNKNOWN, Properties, from_struct, to_struct

DIFF_SOME = provider_pb2.DiffResponse.DIFF_SOME
DIFF_NONE = provider_pb2.DiffResponse.DIFF_NONE

_DOCUMENTS = frozenset({"policy", "assumeRolePolicy", "configurationValues"})
"""Arguments that hold JSON as text, in every type that has them."""


class RefusedError(Exception):
    """The cloud says no."""


def type_of(urn: str) -> str:
    """The type token in a URN.

    Args:
        urn: of any resource.
    """
    return urn.split("::")[2].rpartition("$")[2]


class Standin(provider_pb2_grpc.ResourceProviderServicer):
    """One provider.

    Args:
        package: the provider's name, such as aws.
        cloud: where its resources are kept.
        sdk: its typed SDK.
    """

    def __init__(self, package: str, cloud: Cloud, sdk: Sdk) -> None:
        self.package = package
        self.cloud = cloud
        self.sdk = sdk
        self.config: Properties = {}

    # The provider itself

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Say which version of the provider is played."""
        return plugin_pb2.PluginInfo(version=self.sdk.version)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Check the provider's own arguments, which arrive as JSON texts."""
        news = from_struct(request.news)
        description = self.sdk.describe(f"pulumi:providers:{self.package}")
        decoded = self._decode(news, description)
        decoded.pop("version", None)
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures(check(decoded, description)))

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Compare the provider's own arguments; nothing in them replaces a provider here."""
        old = from_struct(request.old_inputs) or from_struct(request.olds)
        new = from_struct(request.news)
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        return provider_pb2.DiffResponse(changes=DIFF_SOME if changed else DIFF_NONE, diffs=changed)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        """Take the provider's arguments."""
        description = self.sdk.describe(f"pulumi:providers:{self.package}")
        given = values.reveal(from_struct(request.args))
        self.config = self._decode(given, description)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing runs long enough to be cancelled."""
        return empty_pb2.Empty()

    # Resources

    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Fill in the name, and check every argument against the typed SDK."""
        token = type_of(request.urn)
        news = values.public(from_struct(request.news))
        try:
            behaviour, description = self._behaviour(token), self.sdk.describe(token)
        except (LookupError, RefusedError) as error:
            return provider_pb2.CheckResponse(
                inputs=request.news, failures=failures([Failure("", str(error))])
            )
        named = self._named(news, from_struct(request.olds), behaviour, request)
        found = [
            *check(named, description),
            *_broken_documents(named),
            *balancer_rules.refused(token, named, self.region),
            *database_rules.refused(token, named),
        ]
        if "tagsAll" in description.outputs.properties:
            found += _too_many_tags(self._all_tags(values.reveal(named)), behaviour)
        return provider_pb2.CheckResponse(inputs=to_struct(named), failures=failures(found))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Compare the last arguments with the new ones."""
        return self.compare(request, self._behaviour(type_of(request.urn)), with_tags=True)

    def compare(self, request: Any, behaviour: Behaviour, *, with_tags: bool) -> provider_pb2.DiffResponse:
        """The differences, and what they mean for the resource.

        Args:
            request: the engine's request.
            behaviour: what replaces the type.
            with_tags: True if the provider's default tags are part of it.
        """
        state = from_struct(request.olds)
        old, new = values.public(from_struct(request.old_inputs)), from_struct(request.news)
        before, after = values.reveal(old), values.reveal(values.public(new))
        changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        if with_tags and "tagsAll" in state and values.reveal(state["tagsAll"]) != self._all_tags(after):
            changed.append("tagsAll")
        replaces = replacements(behaviour, before, after) if changed else []
        return provider_pb2.DiffResponse(
            changes=DIFF_SOME if changed else DIFF_NONE,
            diffs=changed,
            replaces=sorted({path.partition(".")[0] for path in replaces}),
            detailedDiff=detailed(before, after, changed, replaces),
            hasDetailedDiff=bool(changed),
            deleteBeforeReplace=bool(replaces) and behaviour.holds_name(old, new),
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        """Make a resource; in a preview, say what is known of it already."""
        token, inputs = type_of(request.urn), from_struct(request.properties)
        behaviour, description = self._behaviour(token), self.sdk.describe(token)
        if request.preview:
            return provider_pb2.CreateResponse(
                id="", properties=to_struct(self._planned(inputs, behaviour, description))
            )
        with self.cloud.locked():
            template = self._template(request.urn, inputs)
            id_ = template.fill(behaviour.id)
            if not behaviour.puts and self.cloud.find(token, id_, self._place(token, inputs)):
                self._refuse(context, request.urn, id_, taken(token, id_))
            if reason := database_rules.cannot_be_made(token, values.reveal(inputs), self.cloud):
                self._refuse(context, request.urn, id_, reason)
            outputs = self._outputs(id_, inputs, behaviour, description, template)
            self._keep(token, id_, request.urn, inputs, outputs)
            self.cloud.record(Operation("create", token, id_, request.urn))
        return provider_pb2.CreateResponse(id=id_, properties=to_struct(outputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        """Change a resource in place."""
        token, news = type_of(request.urn), from_struct(request.news)
        behaviour = self._behaviour(token)
        old_inputs = values.public(from_struct(request.old_inputs))
        outputs = merged(news, filled_in(from_struct(request.olds), old_inputs))
        if "tagsAll" in outputs:
            outputs["tagsAll"] = self._all_tags(values.reveal(news))
        for key in behaviour.bump:
            outputs[key] = UNKNOWN if request.preview else outputs[key] + 1
        if not request.preview:
            changed = sorted(k for k in old_inputs.keys() | news.keys() if old_inputs.get(k) != news.get(k))
            with self.cloud.locked():
                if not self.cloud.find(token, request.id, self._place(token, outputs)):
                    self._refuse(context, request.urn, request.id, f"{request.id} is not there any more")
                self._keep(token, request.id, request.urn, news, outputs)
                detail = ", ".join(key for key in changed if not key.startswith("__"))
                self.cloud.record(Operation("update", token, request.id, request.urn, detail))
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """What the cloud has now; no id if it has nothing."""
        token = type_of(request.urn)
        known = from_struct(request.properties)
        # An import knows the id alone; that of something in another region ends with it.
        id_, _, region = request.id.partition("@") if not known else (request.id, "", "")
        found = self.cloud.find(token, id_, region or self._place(token, known))
        self.cloud.record(Operation("read", token, id_, request.urn))
        if found is None:
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(
            id=id_, properties=to_struct(found.outputs), inputs=read_inputs(found, request)
        )

    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove a resource, unless something alive still needs it."""
        token = type_of(request.urn)
        with self.cloud.locked():
            found = self.cloud.find(token, request.id, self._place(token, from_struct(request.properties)))
            if found is not None:
                self._may_go(found, context)
                database_rules.leave_snapshot(found, self.cloud)
                self.cloud.cascade(self._inside(found))
                self.cloud.remove(found)
            self.cloud.record(Operation("delete", token, request.id, request.urn))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        """Answer one of the provider's functions."""
        arguments = values.reveal(from_struct(request.args))
        self.cloud.record(Operation("invoke", request.tok, "", "", json.dumps(arguments, sort_keys=True)))
        try:
            found = answer(request.tok, arguments, region=self.region, cloud=self.cloud)
        except UnknownFunctionError as error:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        return provider_pb2.InvokeResponse(**{"return": to_struct(found)})

    # Parts

    @property
    def region(self) -> str:
        """The provider's region."""
        region = self.config.get("region", "us-east-1")
        return region if isinstance(region, str) and region != UNKNOWN else "us-east-1"

    @staticmethod
    def _decode(given: Properties, description: Description) -> Properties:
        kinds = description.inputs.properties
        return {key: _decoded(value, kinds.get(key)) for key, value in given.items()}

    def _behaviour(self, token: str) -> Behaviour:
        found = all_behaviours().get(token)
        if found is None:
            self.sdk.describe(token)
            raise RefusedError(
                f"the stand-in does not know {token}: write into rehearsal/standin/types.yaml "
                "what replaces it"
            )
        return found

    def _named(self, news: Properties, olds: Properties, behaviour: Behaviour, request: Any) -> Properties:
        """The arguments with a name made up, the same as last time if there was one."""
        key = behaviour.autoname
        if not key or key in news or f"{key}Prefix" in news:
            return news
        kept = olds.get(key) if key in olds.get("__defaults", []) else None
        logical = request.urn.rpartition("::")[2]
        digits = (request.randomSeed or request.urn.encode()).hex()[:7]
        return {**news, key: kept or f"{logical}-{digits}".lower(), "__defaults": [key]}

    def _template(self, urn: str, inputs: Properties) -> Template:
        seed = f"{urn} {self.cloud.times_created(urn)}"
        region = inputs.get("region", self.region)
        return Template(seed, {**values.reveal(inputs), "region": region, "account": ACCOUNT})

    def _planned(self, inputs: Properties, behaviour: Behaviour, description: Description) -> Properties:
        """What a preview knows: the arguments. What AWS will fill in is unknown, inside of them as well."""
        planned: Properties = dict.fromkeys(description.outputs.required, UNKNOWN)
        planned.update(unknown(behaviour.outputs))
        if "tagsAll" in planned:
            planned["tagsAll"] = self._all_tags(inputs)
        filled: Properties = merged(inputs, planned)
        return filled

    def _outputs(
        self,
        id_: str,
        inputs: Properties,
        behaviour: Behaviour,
        description: Description,
        template: Template,
    ) -> Properties:
        template["id"] = id_
        filled = template.fill(behaviour.outputs)
        if behaviour.arn:
            filled["arn"] = template.fill(behaviour.arn)
        outputs = merged(inputs, filled)
        if outputs.get("region") is None and "region" in description.outputs.properties:
            outputs["region"] = self.region
        for name in description.outputs.required:
            if name not in outputs:
                outputs[name] = plausible(name, description.outputs.properties[name], template)
        if "tagsAll" in description.outputs.properties:
            outputs["tagsAll"] = self._all_tags(values.reveal(inputs))
        return {key: value for key, value in outputs.items() if value is not None}

    def _all_tags(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        # The one value that `overrideProvider` takes is an empty map, which leaves the default tags out.
        override = (inputs.get("overrideProvider") or {}).get("defaultTags")
        defaults = (self.config.get("defaultTags") or {}) if override is None else {}
        own = inputs.get("tags") or {}
        return {**(defaults.get("tags") or {}), **own} if isinstance(own, dict) else {}

    def _keep(self, token: str, id_: str, urn: str, inputs: Properties, outputs: Properties) -> None:
        plain = values.reveal(values.public(inputs)), values.reveal(values.public(outputs))
        place = self._place(token, outputs)
        self.cloud.put(Resource(id=id_, type=token, urn=urn, inputs=plain[0], outputs=plain[1], place=place))

    def _place(self, token: str, properties: Mapping[str, Any]) -> str:
        """The region that a resource is in; empty for global ones, such as roles."""
        if "region" not in self.sdk.describe(token).outputs.properties:
            return ""
        return str(properties.get("region") or self.region)

    def _may_go(self, resource: Resource, context: grpc.ServicerContext) -> None:
        # Named so by EKS, and by load balancers.
        if True in (resource.outputs.get(key) for key in ("deletionProtection", "enableDeletionProtection")):
            self._refuse(context, resource.urn, resource.id, f"{resource.id} has deletion protection")
        if reason := database_rules.cannot_go(resource, self.cloud):
            self._refuse(context, resource.urn, resource.id, reason)
        users = self.cloud.users(self._own_names(resource), resource.urn)
        if users:
            listed = ", ".join(f"{user.type} {user.name}" for user in users)
            self._refuse(
                context, resource.urn, resource.id, f"DependencyViolation: {resource.id} is used by {listed}"
            )

    def _own_names(self, resource: Resource) -> set[str]:
        """Id and ARN, as far as they are its own: a bucket policy's id is the bucket's name."""
        own = self._behaviour(resource.type).autoname
        borrowed = {leaf for path, leaf in values.leaves(resource.inputs) if path != own}
        return {resource.id, resource.outputs.get("arn", resource.id)} - borrowed

    def _inside(self, container: Resource) -> list[Resource]:
        """What goes with a resource: the objects of a cluster."""
        endpoint = container.outputs.get("endpoint")
        return [r for r in self.cloud.resources() if endpoint and r.place == endpoint]

    def _refuse(self, context: grpc.ServicerContext, urn: str, id_: str, reason: str) -> NoReturn:
        self.cloud.record(Operation("refused", type_of(urn), id_, urn, reason))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"stand-in: {reason}")
        raise AssertionError("abort always raises")


def read_inputs(found: Resource, request: Any) -> Any:
    """A resource's arguments as the cloud has them, with the engine's note of which were made up.

    Args:
        found: the resource in the cloud.
        request: of the engine, with the arguments that it knows.
    """
    made_up = {k: v for k, v in from_struct(request.inputs).items() if k.startswith("__")}
    return to_struct({**found.inputs, **made_up})


def failures(found: list[Failure]) -> list[provider_pb2.CheckFailure]:
    """Say what is wrong with a resource's arguments, as the protocol wants it.

    Args:
        found: path and reason of each.
    """
    return [provider_pb2.CheckFailure(property=f.path, reason=f"{f.path} {f.reason}".strip()) for f in found]


def _decoded(value: Any, kind: Any) -> Any:
    """A provider's argument: everything but strings travels as JSON text."""
    if not isinstance(value, str) or kind in ("str", None) or value == UNKNOWN:
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _too_many_tags(tags: Mapping[str, Any], behaviour: Behaviour) -> list[Failure]:
    if len(tags) <= behaviour.tags:
        return []
    return [
        Failure("tags", f"are {len(tags)} with the provider's default ones; {behaviour.tags} are allowed")
    ]


def _broken_documents(properties: Properties) -> list[Failure]:
    found = []
    for name in _DOCUMENTS & properties.keys():
        text = values.reveal(properties[name])
        if isinstance(text, str) and text != UNKNOWN:
            try:
                json.loads(text)
            except json.JSONDecodeError as error:
                found.append(Failure(name, f"is not JSON: {error}"))
    return found
