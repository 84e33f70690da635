"""The outside checks: what they request, how often, with which credentials."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs

from components.uptime_checks import UptimeChecks, UptimeChecksArgs
from resilience.manifest import Manifest, Resource, types
from resilience.manifest.mocks import ProviderMocks
from resilience.model.outside_checks import outside_checks
from resilience.model.settings import StackSettings

URL = "https://sm.example.com"


class NoProbes(ProviderMocks):
    """Synthetic Monitoring before its installation: the engine's answer is empty."""

    def call(self, args: MockCallArgs) -> Any:
        """List no probes."""
        return {} if "getProbes" in args.token else super().call(args)


@pytest.fixture(name="declare_checks")
def _declare_checks(
    declare_program: Callable[..., Manifest], good_settings: Callable[..., StackSettings]
) -> Callable[..., Manifest]:
    def run(provider_mocks: ProviderMocks | None = None, **uptime: Any) -> Manifest:
        settings = good_settings(uptime={"url": "https://app.example.com", **uptime})

        def program() -> None:
            args = UptimeChecksArgs(
                environment="production",
                checks=outside_checks(settings),
                client_id=pulumi.Output.secret("client"),
                client_secret=pulumi.Output.secret("canary"),
                token=pulumi.Output.secret("sm_canary"),
                url=pulumi.Output.from_input(URL),
                retries=2,
            )
            UptimeChecks("uptime-checks", args)

        return declare_program(program, provider_mocks or ProviderMocks())

    return run


def one(manifest: Manifest, kind: str) -> Resource:
    (found,) = [check for check in manifest.of_type(types.CHECK) if check.name == f"uptime-checks-{kind}"]
    return found


def test_without_a_tenant_only_ready_is_checked(declare_checks: Callable[..., Manifest]) -> None:
    assert [check.inputs["job"] for check in declare_checks().of_type(types.CHECK)] == ["sv0-production-ready"]


def test_declares_a_provider_and_its_checks_and_nothing_else(
    declare_checks: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    manifest = declare_checks()
    assert listed(manifest) == [
        ("sv0:grafana:UptimeChecks", "uptime-checks", "sv0-resilience-test"),
        ("pulumi:providers:grafana", "uptime-checks-provider", "uptime-checks"),
        (types.CHECK, "uptime-checks-ready", "uptime-checks"),
    ]
    (provider,) = [one for one in manifest.resources if one.name == "uptime-checks-provider"]
    assert (provider.inputs["smAccessToken"], provider.inputs["smUrl"]) == ("[secret]", URL)


def test_checks_ready_through_cloudflare_access_and_accepts_only_200(declare_checks: Callable[..., Manifest]) -> None:
    check = one(declare_checks(), "ready")

    assert check.inputs == {
        "job": "sv0-production-ready",
        "target": "https://app.example.com/ready",
        "enabled": True,
        "frequency": 90_000,
        "timeout": 10_000,
        "probes": [11, 12],
        "basicMetricsOnly": True,
        "labels": {"environment": "production"},
        "settings": {
            "http": {
                "ipVersion": "V4",
                "method": "GET",
                "noFollowRedirects": True,
                "validStatusCodes": [200],
                "failIfNotSsl": True,
                "failIfBodyNotMatchesRegexps": [],
                "headers": ["[secret]", "[secret]"],
            }
        },
    }


def test_the_data_check_names_its_tenant_and_requires_findings(declare_checks: Callable[..., Manifest]) -> None:
    check = one(declare_checks(data={"tenant": "demo-w1"}), "data")

    assert (check.inputs["job"], check.inputs["frequency"]) == ("sv0-production-data", 300_000)
    assert check.inputs["target"] == "https://app.example.com/api/v1/findings?limit=1"
    assert check.inputs["settings"]["http"]["headers"] == ["[secret]", "[secret]", "X-Tenant-Id: demo-w1"]
    assert check.inputs["settings"]["http"]["failIfBodyNotMatchesRegexps"] == [r'"total_count":\s*[1-9]']


def test_a_stand_in_without_tls_may_be_checked(declare_checks: Callable[..., Manifest]) -> None:
    check = one(declare_checks(url="http://127.0.0.1:3000"), "ready")

    assert check.inputs["settings"]["http"]["failIfNotSsl"] is False


def test_a_check_is_deleted_before_it_is_replaced_because_two_are_rejected(
    declare_checks: Callable[..., Manifest],
) -> None:
    check = one(declare_checks(), "ready")

    assert (check.delete_before_replace, check.additional_secret_outputs) == (True, ("settings",))


def test_every_check_ends_long_before_the_next_starts(declare_checks: Callable[..., Manifest]) -> None:
    checks = declare_checks(data={"tenant": "demo-w1"}).of_type(types.CHECK)

    assert [check.inputs["timeout"] * 2 < check.inputs["frequency"] for check in checks] == [True, True]


def test_an_unknown_place_is_rejected_with_the_known_ones(
    declare_checks: Callable[..., Manifest],
) -> None:
    with pytest.raises(pulumi.RunError) as rejected:
        declare_checks(ready={"every": "1m", "places": ["London", "Atlantis"]})

    assert str(rejected.value) == (
        'sv0-production-ready: Grafana checks from no place "Atlantis"; write one of Frankfurt, London, Paris'
    )


def test_a_first_preview_without_a_list_of_places_does_not_fail(
    declare_checks: Callable[..., Manifest],
) -> None:
    assert [check.name for check in declare_checks(provider_mocks=NoProbes()).of_type(types.CHECK)] == [
        "uptime-checks-ready"
    ]
