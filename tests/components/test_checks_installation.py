"""The installation of Synthetic Monitoring, and how another stack gets its token."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumiverse_grafana as grafana
import pytest
from pulumi.runtime.mocks import MockResourceArgs

from components.checks_installation import ChecksInstallation, ChecksInstallationArgs, token_of_shared
from resilience.manifest import Manifest, types
from resilience.manifest.mocks import ProviderMocks
from tests.components.conftest import UnmarkedSecret

URL = "https://sm.example.com"


class OtherStack(ProviderMocks):
    """A stack of production with these outputs; keeps its address."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        """Have these outputs, all secret."""
        self.outputs, self.address = outputs, ""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer the reference."""
        self.address = args.resource_id or ""
        return args.name, {**args.inputs, "outputs": self.outputs, "secretOutputNames": list(self.outputs)}


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest]) -> Manifest:
    def program() -> None:
        args = ChecksInstallationArgs(
            stack_id=pulumi.Output.from_input("700001"),
            region=pulumi.Output.from_input("prod-eu-west-2"),
            url=pulumi.Output.from_input(URL),
        )
        pulumi.export("token", ChecksInstallation("outside-checks", args, grafana.Provider("given-cloud")).token)

    return declare_program(program, UnmarkedSecret(types.INSTALLATION, "smAccessToken", "sm_canary"))


def test_declares_policy_token_and_installation_and_nothing_else(
    manifest: Manifest, listed: Callable[[Manifest], object]
) -> None:
    assert listed(manifest) == [
        ("sv0:grafana:ChecksInstallation", "outside-checks", "sv0-resilience-test"),
        (types.INSTALLATION, "outside-checks-installation", "outside-checks"),
        (types.ACCESS_POLICY, "outside-checks-policy", "outside-checks"),
        (types.ACCESS_POLICY_TOKEN, "outside-checks-publisher", "outside-checks"),
    ]


def test_the_installation_publishes_to_this_one_stack(manifest: Manifest, named: Callable[..., list[str]]) -> None:
    (policy,) = manifest.of_type(types.ACCESS_POLICY)
    (installation,) = manifest.of_type(types.INSTALLATION)

    assert policy.inputs["scopes"] == ["logs:write", "metrics:write", "stacks:read", "traces:write"]
    assert policy.inputs["realms"] == [{"type": "stack", "identifier": "700001"}]
    assert installation.inputs == {"stackId": "700001", "stackSmApiUrl": URL, "metricsPublisherKey": "[secret]"}
    assert named([installation.provider]) == ["given-cloud"]


def test_the_token_that_the_provider_does_not_mark_is_secret(manifest: Manifest) -> None:
    (installation,) = manifest.of_type(types.INSTALLATION)

    assert "smAccessToken" in installation.additional_secret_outputs
    assert manifest.outputs == {"token": "[secret]"}


def test_another_stack_reads_the_token_where_production_has_it(declare_program: Callable[..., Manifest]) -> None:
    other = OtherStack({"checks_token": "sm_canary"})

    manifest = declare_program(lambda: pulumi.export("token", token_of_shared()), other)
    assert manifest.outputs == {"token": "[secret]"}
    assert other.address.endswith("/sv0-resilience/production")


def test_without_that_output_one_sentence_says_what_to_run(declare_program: Callable[..., Manifest]) -> None:
    with pytest.raises(pulumi.RunError) as rejected:
        declare_program(lambda: pulumi.export("token", token_of_shared()), OtherStack({}))

    assert str(rejected.value) == "production has no output checks_token yet: run `make up STACK=production`"
