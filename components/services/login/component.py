"""The login in front of all pages: one address, and users whose passwords are made here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.kube.objects import typed
from components.kube.service_space import hidden_secret, network_walls, service_account, service_namespace
from components.naming import LOGIN_NAMESPACE, type_token
from components.random_secret import RandomSecret, RandomSecretArgs
from components.records.login import PROXY
from components.records.model import Page
from components.services.login import config
from components.services.login.config import IdentityProvider
from components.services.login.pods import (
    CONFIG,
    HOME,
    SECRETS,
    proxy_labels,
    proxy_pod,
    proxy_policies,
    proxy_selector,
    proxy_service,
)
from components.services.login.users import cookie_key, password_file


@dataclass(frozen=True, kw_only=True)
class LoginProxyArgs:
    """Arguments of a `LoginProxy`.

    Args:
        image: reference of the image login-proxy.
        pages: the pages behind it.
        address: URL that a browser opens.
        users: names of all who may sign in with a password of the platform's.
        provider: who says who people are instead, and the secret that it knows the pages by.
        node_port: port on every node that opens it; None opens none.
        generation: which passwords and cookies these are; raise it by one to get others.
    """

    image: str
    pages: Sequence[Page]
    address: str
    users: Sequence[str] = ()
    provider: tuple[IdentityProvider, pulumi.Input[str]] | None = None
    node_port: int | None = None
    generation: int = 1


class LoginProxy(pulumi.ComponentResource):
    """oauth2-proxy in a namespace of its own.

    Outputs:
        passwords: passwords by the user's name, a secret; None where a provider has them.
        page_password: what a page knows the proxy by, a secret.
    """

    passwords: pulumi.Output[dict[str, str]] | None
    page_password: pulumi.Output[str]

    def __init__(self, name: str, args: LoginProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("LoginProxy"), name, {}, opts)
        self._name, self._args = name, args
        space = service_namespace(f"{name}-namespace", LOGIN_NAMESPACE, service=PROXY, parent=self)
        self._identity = args.provider[0] if args.provider else None
        policies = proxy_policies(
            args.pages, open_to_nodes=args.node_port is not None, asks_provider=args.provider is not None
        )
        network_walls(name, space, policies, {key: _metadata(key) for key in policies}, parent=self)
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=[space])
        made = {user: self._random(f"user-{user}") for user in args.users}
        page = self._random("pages")
        self.page_password = page.value
        values = {user: each.value for user, each in made.items()}
        self.passwords = pulumi.Output.secret(pulumi.Output.all(**values)) if values else None
        secret = self._secret(made, page)
        maps = self._config_maps()
        self._deployment([secret, *maps])
        k8s.core.v1.Service(
            f"{name}-service",
            metadata=_metadata(PROXY),
            spec=typed(proxy_service(args.node_port)),
            opts=self._inside,
        )
        self.register_outputs({"passwords": self.passwords, "pagePassword": self.page_password})

    @property
    def _people(self) -> Sequence[str]:
        """Who may sign in: names, or groups of a provider."""
        found = self._identity
        return [found.issuer, found.client_id, *found.groups] if found else self._args.users

    def _random(self, part: str) -> RandomSecret:
        arguments = RandomSecretArgs(generation=self._args.generation)
        return RandomSecret(f"{self._name}-{part}", arguments, pulumi.ResourceOptions(parent=self))

    def _secret(self, made: Mapping[str, RandomSecret], page: RandomSecret) -> k8s.core.v1.Secret:
        cookies = self._random("cookies")
        data: dict[str, pulumi.Output[str]] = {
            config.COOKIE_KEY: cookies.value.apply(lambda value: cookie_key(value, self._people)),
            config.PASSWORD_KEY: page.value,
        }
        if self._args.provider:
            data[config.CLIENT_KEY] = pulumi.Output.from_input(self._args.provider[1])
        else:
            # An id is random too, changes with the secret and says nothing about it: a salt.
            salted = {user: pulumi.Output.all(each.value, each.id) for user, each in made.items()}
            data[config.USERS_KEY] = pulumi.Output.all(**salted).apply(
                lambda found: password_file({user: (each[0], each[1]) for user, each in found.items()})
            )
        self._restarts = pulumi.Output.concat(cookies.id, "-", page.id)
        return hidden_secret(f"{self._name}-secret", _metadata(PROXY), data, self._inside)

    def _config_maps(self) -> list[k8s.core.v1.ConfigMap]:
        args = self._args
        self._files = {
            config.SETTINGS_FILE: config.proxy_settings(
                args.address, args.pages, config=CONFIG, secrets=SECRETS, provider=self._identity
            ),
            config.PAGES_FILE: config.proxy_pages(
                args.pages, home=HOME, secrets=SECRETS, provider=self._identity
            ),
            config.SIGN_IN_FILE: config.sign_in_page(),
        }
        home = {config.HOME_FILE: config.home_page(args.pages)}
        return [
            k8s.core.v1.ConfigMap(
                f"{self._name}-{part}", metadata=_metadata(found), data=files, opts=self._inside
            )
            for part, found, files in (("config", PROXY, self._files), ("home", f"{PROXY}-home", home))
        ]

    def _deployment(self, needs: Sequence[pulumi.Resource]) -> None:
        account = service_account(f"{self._name}-account", _metadata(PROXY), self._inside)
        # It follows the file of users by itself, and reads all else at its start.
        read = "\n".join((*self._files.values(), *sorted(self._people)))
        annotations = {
            "spark-on-eks/config": hashlib.sha256(read.encode()).hexdigest()[:12],
            "spark-on-eks/secrets": self._restarts,
        }
        k8s.apps.v1.Deployment(
            f"{self._name}-deployment",
            metadata=_metadata(PROXY),
            spec=typed(
                {
                    "replicas": 1,
                    "selector": {"matchLabels": proxy_selector()},
                    "template": proxy_pod(self._args.image, annotations),
                }
            ),
            opts=pulumi.ResourceOptions.merge(
                self._inside, pulumi.ResourceOptions(depends_on=[account, *needs])
            ),
        )


def _metadata(name: str) -> Any:
    return {"name": name, "namespace": LOGIN_NAMESPACE, "labels": proxy_labels()}
