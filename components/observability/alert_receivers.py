"""Whom Alertmanager tells, and how: one of its `receivers` from what a person says of it. Pure.

No secret stands in what is made here: Alertmanager reads each from a file (`*_file`), which is a key of a
Secret that is mounted into its pod.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from components.records.alerts import SECRET_KEYS

Kind = Literal["webhook", "slack", "pagerduty", "email", "sns"]

SECRETS_FOLDER: Final = "/etc/alertmanager/secrets"
"""Where Secrets are mounted, a folder each: where the Prometheus operator mounts those of `spec.secrets`."""

_SUBJECT: Final = (
    '{{ if eq .Status "firing" }}{{ .Alerts.Firing | len }} firing{{ else }}resolved{{ end }}: '
    "{{ .CommonLabels.alertname }}{{ with .CommonLabels.team }} of team {{ . }}{{ end }}"
    "{{ with .CommonLabels.severity }} ({{ . }}){{ end }}"
)
"""One line. SNS takes 100 characters of a subject, and Alertmanager cuts it there."""

LINKS: Final[Mapping[str, str]] = MappingProxyType(
    {"runbook_url": "runbook", "run_url": "run", "logs_url": "logs", "dashboard_url": "dashboard"}
)
"""Annotation of an alert -> what its link is called, in the order in which people need them."""

_TEXT: Final = (
    "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n"
    + "".join(
        f"{{{{ with .Annotations.{key} }}}}{name}: {{{{ . }}}}\n{{{{ end }}}}" for key, name in LINKS.items()
    )
    + "\n{{ end }}"
)


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """Somebody, or a program, that is told.

    Args:
        name: what routes call it.
        kind: by what it is told.
        secret: Secret in the monitoring namespace, with the key that `SECRET_KEYS` names for its kind;
            None if it has none.
        to: mail address, Slack's channel, or ARN of SNS' topic; empty for the other kinds.
        sender: mail address that mails come from.
        server: `host:port` of the mail server.
        user: name that the mail server knows us by; empty for none.
        region: region of SNS' topic.
    """

    name: str
    kind: Kind
    secret: str | None = None
    to: str = ""
    sender: str = ""
    server: str = ""
    user: str = ""
    region: str = ""

    @property
    def secret_file(self) -> str:
        """Where Alertmanager reads its secret."""
        return f"{SECRETS_FOLDER}/{self.secret}/{SECRET_KEYS[self.kind]}"


def receiver_config(receiver: Receiver) -> dict[str, Any]:
    """Make the part of Alertmanager's receiver that tells it.

    Args:
        receiver: who is told.
    """
    return {f"{receiver.kind}_configs": [{"send_resolved": True, **_SETTINGS[receiver.kind](receiver)}]}


def _webhook(receiver: Receiver) -> dict[str, Any]:
    return {"url_file": receiver.secret_file}


def _slack(receiver: Receiver) -> dict[str, Any]:
    return {
        "api_url_file": receiver.secret_file,
        "channel": receiver.to,
        "title": _SUBJECT,
        "title_link": "{{ .CommonAnnotations.runbook_url }}",
        "text": _TEXT,
    }


def _pagerduty(receiver: Receiver) -> dict[str, Any]:
    return {
        "routing_key_file": receiver.secret_file,
        "description": _SUBJECT,
        "severity": '{{ if eq .CommonLabels.severity "critical" }}critical{{ else }}warning{{ end }}',
        "details": {"alerts": _TEXT},
        # One without an address is left out by Alertmanager itself.
        "links": [
            {"href": f"{{{{ .CommonAnnotations.{key} }}}}", "text": name} for key, name in LINKS.items()
        ],
    }


def _email(receiver: Receiver) -> dict[str, Any]:
    account = (
        {"auth_username": receiver.user, "auth_password_file": receiver.secret_file} if receiver.user else {}
    )
    return {
        "to": receiver.to,
        "from": receiver.sender,
        "smarthost": receiver.server,
        # A password and what the alerts say of a team's jobs never go in clear.
        "require_tls": True,
        "headers": {"Subject": _SUBJECT},
        "html": "",
        "text": _TEXT,
        **account,
    }


def _sns(receiver: Receiver) -> dict[str, Any]:
    return {
        "topic_arn": receiver.to,
        # The identity of its own pod signs: there is no key.
        "sigv4": {"region": receiver.region},
        "subject": _SUBJECT,
        "message": _TEXT,
    }


_SETTINGS: Final[Mapping[str, Callable[[Receiver], dict[str, Any]]]] = MappingProxyType(
    {"webhook": _webhook, "slack": _slack, "pagerduty": _pagerduty, "email": _email, "sns": _sns}
)
