"""The API server, asked with the rights of the operator's pod."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

Json = dict[str, Any]

ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes puts a pod's token, and the certificate of who signs the API server's."""

TRIES: Final = 3
PAUSE_SECONDS: Final = 0.5
TIMEOUT_SECONDS: Final = 10.0


class UnreachableError(Exception):
    """The API server does not answer; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What the API server says.

    Args:
        status: the HTTP status.
        body: the object, or the Status that says why not.
    """

    status: int
    body: Json

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return self.status < http.HTTPStatus.MULTIPLE_CHOICES

    @property
    def message(self) -> str:
        """Its reason, if it did not."""
        return str(self.body.get("message", self.status))


class Api:
    """The API server.

    Args:
        master: its address as spark-submit gets it: `k8s://https://10.96.0.1:443`.
    """

    def __init__(self, master: str) -> None:
        address = urlsplit(master.removeprefix("k8s://"))
        self._secure, self._host = address.scheme == "https", address.netloc
        token = ACCOUNT / "token"
        self._head = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._secure and token.is_file():
            self._head["Authorization"] = f"Bearer {token.read_text().strip()}"

    def call(self, method: str, path: str, body: Json | None = None) -> Answer:
        """Send one request, again if there is no answer.

        Args:
            method: the HTTP method.
            path: path and query.
            body: an object.

        Raises:
            UnreachableError: there is no answer, three times in a row.
        """
        reason = ""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSE_SECONDS)
            try:
                answer = self._call(method, path, body)
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = str(error)
            else:
                if answer.status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                    return answer
                reason = answer.message
        raise UnreachableError(f"the API server does not answer {method} {path}: {reason}")

    def application(self, namespace: str, name: str) -> Json:
        """Read a SparkApplication.

        Args:
            namespace: the job's namespace.
            name: the job's name.

        Raises:
            UnreachableError: it can't be read.
        """
        where = f"{quote(namespace, safe='')}/sparkapplications/{quote(name, safe='')}"
        path = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{where}"
        answer = self.call("GET", path)
        if not answer.ok:
            raise UnreachableError(f"the definition of job {name} can't be read: {answer.message}")
        return answer.body

    def _call(self, method: str, path: str, body: Json | None) -> Answer:
        connection = self._connection()
        try:
            content = None if body is None else json.dumps(body).encode()
            connection.request(method, path, body=content, headers=self._head)
            answer = connection.getresponse()
            read = json.loads(answer.read())
        finally:
            connection.close()
        return Answer(answer.status, read if isinstance(read, dict) else {})

    def _connection(self) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._host, timeout=TIMEOUT_SECONDS)
        authority = ACCOUNT / "ca.crt"
        context = ssl.create_default_context(cafile=str(authority) if authority.is_file() else None)
        return http.client.HTTPSConnection(self._host, timeout=TIMEOUT_SECONDS, context=context)
