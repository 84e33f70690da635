"""The variables of the shell do not change the manifest."""

import os

import pytest

from resilience.manifest import declare

# Read by the SDKs' providers, by GitHub Actions, or by people.
VARIABLES = [
    "GRAFANA_AUTH",
    "GRAFANA_URL",
    "GRAFANA_ORG_ID",
    "GRAFANA_RETRIES",
    "GRAFANA_STACK_ID",
    "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN",
    "GRAFANA_CLOUD_API_URL",
    "GRAFANA_SM_ACCESS_TOKEN",
    "GITHUB_TOKEN",
    "GITHUB_OWNER",
    "GITHUB_ORGANIZATION",
    "GITHUB_BASE_URL",
    "GH_TOKEN",
    "PULUMI_CONFIG",
]


@pytest.mark.parametrize("name", ["production", "dev"])
def test_no_variable_of_the_shell_changes_the_manifest(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    usual = declare(name)
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "7")

    assert declare(name) == usual


def test_the_variables_of_the_shell_are_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "7")
    before = dict(os.environ)

    declare("dev")

    assert dict(os.environ) == before
