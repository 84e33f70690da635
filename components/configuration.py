"""The program's input: settings, secrets and catalogue. Only this module asks Pulumi for them."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pulumi

from resilience.core.conventions import WATCHDOG, Channel
from resilience.core.problems import BadInputError, Problem, collected
from resilience.model import agreement
from resilience.model.catalogue import Catalogue
from resilience.model.settings import SETTINGS_KEY, Secret, StackSettings, addresses
from resilience.model.stack_file import file_of

# Variables that the providers read by themselves: not those of the deploy scripts
# (GRAFANA_LOKI_URL and so on), nor the many GITHUB_* that Actions sets.
_READ_BY_PROVIDERS = re.compile(
    r"GRAFANA_(URL|AUTH|ORG_ID|STACK_ID|RETRIES|RETRY_WAIT|RETRY_STATUS_CODES|HTTP_HEADERS|CLOUD_API_URL"
    r"|INSECURE_SKIP_VERIFY|CA_CERT|TLS_CERT|TLS_KEY|SM_URL|SM_ACCESS_TOKEN)|GITHUB_(OWNER|ORGANIZATION|BASE_URL)"
)


@dataclass(frozen=True)
class Configuration:
    """All input, checked; secrets stay outputs."""

    settings: StackSettings
    catalogue: Catalogue
    secrets: dict[Secret, pulumi.Output[str]]

    @property
    def webhooks(self) -> dict[Channel, pulumi.Output[str]]:
        """Slack's incoming webhooks; none unless the stack is the shared one."""
        found = {Channel.ALERTS: Secret.SLACK_WEBHOOK_ALERTS, Channel.DEPLOYS: Secret.SLACK_WEBHOOK_DEPLOYS}
        return {channel: self.secrets[secret] for channel, secret in found.items() if secret in self.secrets}

    @property
    def watchdog(self) -> pulumi.Output[str] | None:
        """The address that waits for signs of life; None where none is set, and in stacks that share nothing."""
        return self.secrets.get(Secret.WATCHDOG_URL)

    @property
    def emails(self) -> pulumi.Output[list[str]] | None:
        """The addresses of the second path; None where none is set, and in stacks that share nothing."""
        found = self.secrets.get(Secret.ALERT_EMAILS)
        return found.apply(addresses) if found else None

    @property
    def left_out(self) -> frozenset[str]:
        """Ids of alerts without a receiver: its route would take the watchdog to Slack, where it never ends."""
        return frozenset() if self.watchdog else frozenset({WATCHDOG})

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read everything, the catalogue from the checkout in `root`; reject bad input before any resource is declared.

        Raises:
            pulumi.RunError: all problems, one per line; the engine prints it without a traceback.
        """
        stack = pulumi.get_stack()
        file = file_of(stack)
        problems: list[Problem] = []
        settings = collected(problems, lambda: _settings(file))
        catalogue = collected(problems, lambda: Catalogue.load(root))
        problems += _env_overrides()
        if settings:
            problems += _missing(settings, stack, file)
        if settings and catalogue:
            problems += agreement.problems(settings, catalogue, file)
        if problems or not (settings and catalogue):
            raise pulumi.RunError(str(BadInputError(problems)))
        secrets = _secrets(settings)
        _hide_from_providers()
        return cls(settings, catalogue, secrets)


def _settings(file: str) -> StackSettings:
    return StackSettings.load(pulumi.Config().get_object(SETTINGS_KEY.partition(":")[2]), file)


def _value(secret: Secret) -> pulumi.Output[str] | None:
    bag, _, key = secret.partition(":")
    if (found := pulumi.Config(bag).get_secret(key)) is not None:
        return found
    variable = os.environ.get(secret.variable or "")
    return pulumi.Output.secret(variable) if variable else None


def _hide_from_providers() -> None:
    """Remove credentials from the environment: the SDK would also give them to providers that do not need them."""
    for secret in Secret:
        os.environ.pop(secret.variable or "", None)


def _env_overrides() -> list[Problem]:
    """Variables that would give a provider another owner or address, or a difference in every preview."""
    found = sorted(name for name in os.environ if _READ_BY_PROVIDERS.fullmatch(name))
    return [
        Problem("environment", name, "would change a provider behind the settings", f"run `unset {name}`")
        for name in found
    ]


def _missing(settings: StackSettings, stack: str, file: str) -> list[Problem]:
    missing = [secret for secret in settings.required_secrets() if _value(secret) is None]
    return [Problem(file, secret, "is missing", secret.remedy(stack)) for secret in missing]


def _secrets(settings: StackSettings) -> dict[Secret, pulumi.Output[str]]:
    known = (*settings.required_secrets(), *settings.optional_secrets())
    found = {secret: _value(secret) for secret in known}
    return {secret: value for secret, value in found.items() if value is not None}
