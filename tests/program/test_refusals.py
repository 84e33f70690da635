"""What the program itself refuses, on a real engine too: all at once, in sentences."""

import json
import runpy
from typing import Any

import pulumi
import pytest

from components import configuration as config
from resilience.core.yaml_files import read_yaml
from resilience.manifest import record
from resilience.model.catalogue import ROOT
from resilience.model.settings import SETTINGS_KEY, Secret


def refusal(name: str, config: dict[str, str]) -> list[str]:
    """Lines of the refusal of the real program, without the placeholders of the manifest."""
    with pytest.raises(pulumi.RunError) as rejected:
        record(name, lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), config, list(Secret))
    return str(rejected.value).splitlines()


def settings(name: str, **spoiled: Any) -> dict[str, str]:
    found = read_yaml(ROOT / f"Pulumi.{name}.yaml", "settings")["config"][SETTINGS_KEY]
    return {SETTINGS_KEY: json.dumps(found | spoiled)}


def missing(stack: str, secret: str, variable: str = "") -> str:
    command = f"run `pulumi config set --secret {secret} --stack {stack}`"
    return f"Pulumi.{stack}.yaml: {secret}: is missing; {command}{f' or set {variable}' if variable else ''}"


GRAFANA = ("grafana:cloudAccessPolicyToken", "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN")
GITHUB = ("github:token", "GITHUB_TOKEN")


def test_production_needs_six_secrets_and_names_all_at_once() -> None:
    assert refusal("production", settings("production")) == [
        missing("production", *GITHUB),
        missing("production", *GRAFANA),
        missing("production", "sv0-resilience:accessClientId"),
        missing("production", "sv0-resilience:accessClientSecret"),
        missing("production", "sv0-resilience:slackWebhookAlerts"),
        missing("production", "sv0-resilience:slackWebhookDeploys"),
    ]


def test_an_environment_that_shares_needs_no_webhook_but_the_token_of_the_checks() -> None:
    assert refusal("dev", settings("dev")) == [
        missing("dev", *GITHUB),
        missing("dev", *GRAFANA),
        missing("dev", "sv0-resilience:accessClientId"),
        missing("dev", "sv0-resilience:accessClientSecret"),
        missing("dev", "sv0-resilience:checksToken"),
    ]


def test_one_missing_secret_is_named_alone() -> None:
    others = {secret: "canary" for secret in Secret if secret is not Secret.SLACK_WEBHOOK_DEPLOYS}

    assert refusal("production", settings("production") | others) == [
        missing("production", "sv0-resilience:slackWebhookDeploys")
    ]


def test_a_stack_without_settings_is_reported_where_they_belong() -> None:
    assert refusal("dev", {}) == [
        "Pulumi.dev.yaml: sv0-resilience:settings: is missing; write the settings object, as in Pulumi.dev.yaml"
    ]


def test_problems_of_settings_and_secrets_are_reported_together() -> None:
    unmanaged = (
        'Pulumi.production.yaml: sv0-resilience:settings.team[0].member: unknown owner "stranger"; '
        "write one of ivan, sergey"
    )
    members = [{"member": "stranger", "role": "Admin", "joined": True}]

    assert refusal("production", settings("production", team=members)) == [
        missing("production", *GITHUB),
        missing("production", *GRAFANA),
        missing("production", "sv0-resilience:accessClientId"),
        missing("production", "sv0-resilience:accessClientSecret"),
        unmanaged,
        missing("production", "sv0-resilience:slackWebhookAlerts"),
        missing("production", "sv0-resilience:slackWebhookDeploys"),
    ]


def test_every_fault_of_the_settings_is_reported() -> None:
    secrets = dict.fromkeys(Secret, "canary")
    lines = refusal("dev", settings("dev", environment="Dev", retries=99, colour="red") | secrets)

    assert [line.partition(": ")[2].partition(": ")[0] for line in lines] == [
        "sv0-resilience:settings.colour",
        "sv0-resilience:settings.environment",
        "sv0-resilience:settings.retries",
    ]


def test_nothing_is_declared_by_a_program_that_rejects() -> None:
    registered: list[str] = []

    class Counting(pulumi.runtime.Mocks):
        """Notes every registration."""

        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            """Note it."""
            registered.append(args.name)
            return args.name, {}

        def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
            """Note it."""
            registered.append(args.token)
            return {}

    with pytest.raises(pulumi.RunError):
        record("dev", lambda: runpy.run_path(str(ROOT / "__main__.py")), settings("dev"), provider_mocks=Counting())

    assert registered == []


@pytest.mark.parametrize("name", ["GRAFANA_URL", "GRAFANA_RETRY_WAIT", "GITHUB_OWNER", "GITHUB_BASE_URL"])
def test_a_variable_that_a_provider_would_obey_is_rejected_by_name_alone(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "CANARY")

    assert [str(problem) for problem in config._env_overrides()] == [
        f"environment: {name}: would change a provider behind the settings; run `unset {name}`"
    ]


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN", "GRAFANA_LOKI_URL", "GITHUB_REPOSITORY"]
)
def test_tokens_and_what_others_read_are_no_reason_to_refuse(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "CANARY")

    assert config._env_overrides() == []
