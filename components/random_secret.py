"""A random secret that Pulumi makes once and keeps, encrypted, in its state."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

LENGTH: Final = 40
"""Characters of a secret: 40 of 62 letters and digits are 238 bits, and AWS secret keys have 40 as well."""

_ALPHABET: Final = string.ascii_letters + string.digits
"""No punctuation: the secret goes into XML, shell and URLs without being quoted anywhere."""


class RandomSecretProvider(ResourceProvider):
    """The secret's maker. It exists in Pulumi's state alone, so there is nothing to read, update or delete.

    Pulumi keeps this object in the state, serialised, and runs it in a process of its own, which imports this
    module by its name: renaming the module or the class strands every secret that exists. The class holds no
    data, and a changed `generation` is all that ever replaces a secret: left to itself, Pulumi would ask for
    an update whenever the serialised form changes.
    """

    # The class holds no secret; as a secret it would be encrypted anew, and so differ, in every run.
    serialize_as_secret_always = False

    def create(self, props: Mapping[str, Any]) -> CreateResult:
        """Make a secret, under an id that tells nothing about it.

        Args:
            props: `generation`, a number that asks for a new secret when it changes.
        """
        value = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
        return CreateResult(secrets.token_hex(8), {"generation": props["generation"], "value": value})

    def diff(self, _id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> DiffResult:
        """Replace the secret if another generation is asked for, and for no other reason.

        Args:
            olds: what the secret was made with, and the secret.
            news: what is asked for now.
        """
        changed = int(olds["generation"]) != int(news["generation"])
        return DiffResult(changes=changed, replaces=["generation"] if changed else [])


@dataclass(frozen=True, kw_only=True)
class RandomSecretArgs:
    """Arguments of a `RandomSecret`.

    Args:
        generation: which secret this is; raise it by one to get another one.
    """

    generation: int = 1


class RandomSecret(Resource, module="sparkeks", name="RandomSecret"):
    """A secret of 40 random letters and digits.

    Its `id` is random too, changes with the secret and says nothing about it: use it to see a rotation.
    """

    value: pulumi.Output[str]

    def __init__(self, name: str, args: RandomSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            RandomSecretProvider(),
            name,
            {"generation": args.generation, "value": None},
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["value"])),
        )
