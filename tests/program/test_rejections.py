"""What the program itself rejects, also on a real engine: all at once, in sentences."""

import json
import runpy
from typing import Any

import pulumi
import pytest

from components import configuration as config
from resilience.manifest import record
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.settings import SETTINGS_KEY, Secret
from tests.stack_files import settings_of


def rejection(name: str, config: dict[str, str]) -> list[str]:
    """Lines of the rejection by the real program, without the placeholders of the manifest."""
    with pytest.raises(pulumi.RunError) as rejected:
        record(name, lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), config, list(Secret))
    return str(rejected.value).splitlines()


def settings(name: str, **given: Any) -> dict[str, str]:
    return {SETTINGS_KEY: json.dumps(settings_of(name, **given))}


def missing(stack: str, secret: str, variable: str = "") -> str:
    command = f"run `pulumi config set --secret {secret} --stack {stack}`"
    return f"Pulumi.{stack}.yaml: {secret}: is missing; {command}{f' or set {variable}' if variable else ''}"


GRAFANA = ("grafana:cloudAccessPolicyToken", "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN")
GITHUB = ("github:token", "GITHUB_TOKEN")


def test_production_needs_six_secrets_and_names_all_at_once() -> None:
    assert rejection("production", settings("production")) == [
        missing("production", *GITHUB),
        missing("production", *GRAFANA),
        missing("production", "sv0-resilience:accessClientId"),
        missing("production", "sv0-resilience:accessClientSecret"),
        missing("production", "sv0-resilience:slackWebhookAlerts"),
        missing("production", "sv0-resilience:slackWebhookDeploys"),
    ]


def test_another_environment_needs_no_webhook() -> None:
    assert rejection("dev", settings("dev")) == [
        missing("dev", *GITHUB),
        missing("dev", *GRAFANA),
        missing("dev", "sv0-resilience:accessClientId"),
        missing("dev", "sv0-resilience:accessClientSecret"),
    ]


def test_only_the_missing_secret_is_named() -> None:
    others = {secret: "canary" for secret in Secret if secret is not Secret.SLACK_WEBHOOK_DEPLOYS}

    assert rejection("production", settings("production") | others) == [
        missing("production", "sv0-resilience:slackWebhookDeploys")
    ]


def test_missing_settings_are_reported_with_their_file() -> None:
    assert rejection("dev", {}) == [
        "Pulumi.dev.yaml: sv0-resilience:settings: is missing; write the settings object, as in Pulumi.dev.yaml"
    ]


def test_problems_of_settings_and_secrets_are_reported_together() -> None:
    unknown = (
        'Pulumi.production.yaml: sv0-resilience:settings.team[0].member: unknown owner "boris"; '
        f"write one of {', '.join(sorted(Catalogue.load().owners))}"
    )
    members = [{"member": "boris", "role": "Admin", "joined": True}]

    assert rejection("production", settings("production", team=members)) == [
        missing("production", *GITHUB),
        missing("production", *GRAFANA),
        missing("production", "sv0-resilience:accessClientId"),
        missing("production", "sv0-resilience:accessClientSecret"),
        unknown,
        missing("production", "sv0-resilience:slackWebhookAlerts"),
        missing("production", "sv0-resilience:slackWebhookDeploys"),
    ]


def test_every_problem_of_the_settings_is_reported() -> None:
    secrets = dict.fromkeys(Secret, "canary")
    lines = rejection("dev", settings("dev", environment="Dev", retries=99, colour="red") | secrets)

    assert [line.partition(": ")[2].partition(": ")[0] for line in lines] == [
        "sv0-resilience:settings.colour",
        "sv0-resilience:settings.environment",
        "sv0-resilience:settings.retries",
    ]


def test_a_program_that_rejects_its_settings_declares_nothing() -> None:
    registered: list[str] = []

    class Counting(pulumi.runtime.Mocks):
        """Records every registration."""

        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            """Record it."""
            registered.append(args.name)
            return args.name, {}

        def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
            """Record it."""
            registered.append(args.token)
            return {}

    with pytest.raises(pulumi.RunError):
        record("dev", lambda: runpy.run_path(str(ROOT / "__main__.py")), settings("dev"), provider_mocks=Counting())

    assert registered == []


@pytest.mark.parametrize("name", ["GRAFANA_URL", "GRAFANA_RETRY_WAIT", "GITHUB_OWNER", "GITHUB_BASE_URL"])
def test_a_variable_that_changes_a_provider_is_rejected_only_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "CANARY")

    assert [str(problem) for problem in config._env_overrides()] == [
        f"environment: {name}: would change a provider behind the settings; run `unset {name}`"
    ]


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN", "GRAFANA_LOKI_URL", "GITHUB_REPOSITORY"]
)
def test_tokens_and_variables_of_other_programs_are_accepted(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "CANARY")

    assert config._env_overrides() == []
