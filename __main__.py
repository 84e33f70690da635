"""The whole declaration of one environment; `shared: true` also owns what a Grafana has once."""

from pathlib import Path

import pulumi

from components import outputs
from components.alert_rules import AlertRules, AlertRulesArgs
from components.checks_installation import ChecksInstallation, ChecksInstallationArgs, token_of_shared
from components.configuration import Configuration
from components.deploy_environment import DeployEnvironment, DeployEnvironmentArgs
from components.github_secrets import GitHubSecrets, GitHubSecretsArgs
from components.grafana_access import GrafanaAccess, GrafanaAccessArgs
from components.grafana_stack import GrafanaStack, GrafanaStackArgs
from components.providers import Providers, ProvidersArgs
from components.shared import Shared, SharedArgs
from components.telemetry_access import TelemetryAccess, TelemetryAccessArgs
from components.uptime_checks import UptimeChecks, UptimeChecksArgs
from resilience.model.settings import TELEMETRY_TOKEN

configuration = Configuration.load(Path(__file__).parent)
settings, catalogue = configuration.settings, configuration.catalogue

providers = Providers("providers", ProvidersArgs.of(configuration))
stack = GrafanaStack("grafana-stack", GrafanaStackArgs.of(settings), providers.cloud)
access = GrafanaAccess("grafana-access", GrafanaAccessArgs.of(settings, stack), providers.cloud)
telemetry = TelemetryAccess("telemetry-access", TelemetryAccessArgs.of(settings, stack), providers.cloud)
rules = AlertRules(
    "alert-rules",
    AlertRulesArgs(
        settings=settings,
        catalogue=catalogue,
        grafana_url=stack.url,
        renewed_credentials={TELEMETRY_TOKEN: telemetry.expires_at},
        left_out=configuration.left_out,
    ),
    access.provider,
)
installation = None
if settings.shared:
    shared = SharedArgs(
        settings=settings,
        catalogue=catalogue,
        webhooks=configuration.webhooks,
        watchdog=configuration.watchdog,
        emails=configuration.emails,
    )
    Shared("shared", shared, providers.cloud, access.provider)
    installation = ChecksInstallation("outside-checks", ChecksInstallationArgs.of(stack), providers.cloud)
if settings.uptime.outside:
    token = installation.token if installation else token_of_shared()
    UptimeChecks("uptime-checks", UptimeChecksArgs.of(configuration, stack, token))
GitHubSecrets("github-secrets", GitHubSecretsArgs.of(configuration, stack, telemetry), providers.github)
if settings.github.workflows and settings.github.protect_deploys:
    ours = DeployEnvironmentArgs(repository=settings.github.workflows)
    DeployEnvironment("deploy-environment", ours, providers.github)

for key, value in outputs.of(settings, stack, telemetry, rules, installation).items():
    pulumi.export(key, value)
