"""Types of single settings: the vocabulary of `components.domain` as pydantic sees it in a stack file.

Each type carries its JSON schema and, as `$comment`, its bound in words for the generated documentation.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel

from components.domain import (
    DNS_LABEL_MAX,
    DNS_NAME_MAX,
    JVM_MEMORY_MIN_MIB,
    MIB,
    NODE_PORTS,
    check_bucket,
    check_cpu,
    check_dns_label,
    check_dns_name,
    check_jvm_memory,
    check_node_port,
    check_size,
    check_version,
    size_bytes,
)

Plain = TypeVar("Plain")


class Section(BaseModel):
    """A mapping in the stack file: frozen, camelCase keys, nothing extra, defaults checked as well.

    A key with nothing behind it says nothing: YAML makes null of a section whose lines are all comments.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        validate_default=True,
        use_attribute_docstrings=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        known = {field.alias for field in cls.model_fields.values()}
        return {key: value for key, value in values.items() if value is not None or key not in known}

    def plain(self, kind: type[Plain], /, **further: object) -> Plain:
        """Hand the section on as the plain value that plans and components know, field by field of its name.

        Args:
            kind: the value's class, a dataclass.
            **further: its fields that the section does not have, or has in another form.

        Raises:
            TypeError: a field of the value is in neither, and its default would be a second one.
        """
        names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
        own = {name: getattr(self, name) for name in names & set(type(self).model_fields) - set(further)}
        if left := sorted(names - set(own) - set(further)):
            raise TypeError(f"{type(self).__name__} as {kind.__name__} lacks {', '.join(left)}; hand it on")
        return kind(**own, **further)


def why(reason: str) -> dict[str, Any]:
    """Note what a setting's documentation gives as the reason for its default, or for the setting itself.

    Args:
        reason: a sentence or two, with full stops.
    """
    return {"x-why": reason}


def _number_to_text(value: object) -> object:
    # YAML turns `cpu: 4` into a number; people mean the quantity "4".
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _INTEGER_BITS:
        return str(value)
    return value


def _scalar_to_text(value: object) -> object:
    # Spark's configuration knows only text; YAML has already made booleans and numbers of it.
    if isinstance(value, bool):
        return str(value).lower()
    return _number_to_text(value)


def _check_size_or_zero(quantity: str) -> str:
    size_bytes(quantity)
    return quantity


_INTEGER_BITS: Final = 64
"""Larger numbers mean nothing here, and Python refuses to print the largest."""

_REGISTRY: Final = re.compile(r"[a-z0-9][-a-z0-9.]*(:[0-9]{1,5})?(/[a-z0-9][-a-z0-9._]*)*")
_BINARY_SIZE: Final = re.compile(r"[1-9][0-9]*(Mi|Gi)")
_SERVER_MIB: Final = 1024

_IMAGE: Final = re.compile(
    r"[a-z0-9][-a-z0-9.]*(:[0-9]{1,5})?(/[a-z0-9][-a-z0-9._]*)+(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?"
)
_GROUP: Final = re.compile(r"\S{1,253}")
DEVICES_MAX: Final = 100_000
"""Most devices of a tenant: more than any cluster has."""

_DEVICE: Final = re.compile(
    r"(?!([^/]*\.)?kubernetes\.io/)[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/[A-Za-z0-9]([-\w.]{0,45}[A-Za-z0-9])?"
)
"""Kubernetes keeps `kubernetes.io/` to itself, and a quota puts `requests.` before the name."""
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_CONF_KEY: Final = re.compile(r"spark\.[A-Za-z0-9][A-Za-z0-9._-]*")
_SECRET_KEY: Final = re.compile(r"secret|password|token|access[.]?key", re.IGNORECASE)


def _check_registry(registry: str) -> str:
    if not _REGISTRY.fullmatch(registry):
        raise ValueError(
            "is not a registry; write its host, port and path without https:// and without a final slash"
        )
    return registry


def _check_binary_size(quantity: str) -> str:
    if not _BINARY_SIZE.fullmatch(quantity):
        raise ValueError("is not a size in whole Mi or Gi; write one such as 1536Mi or 2Gi")
    if size_bytes(quantity) < _SERVER_MIB * MIB:
        raise ValueError(f"must be {_SERVER_MIB // 1024}Gi or more: a Java server doesn't start with less")
    return quantity


def _check_image(image: str) -> str:
    if not _IMAGE.fullmatch(image):
        raise ValueError("is not an image; write registry/name:tag or registry/name@sha256:digest")
    # A digest has a colon, too, in the last part.
    if ":" not in image.rsplit("/", 1)[-1] or image.endswith(":latest"):
        raise ValueError("has no fixed tag, so nobody can tell what runs; name a tag or digest, not latest")
    return image


def _check_tagged_image(image: str) -> str:
    if "@" in image:
        raise ValueError("has a digest, which the operator's chart can't take; name a tag instead")
    return _check_image(image)


def _check_group(group: str) -> str:
    if not _GROUP.fullmatch(group) or not group.isprintable():
        raise ValueError("is not a group; write up to 253 characters without blanks")
    if group.startswith("system:"):
        raise ValueError("is one of Kubernetes' own groups, such as everybody; name a group of people")
    return group


def _check_device(name: str) -> str:
    if not _DEVICE.fullmatch(name):
        raise ValueError(
            "is not an extended resource; write the name that its device plugin gives it, such as "
            "nvidia.com/gpu"
        )
    return name


def _check_region(region: str) -> str:
    if not _REGION.fullmatch(region):
        raise ValueError("is not a region; write its code, such as us-east-1 or eu-central-1")
    return region


def _check_text(text: str) -> str:
    if not text or text != text.strip() or not text.isprintable():
        raise ValueError("must be text on one line, without blanks around it; write it so")
    return text


def _check_conf_key(key: str) -> str:
    if not _CONF_KEY.fullmatch(key):
        raise ValueError(
            "is not a Spark property; its name starts with spark., such as spark.sql.ansi.enabled"
        )
    if _SECRET_KEY.search(key):
        raise ValueError(
            "names a secret, but every tenant reads these defaults; put it into a Secret in a namespace"
        )
    return key


def _check_conf_value(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line: a line break would start another property; remove it")
    return value


def _text(bound: str, **schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "$comment": bound, **schema})


def _text_or_number(bound: str) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", "number"], "$comment": bound})


_Str = Annotated[str, Strict()]
"""Text and nothing else: left to itself, pydantic takes binary data too."""

CpuQuantity = Annotated[
    _Str,
    BeforeValidator(_number_to_text),
    AfterValidator(check_cpu),
    _text_or_number("CPU quantity above 0, such as `2`, `0.5` or `500m`"),
]
SizeQuantity = Annotated[
    _Str,
    BeforeValidator(_number_to_text),
    AfterValidator(check_size),
    _text_or_number("size above 0, such as `512Mi` or `8Gi`"),
]
SizeQuantityOrZero = Annotated[
    _Str,
    BeforeValidator(_number_to_text),
    AfterValidator(_check_size_or_zero),
    _text_or_number("size, such as `0` or `100Gi`"),
]
JvmMemory = Annotated[
    _Str,
    AfterValidator(check_jvm_memory),
    _text(f"heap of `{JVM_MEMORY_MIN_MIB}m` or more, such as `800m` or `4g`", pattern="^[0-9]+[mg]$"),
]
BinarySize = Annotated[
    _Str,
    AfterValidator(_check_binary_size),
    _text("1Gi or more, in whole `Mi` or `Gi`", pattern="^[1-9][0-9]*(Mi|Gi)$"),
]
DnsLabel = Annotated[
    _Str,
    AfterValidator(check_dns_label),
    _text(
        f"DNS label, up to {DNS_LABEL_MAX} of `a-z`, `0-9` and inner `-`",
        pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        maxLength=DNS_LABEL_MAX,
    ),
]
DnsName = Annotated[
    _Str,
    AfterValidator(check_dns_name),
    _text(f"DNS name, up to {DNS_NAME_MAX} characters", maxLength=DNS_NAME_MAX),
]
BucketName = Annotated[
    _Str,
    AfterValidator(check_bucket),
    _text("3 to 63 of `a-z`, `0-9` and inner `-`", pattern="^[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$"),
]
Version = Annotated[
    _Str,
    AfterValidator(check_version),
    _text("three numbers, such as `4.1.2`", pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$"),
]
NodePort = Annotated[
    int,
    Strict(),
    AfterValidator(check_node_port),
    WithJsonSchema({"type": "integer", "minimum": NODE_PORTS.start, "maximum": NODE_PORTS.stop - 1}),
]
Registry = Annotated[_Str, AfterValidator(_check_registry), _text("host, port and path, no scheme")]
Image = Annotated[_Str, AfterValidator(_check_image), _text("image with a tag or digest, never `latest`")]
TaggedImage = Annotated[
    _Str, AfterValidator(_check_tagged_image), _text("image with a tag, never `latest`, no digest")
]
Group = Annotated[_Str, AfterValidator(_check_group), _text("name of a group, not one of `system:`")]
DeviceName = Annotated[
    _Str, AfterValidator(_check_device), _text("name with a domain, such as `nvidia.com/gpu`")
]
DeviceCount = Annotated[
    int,
    Strict(),
    Field(ge=1, le=DEVICES_MAX),
    WithJsonSchema(
        {"type": "integer", "minimum": 1, "maximum": DEVICES_MAX, "$comment": f"1 to {DEVICES_MAX}"}
    ),
]
Region = Annotated[
    _Str, AfterValidator(_check_region), _text("region code", pattern="^[a-z]{2}(-[a-z]+)+-[0-9]$")
]
Text = Annotated[_Str, AfterValidator(_check_text), _text("text on one line", minLength=1)]
Flag = Annotated[bool, Strict()]
ConfKey = Annotated[_Str, AfterValidator(_check_conf_key), _text("`spark.…`, no secrets")]
ConfValue = Annotated[
    _Str,
    BeforeValidator(_scalar_to_text),
    AfterValidator(_check_conf_value),
    WithJsonSchema({"type": ["string", "number", "boolean"], "$comment": "text, number or boolean"}),
]


def count(least: int, most: int) -> Any:
    """Type of a whole number between two bounds, both included; YAML text and booleans are not numbers.

    Args:
        least: the lower bound.
        most: the upper bound.
    """
    return Annotated[int, Strict(), Field(ge=least, le=most)]


def _check_page(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or re.search(r"[\s{}?#@]", url):
        raise ValueError(
            "is no URL that paths can be put behind; write one such as https://grafana.example.com, without "
            "? and #"
        )
    return url.rstrip("/")


PageUrl = Annotated[
    str,
    Strict(),
    AfterValidator(_check_page),
    WithJsonSchema(
        {"type": "string", "$comment": "https or http URL without ? and #", "pattern": "^https?://"}
    ),
]
"""Where browsers reach a page; links have further paths behind it."""
