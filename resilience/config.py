"""What the program is told: settings, secrets and catalogue. The only place that asks Pulumi for them."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pulumi

from resilience.model.agreement import refusals
from resilience.model.catalogue import Catalogue
from resilience.model.conventions import Channel
from resilience.model.faults import BadInputError, Fault, collected
from resilience.model.settings import SETTINGS_KEY, Secret, StackSettings
from resilience.model.stack_file import file_of


@dataclass(frozen=True)
class Configuration:
    """All of it, checked; secrets stay outputs."""

    settings: StackSettings
    catalogue: Catalogue
    secrets: dict[Secret, pulumi.Output[str]]

    @property
    def webhooks(self) -> dict[Channel, pulumi.Output[str]]:
        """Slack's incoming webhooks; none unless the stack is the shared one."""
        found = {Channel.ALERTS: Secret.SLACK_WEBHOOK_ALERTS, Channel.DEPLOYS: Secret.SLACK_WEBHOOK_DEPLOYS}
        return {channel: self.secrets[secret] for channel, secret in found.items() if secret in self.secrets}

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read everything, the catalogue from the checkout in `root`, and refuse before the engine starts.

        Raises:
            pulumi.RunError: all faults, one a line; the engine prints it without a traceback.
        """
        stack = pulumi.get_stack()
        file = file_of(stack)
        faults: list[Fault] = []
        settings = collected(faults, lambda: _settings(file))
        catalogue = collected(faults, lambda: Catalogue.load(root))
        if settings:
            faults += _missing(settings, stack, file)
        if settings and catalogue:
            faults += refusals(settings, catalogue, file)
        if faults or not (settings and catalogue):
            raise pulumi.RunError(str(BadInputError(faults)))
        return cls(settings, catalogue, _secrets(settings))


def _settings(file: str) -> StackSettings:
    return StackSettings.load(pulumi.Config().get_object(SETTINGS_KEY.partition(":")[2]), file)


def _value(secret: Secret) -> pulumi.Output[str] | None:
    bag, _, key = secret.partition(":")
    if (found := pulumi.Config(bag).get_secret(key)) is not None:
        return found
    variable = os.environ.get(secret.variable or "")
    return pulumi.Output.secret(variable) if variable else None


def _missing(settings: StackSettings, stack: str, file: str) -> list[Fault]:
    missing = [secret for secret in settings.required_secrets() if _value(secret) is None]
    return [Fault(file, secret, "is missing", secret.remedy(stack)) for secret in missing]


def _secrets(settings: StackSettings) -> dict[Secret, pulumi.Output[str]]:
    found = {secret: _value(secret) for secret in settings.required_secrets()}
    return {secret: value for secret, value in found.items() if value is not None}
