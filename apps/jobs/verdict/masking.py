r"""Takes secrets out of texts before anybody stores or shows them. Pure.

Keys and tokens are known by their form: the patterns are those of detect-secrets. Values are known by their
name: what Spark itself redacts (spark.redaction.regex, 4.1: `(?i)secret|password|token|access[.]?key`), and
what goes by such a name in URLs, headers and environments.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.stripe import StripeDetector

MASK: Final = "***"

_DETECTORS: Final[tuple[type[RegexBasedDetector], ...]] = (
    AWSKeyDetector,
    ArtifactoryDetector,
    AzureStorageKeyDetector,
    BasicAuthDetector,
    GitHubTokenDetector,
    GitLabTokenDetector,
    JwtTokenDetector,
    OpenAIDetector,
    PypiTokenDetector,
    SendGridDetector,
    SlackDetector,
    StripeDetector,
)
"""Those whose pattern hits nothing but secrets: not IP addresses, nor any hash of 32 digits."""

_AROUND: Final = (AWSKeyDetector, BasicAuthDetector)
"""Those whose patterns have the secret in a group, between words that may stay."""

_FORMS: Final = tuple(
    (pattern, 1 if detector in _AROUND and pattern.groups else 0)
    for detector in _DETECTORS
    for pattern in detector().denylist
)
"""Patterns, each with the group that is the secret."""

_NAME: Final = (
    r"[\w.-]*(?:secret|passwo?r?d|passphrase|token|access[._-]?key|api[._-]?key|private[._-]?key"
    r"|credential|signature)[\w.-]*"
)
_CLASS: Final = "".join(f"(?<!{end})" for end in ("Provider", "ProviderChain", "Exception", "Error"))
"""Not behind a class of Java or Python: what follows is its message (`SimpleAWSCredentialsProvider: No`)."""

_NAMED: Final = re.compile(
    rf"""(?ix)
    (?P<name> ["']? {_NAME} (?-i:{_CLASS}) ["']?   # fs.s3a.secret.key = , "token":
      \s* (?: => | -> | = | : (?!//) ) \s* )
    (?P<value> "(?:[^"\\\n]|\\.)+" | '(?:[^'\\\n]|\\.)+' | [^\s"',;&)}}\]]+ )
    """
)
_OPTION: Final = re.compile(rf"(?i)(?P<name>--{_NAME}\s+)(?P<value>[^\s-]\S*)")
_HEADER: Final = re.compile(r"(?i)(?P<name>\b(?:bearer|basic)\s+)(?P<value>[\w.~+/=-]{8,})")
_QUERY: Final = re.compile(r"(?i)(?P<name>[?&](?:x-amz-[\w-]+|sig|awsaccesskeyid)=)(?P<value>[^\s&\"']+)")
_KEY_BLOCK: Final = re.compile(
    r"(?P<name>-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----)(?P<value>.*?)"
    r"(?=-----END [A-Z0-9 ]*PRIVATE KEY|\Z)",
    re.DOTALL,
)
_VALUES: Final = (_KEY_BLOCK, _QUERY, _HEADER, _NAMED, _OPTION)

_PLAIN: Final = re.compile(
    r"(?i)[\"']?(?:true|false|null|none|\d{1,6}|\*+(?:\(redacted\))?|\w+(?:\.\w+){2,})[\"']?"
)
"""Values that are none: switches, numbers, what is masked, and class names (`...provider=a.b.C`)."""


def mask(text: str) -> str:
    """A text with `***` in the place of each secret.

    Args:
        text: any text, of one line or many.
    """
    for pattern in _VALUES:
        text = pattern.sub(_mask_value, text)
    for pattern, group in _FORMS:
        text = pattern.sub(partial(_mask_form, group), text)
    return text


def _mask_form(group: int, match: re.Match[str]) -> str:
    return match[0].replace(match[group], MASK)


def _mask_value(match: re.Match[str]) -> str:
    value = match["value"]
    if _PLAIN.fullmatch(value):
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{quote}{MASK}{quote}"
