"""Secrets that workflows read, the platform's and our own: where telemetry and messages go, Cloudflare Access.

Renaming a resource here would create the secret and then delete it, because its name in GitHub stays
the same. Give a renamed component `aliases`; its children inherit them.
"""

from dataclasses import dataclass, field
from typing import Self

import pulumi
import pulumi_github as github

from components.configuration import Configuration
from components.grafana_stack import GrafanaStack
from components.telemetry_access import TelemetryAccess
from resilience.model.settings import Secret, SecretScope

_SWITCH = "WATCHDOG_URL"
_ACCESS = {"CF_ACCESS_CLIENT_ID": Secret.ACCESS_CLIENT_ID, "CF_ACCESS_CLIENT_SECRET": Secret.ACCESS_CLIENT_SECRET}


@dataclass(frozen=True, kw_only=True)
class GitHubSecretsArgs:
    """What to write, and where.

    Attributes:
        environment: name of the GitHub environment, and the suffix of its names in repository scope.
        telemetry: of this environment, by name; `_URL`, `_USER` and `_TOKEN` of Loki and Prometheus.
        shared: by repository, always at its level; empty unless the stack is the shared one.
        plain_names: in repository scope, write names without the environment as a suffix.
    """

    repositories: tuple[str, ...]
    scope: SecretScope
    environment: str
    declare_environment: bool
    plain_names: bool
    telemetry: dict[str, pulumi.Output[str]]
    shared: dict[str, dict[str, pulumi.Output[str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, configuration: Configuration, stack: GrafanaStack, telemetry: TelemetryAccess) -> Self:
        """The seed plan's names, with the values of this environment."""
        settings = configuration.settings
        return cls(
            repositories=settings.github.repositories,
            scope=settings.github.secret_scope,
            environment=settings.environment,
            declare_environment=settings.github.declare_environment,
            plain_names=settings.shared,
            telemetry={
                "GRAFANA_CLOUD_LOKI_URL": stack.loki_url,
                "GRAFANA_CLOUD_LOKI_USER": stack.loki_user,
                "GRAFANA_CLOUD_LOKI_TOKEN": telemetry.token,
                "GRAFANA_CLOUD_PROM_URL": stack.prometheus_url,
                "GRAFANA_CLOUD_PROM_USER": stack.prometheus_user,
                "GRAFANA_CLOUD_PROM_TOKEN": telemetry.token,
            },
            shared=_shared(configuration) if settings.shared else {},
        )


def _shared(configuration: Configuration) -> dict[str, dict[str, pulumi.Output[str]]]:
    """Webhooks for all; our own workflows also pass Cloudflare Access, and send signs of life."""
    github, secrets = configuration.settings.github, configuration.secrets
    webhooks = {f"SLACK_WEBHOOK_{channel.upper()}": url for channel, url in configuration.webhooks.items()}
    access = {name: secrets[secret] for name, secret in _ACCESS.items() if secret in secrets}
    switch = {_SWITCH: configuration.watchdog} if configuration.watchdog else {}
    ours = {github.workflows: webhooks | access | switch} if github.workflows else {}
    return dict.fromkeys(github.repositories, webhooks) | ours


class GitHubSecrets(pulumi.ComponentResource):
    """All secrets of one environment in all repositories."""

    def __init__(
        self, name: str, args: GitHubSecretsArgs, provider: github.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare environments and secrets."""
        super().__init__("sv0:github:Secrets", name, None, opts)
        self._name, self._args, self._provider = name, args, provider
        for repository, secrets in args.shared.items():
            for secret, value in secrets.items():
                self._of_repository(repository, secret, value)
        for repository in args.repositories:
            if args.scope is SecretScope.ENVIRONMENT:
                self._of_environment(repository)
            else:
                for secret, value in args.telemetry.items():
                    self._of_repository(repository, self._unambiguous(secret), value)
        self.register_outputs({})

    def _unambiguous(self, secret: str) -> str:
        """Return the name with its environment: in repository scope all environments share one list of names."""
        return secret if self._args.plain_names else f"{secret}_{self._args.environment.upper().replace('-', '_')}"

    def _of_repository(self, repository: str, secret: str, value: pulumi.Output[str]) -> None:
        github.ActionsSecret(
            f"{self._name}-{repository}-{secret}",
            repository=repository,
            secret_name=secret,
            value=value,
            opts=self._options(),
        )

    def _of_environment(self, repository: str) -> None:
        environment: pulumi.Input[str] = self._args.environment
        if self._args.declare_environment:
            environment = self._environment(repository).environment
        for secret, value in self._args.telemetry.items():
            github.ActionsEnvironmentSecret(
                f"{self._name}-{repository}-{secret}",
                repository=repository,
                environment=environment,
                secret_name=secret,
                value=value,
                opts=self._options(),
            )

    def _environment(self, repository: str) -> github.RepositoryEnvironment:
        return github.RepositoryEnvironment(
            f"{self._name}-{repository}-environment",
            repository=repository,
            environment=self._args.environment,
            # Deleting it would also delete secrets that are not ours.
            opts=pulumi.ResourceOptions(parent=self, provider=self._provider, retain_on_delete=True),
        )

    def _options(self) -> pulumi.ResourceOptions:
        # GitHub's PUT is an upsert: the default order, create then delete, deletes the new value.
        return pulumi.ResourceOptions(parent=self, provider=self._provider, delete_before_replace=True)
