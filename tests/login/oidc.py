"""An identity provider on loopback, and tokens that it signs, or seems to.

A real provider would never have signed some of them. The real oauth2-proxy 7.15.6, which tests run, refuses
them: signature, algorithm, issuer and expiry by go-oidc 3 (`oidc/verify.go`, `Verify`), the audience by
`verifyAudience` (`pkg/providers/oidc/verifier.go`), an address nobody verified by `buildSessionFromClaims`
(`providers/provider_data.go`), and at each request groups by `getAuthenticatedSession` (`oauthproxy.go`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import flask
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from oidc_provider_mock import User, run_server_in_thread

HOUR: Final = 3600


@dataclass(frozen=True)
class Provider:
    """A provider that runs.

    Args:
        issuer: its issuer.
        key: what it signs with.
    """

    issuer: str
    key: rsa.RSAPrivateKey

    def claims(self, person: str, groups: Sequence[str], *, client: str, **more: Any) -> dict[str, Any]:
        """What an ID token of a person says.

        Args:
            person: their address.
            groups: theirs.
            client: that it is for.
            more: instead of what it says, or besides; what is None is left out.
        """
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": client,
            "sub": f"id of {person}",
            "email": person,
            "email_verified": True,
            "teams": list(groups),
            "iat": now,
            "exp": now + HOUR,
            **more,
        }
        return {name: value for name, value in said.items() if value is not None}

    def signed(self, claims: Mapping[str, Any], key: rsa.RSAPrivateKey | None = None) -> str:
        """A token.

        Args:
            claims: what it says.
            key: of somebody else; the provider's own if None.
        """
        text = _unsigned({"alg": "RS256", "typ": "JWT"}, claims)
        return (
            f"{text}.{_encoded((key or self.key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
        )

    def signed_by_what_all_know(self, claims: Mapping[str, Any]) -> str:
        """A token signed with the public key as if it were a secret (RFC 8725, 2.1)."""
        public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        text = _unsigned({"alg": "HS256", "typ": "JWT"}, claims)
        return f"{text}.{_encoded(hmac.digest(public, text.encode(), hashlib.sha256))}"


def unsigned(claims: Mapping[str, Any]) -> str:
    """A token that says itself that nobody signed it, with something where the signature would be."""
    return f"{_unsigned({'alg': 'none'}, claims)}.{_encoded(b'none')}"


def other_key() -> rsa.RSAPrivateKey:
    """A key that no provider has."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@contextmanager
def provider(people: Mapping[str, Sequence[str]]) -> Iterator[Provider]:
    """Run a provider, at which everybody signs in by saying who they are.

    Args:
        people: groups by person.
    """
    users = [
        User(sub=name, claims={"email": name, "email_verified": True, "teams": list(groups)})
        for name, groups in people.items()
    ]
    with run_server_in_thread(user_claims=users) as server:
        app = server.app
        assert isinstance(app, flask.Flask)
        with app.test_request_context():
            app.preprocess_request()
            pem = flask.g.oidc_provider_mock_storage.jwk.as_pem(is_private=True)
        key = serialization.load_pem_private_key(pem, password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        yield Provider(issuer=f"http://localhost:{server.server_port}", key=key)


def _unsigned(head: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return ".".join(_encoded(json.dumps(each).encode()) for each in (head, claims))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
