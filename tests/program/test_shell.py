"""The variables of the shell do not change the manifest."""

import os
from collections.abc import Callable

import pytest

from resilience.manifest import Manifest

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
def test_no_variable_of_the_shell_changes_the_manifest_and_all_are_restored(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, declare_own: Callable[..., Manifest], name: str
) -> None:
    usual = request.getfixturevalue(name)
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "7")
    before = dict(os.environ)

    assert declare_own(name) == usual
    assert dict(os.environ) == before
