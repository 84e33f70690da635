"""The collector's access: two scopes on one stack, and a token that is replaced before it expires."""

from collections.abc import Callable

import pulumi
import pulumiverse_grafana as grafana
import pytest

from components.telemetry_access import TelemetryAccess, TelemetryAccessArgs
from resilience.manifest import Manifest, types
from tests.components.conftest import UnmarkedSecret


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest]) -> Manifest:
    def program() -> None:
        cloud = grafana.Provider("given-cloud", cloud_access_policy_token="canary")
        args = TelemetryAccessArgs(
            uid="sv0-dev",
            environment="dev",
            stack_id=pulumi.Output.from_input("700001"),
            region=pulumi.Output.from_input("prod-eu-west-2"),
        )
        telemetry = TelemetryAccess("telemetry-access", args, cloud)
        pulumi.export("token", telemetry.token)
        pulumi.export("expires_at", telemetry.expires_at)

    return declare_program(program, UnmarkedSecret(types.ROTATING_TOKEN, "token", "glc_canary"))


def test_declares_policy_and_token_and_nothing_else(manifest: Manifest, listed: Callable[[Manifest], object]) -> None:
    assert listed(manifest) == [
        ("sv0:grafana:TelemetryAccess", "telemetry-access", "sv0-resilience-test"),
        (types.ACCESS_POLICY, "telemetry-access-policy", "telemetry-access"),
        (types.ROTATING_TOKEN, "telemetry-access-token", "telemetry-access"),
    ]


def test_may_only_write_metrics_and_logs_to_this_one_stack(manifest: Manifest) -> None:
    (policy,) = manifest.of_type(types.ACCESS_POLICY)

    assert policy.inputs == {
        "name": "sv0-dev-telemetry",
        "displayName": "Collector of dev",
        "region": "prod-eu-west-2",
        "scopes": ["logs:write", "metrics:write"],
        "realms": [{"type": "stack", "identifier": "700001"}],
    }


def test_the_policy_is_replaced_before_it_is_deleted_because_its_tokens_go_with_it(
    manifest: Manifest, named: Callable[..., list[str]]
) -> None:
    (policy,) = manifest.of_type(types.ACCESS_POLICY)

    assert (policy.delete_before_replace, named([policy.provider])) == (False, ["given-cloud"])


def test_the_token_is_valid_for_90_days_and_replaced_in_the_last_30(
    manifest: Manifest, named: Callable[..., list[str]]
) -> None:
    (token,) = manifest.of_type(types.ROTATING_TOKEN)

    assert token.inputs == {
        "accessPolicyId": "telemetry-access-policy-id",
        "region": "prod-eu-west-2",
        "namePrefix": "sv0-dev-telemetry",
        "displayName": "Collector of dev",
        "expireAfter": "2160h",
        "earlyRotationWindow": "720h",
        "deleteOnDestroy": False,
    }
    assert (named([token.provider]), named(token.depends_on)) == (["given-cloud"], ["telemetry-access-policy"])


def test_the_token_is_secret_and_its_end_is_not(manifest: Manifest) -> None:
    (token,) = manifest.of_type(types.ROTATING_TOKEN)

    assert token.additional_secret_outputs == ("token",)
    assert manifest.outputs == {"token": "[secret]", "expires_at": "2099-01-01T00:00:00Z"}
