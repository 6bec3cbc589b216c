"""Rules about who is told of alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from components.records.alerts import SECRET_KEYS
from components.settings.alerts import SECRET_PREFIX, AlertSettings, ReceiverSettings
from components.settings.problems import ABSENT, Path, Problem

if TYPE_CHECKING:
    from components.settings.model import Settings

HERE: Final[Path] = ("observability", "alerts")

TRIAL: Final = frozenset(
    # As one text: thirty lines of a word each would hide the rules below.
    (  # noqa: SIM905
        "ci demo dev develop development e2e int integration lab local nonprod nonproduction playground poc "
        "pr preprod preproduction preview qa review sandbox sbx stage staging stg test testing tst uat"
    ).split()
)
"""Words in the names of environments in which nobody waits for a job. All others count as production: a name
that nobody thought of (prod-eu, live, blue) has somebody told, not nobody."""

PRODUCTION: Final = frozenset(["live", "prd", "prod", "production"])
"""Words that win over those: test-prod is one of production."""

RESERVED: Final = ("nobody", "heartbeat", "page")
"""Names that Alertmanager's configuration has for itself."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "webhook": (),
        "slack": ("channel",),
        "pagerduty": (),
        "email": ("to", "sender", "server"),
        "sns": ("topic",),
    }
)
_ALLOWED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "webhook": ("secret", "port"),
        "slack": ("secret",),
        "pagerduty": ("secret",),
        "email": ("secret", "user"),
    }
)
_OWN_KEYS: Final = ("secret", "port", "channel", "to", "sender", "server", "user", "topic")


def check(settings: Settings, *, on_aws: bool) -> Iterator[Problem]:
    """Find everything that contradicts something else.

    Args:
        settings: all settings.
        on_aws: whether the foundation is aws.
    """
    watched = settings.observability
    yield from _somebody_is_told(settings)
    if not watched.enabled:
        return
    chosen = watched.alerts
    for number, receiver in enumerate(chosen.receivers):
        yield from _receiver((*HERE, "receivers", number), receiver, on_aws=on_aws)
    yield from _names(chosen)
    yield from _teams(settings)
    if chosen.receivers and not watched.runbooks.startswith(("https://", "http://")):
        yield Problem(
            path=("observability", "runbooks"),
            value=watched.runbooks,
            message="is a folder, and whoever an alert is sent to has no checkout; write the URL at which "
            "your people read it, such as https://git.example.com/spark/blob/main/docs/runbooks",
            read=((*HERE, "receivers"),),
        )


def wanted_secrets(settings: Settings) -> dict[str, str]:
    """Keys beside `settings` that have to be there, encrypted -> what each is for.

    Args:
        settings: all settings.
    """
    watched = settings.observability
    return {
        f"{SECRET_PREFIX}{each.name}": f"the receiver of alerts {each.name} has it for its "
        f"{SECRET_KEYS[each.kind]}"
        for each in (watched.alerts.receivers if watched.enabled else ())
        if has_secret(each) and each.secret is None
    }


def has_secret(receiver: ReceiverSettings) -> bool:
    """Say whether a receiver has anything that must not be seen.

    Args:
        receiver: who is told of alerts.
    """
    return receiver.kind in SECRET_KEYS and not (receiver.kind == "email" and receiver.user is None)


def is_trial(environment: str) -> bool:
    """Say whether an environment's name says that it is for trying things out.

    Args:
        environment: its name, such as dev, test-2 or pre-prod.
    """
    return bool(_words(environment) & TRIAL) and not _is_production(environment)


def _is_production(environment: str) -> bool:
    return bool(_words(environment) & PRODUCTION)


def _words(environment: str) -> set[str]:
    """The words of a name, each also without the number that it ends with."""
    words = environment.replace("non-prod", "nonprod").replace("pre-prod", "preprod").split("-")
    return {*words, *(word.rstrip("0123456789") for word in words)}


def _somebody_is_told(settings: Settings) -> Iterator[Problem]:
    chosen, watched = settings.observability.alerts, settings.observability.enabled
    named = {"default": chosen.default, "heartbeat": chosen.heartbeat}
    for given in dict.fromkeys(chosen.without):
        if watched and named[given] is not None:
            yield Problem(
                path=(*HERE, "without"),
                value=given,
                message=f"is there, as observability.alerts.{given}; remove one of the two",
                read=((*HERE, given),),
            )
    found = _production(settings)
    if found is None:
        return
    environment, path = found
    missing = [key for key in named if key not in chosen.without]
    if not watched and missing:
        yield Problem(
            path=("observability", "enabled"),
            value=False,
            message=f"tells nobody when jobs fail, and {environment} is not for trying things out; write "
            f"true, or what it goes without into observability.alerts.without: [{', '.join(missing)}]",
            read=(path, (*HERE, "without")),
        )
    for key in missing if watched else ():
        if named[key] is None:
            yield Problem(
                path=(*HERE, key),
                value=ABSENT,
                message=f"is missing: in {environment} {_WHY_TOLD[key]}, and name it here; if "
                f"{environment} can do without, write {key} into observability.alerts.without",
                read=(path, (*HERE, "receivers"), (*HERE, "without")),
            )


_WHY_TOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "default": "somebody has to be told when jobs fail; add a receiver to observability.alerts.receivers "
        "(webhook, slack, pagerduty, email or sns)",
        "heartbeat": "somebody outside has to notice when nobody is told any more; add a webhook of a "
        "service that calls you when it is not called to observability.alerts.receivers",
    }
)


def _production(settings: Settings) -> tuple[str, Path] | None:
    """An environment that is not for trying things out, and where it stands.

    It is the stack's, or a tenant's that says so in a stack that is for trying things out.
    """
    if not is_trial(settings.environment):
        return settings.environment, ("environment",)
    for number, tenant in enumerate(settings.tenants):
        if tenant.environment is not None and _is_production(tenant.environment):
            return tenant.environment, ("tenants", number, "environment")
    return None


def _receiver(here: Path, receiver: ReceiverSettings, *, on_aws: bool) -> Iterator[Problem]:
    kind = receiver.kind
    if receiver.name in RESERVED:
        yield Problem(
            path=(*here, "name"),
            value=receiver.name,
            message="is a name that the platform has for itself; choose another one",
        )
    # The value of a key that is of no use is not shown: it may be a secret in the wrong place.
    for key, text in _keys(receiver):
        yield Problem(path=(*here, key), value=ABSENT, message=text, read=((*here, "kind"),))
    if kind == "email" and receiver.secret and receiver.user is None:
        yield Problem(
            path=(*here, "user"),
            value=ABSENT,
            message="is missing: there is a password in secret; write whose it is, or remove secret",
            read=((*here, "secret"),),
        )
    if kind == "sns" and receiver.topic:
        yield from _topic(here, receiver.topic, on_aws=on_aws)


def _keys(receiver: ReceiverSettings) -> Iterator[tuple[str, str]]:
    kind = receiver.kind
    for key in _NEEDED[kind]:
        if getattr(receiver, key) is None:
            yield key, f"is missing: {kind} needs it; write it"
    for key in _OWN_KEYS:
        if key in receiver.model_fields_set and key not in (*_NEEDED[kind], *_ALLOWED.get(kind, ())):
            yield key, f"is of no use to {kind}; remove it"


def _topic(here: Path, topic: str, *, on_aws: bool) -> Iterator[Problem]:
    if not on_aws:
        yield Problem(
            path=(*here, "topic"),
            value=topic,
            message="is on AWS, where only pods of the foundation aws have an identity; choose another kind",
            read=(("foundation", "kind"),),
        )
    elif topic.count(":") != 5 or not topic.startswith("arn:aws:sns:"):
        yield Problem(
            path=(*here, "topic"),
            value=topic,
            message="is no ARN of a topic; write one such as arn:aws:sns:eu-central-1:111122223333:alerts",
        )


def _names(chosen: AlertSettings) -> Iterator[Problem]:
    names = [each.name for each in chosen.receivers]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield Problem(
                path=(*HERE, "receivers", number, "name"),
                value=name,
                message="is another receiver's name too; choose another one",
                read=((*HERE, "receivers", names.index(name), "name"),),
            )
    for path, name in _named(chosen):
        if name not in names:
            yield Problem(
                path=path,
                value=name,
                message="is none of observability.alerts.receivers "
                f"({', '.join(names) or 'there are none'}); write one of them, or add it there",
                read=((*HERE, "receivers"),),
            )
    yield from _uses(chosen)


def _uses(chosen: AlertSettings) -> Iterator[Problem]:
    if chosen.warnings is not None and chosen.default is None:
        yield Problem(
            path=(*HERE, "default"),
            value=ABSENT,
            message=f"is missing: {chosen.warnings} would be told of warnings, and nobody of what is "
            "critical; name a receiver here",
            read=((*HERE, "warnings"), ("environment",)),
        )
    used = {name for _, name in _named(chosen)}
    for number, each in enumerate(chosen.receivers):
        if each.name not in used:
            yield Problem(
                path=(*HERE, "receivers", number, "name"),
                value=each.name,
                message="is told of nothing; name it in default, warnings, teams or heartbeat, or remove it",
                read=tuple((*HERE, key) for key in ("default", "warnings", "teams", "heartbeat")),
            )
        if each.name == chosen.heartbeat and each.kind != "webhook":
            yield Problem(
                path=(*HERE, "heartbeat"),
                value=each.name,
                message=f"is told by {each.kind}, and would be once a minute; name a webhook",
                read=((*HERE, "receivers", number, "kind"),),
            )


def _named(chosen: AlertSettings) -> Iterator[tuple[Path, str]]:
    for key in ("default", "warnings", "heartbeat"):
        if (name := getattr(chosen, key)) is not None:
            yield (*HERE, key), name
    for number, each in enumerate(chosen.teams):
        yield (*HERE, "teams", number, "receiver"), each.receiver
        if each.warnings is not None:
            yield (*HERE, "teams", number, "warnings"), each.warnings


def _teams(settings: Settings) -> Iterator[Problem]:
    chosen = settings.observability.alerts
    known = {tenant.team for tenant in settings.all_tenants}
    seen = Counter[str]()
    for number, each in enumerate(chosen.teams):
        here: Path = (*HERE, "teams", number, "team")
        if each.team not in known:
            yield Problem(
                path=here,
                value=each.team,
                message=f"is no team of tenants ({', '.join(sorted(known))}); write one of them",
                read=(("tenants",),),
            )
        if seen[each.team]:
            yield Problem(path=here, value=each.team, message="has a receiver already; remove one of them")
        seen[each.team] += 1
