"""The database's passwords, its pod, and who reaches it."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from components.services.database.scram import verifier


def test_the_verifier_answers_the_example_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7677, section 3: what a server of the user `user` with the password `pencil` signs."""
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")

    class Fixed:
        def __init__(self, *_: object) -> None: ...

        def digest(self) -> bytes:
            return salt

    with monkeypatch.context() as patch:
        real = hashlib.sha256
        patch.setattr(
            "components.services.database.scram.hashlib.sha256",
            lambda content: Fixed() if content == b"the salt" else real(content),
        )
        made = verifier("pencil", salt="the salt")
    method, parameters, keys = made.split("$")
    assert (method, parameters) == ("SCRAM-SHA-256", "4096:W22ZaJ0SNY7soEsUEjb6gQ==")
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    message = ",".join(
        (
            "n=user,r=rOprNGfwEbeRWgbNEkqO",
            f"r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            f"c=biws,r={nonce}",
        )
    )
    server_key = base64.b64decode(keys.split(":")[1])
    signed = hmac.digest(server_key, message.encode(), "sha256")
    assert base64.b64encode(signed) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_equal_passwords_have_equal_verifiers_only_with_the_same_salt() -> None:
    assert verifier("a", salt="s") == verifier("a", salt="s")
    assert verifier("a", salt="s") != verifier("a", salt="t")
    assert verifier("a", salt="s") != verifier("b", salt="s")
