"""The generated parts of `probe/targets.toml` follow from the stacks and the catalogue."""

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from resilience.core.conventions import Tier
from resilience.docgen import probe
from resilience.model.catalogue import Catalogue
from resilience.model.dated.maintenance import MaintenanceWindow
from resilience.model.settings import StackSettings

CATALOGUE = Catalogue.load()
OWNER_OF = {alert.id: alert.owner for alert in CATALOGUE.alerts}
BuildSettings = Callable[..., StackSettings]


def test_a_new_environment_gives_a_target_that_calls_nobody(good_settings: BuildSettings) -> None:
    staging = good_settings(environment="staging", uptime={"url": "https://staging.example.com"})

    assert tomllib.loads(probe.targets([staging], CATALOGUE))["targets"] == [
        {
            "name": "staging-ready",
            "environment": "staging",
            "owner": OWNER_OF["dev-unreachable"],
            "runbook": "dev-unreachable",
            "url": "https://staging.example.com/ready",
            "expects": "ready",
            "worst": "P3",
        }
    ]


def test_data_is_read_for_the_tenant_and_explained_by_the_same_environment(good_settings: BuildSettings) -> None:
    uptime = {"url": "https://app.example.com", "data": {"tenant": "t-1"}}
    stacks = [good_settings(environment=name, uptime=uptime) for name in ("production", "staging")]

    found = tomllib.loads(probe.targets(stacks, CATALOGUE))["targets"]
    data = [one for one in found if one["expects"] == "findings"]

    assert [(one["name"], one["runbook"], one["worst"], one["explained_by"]) for one in data] == [
        ("production-data", "smoke-test-failing", "P2", "production-ready"),
        ("staging-data", "smoke-test-failing", "P3", "staging-ready"),
    ]
    assert {one["headers"]["X-Tenant-Id"] for one in data} == {"t-1"}


def test_production_is_probed_for_its_own_alert_also_without_outside_checks(good_settings: BuildSettings) -> None:
    stack = good_settings(uptime={"url": "https://app.example.com", "outside": False})

    (target,) = tomllib.loads(probe.targets([stack], CATALOGUE))["targets"]

    assert (target["runbook"], target["worst"]) == ("production-unreachable", "P1")


def test_owners_of_targets_have_their_hours_and_nobody_else_is_listed(good_settings: BuildSettings) -> None:
    owner = OWNER_OF["production-unreachable"]

    hours = CATALOGUE.owners[owner].model_dump(include={"time_zone", "weekdays", "begins", "ends"})
    assert tomllib.loads(probe.owners([good_settings()], CATALOGUE)) == {"owners": {owner: hours}}


def test_runbooks_are_those_of_the_first_stack(good_settings: BuildSettings) -> None:
    stacks = [good_settings(), good_settings(environment="dev", runbooks="https://example.com/elsewhere")]

    assert probe.runbooks(stacks) == 'runbooks = "https://example.com/runbooks"'


@pytest.mark.parametrize(
    ("whom", "written"), [("channel", "<!channel>"), ("S0123456789", "<!subteam^S0123456789>"), (None, "")]
)
def test_a_p1_of_the_probe_mentions_whom_grafanas_mentions(whom: str | None, written: str) -> None:
    tiers = CATALOGUE.routing.tiers
    p1 = tiers[Tier.P1].model_copy(update={"mention": whom})
    other = CATALOGUE.routing.model_copy(update={"tiers": {**tiers, Tier.P1: p1}})

    assert tomllib.loads(probe.mention(CATALOGUE.model_copy(update={"routing": other}))) == {"mention": written}


def test_a_p1_is_repeated_by_the_probe_as_seldom_as_by_grafana() -> None:
    tiers = CATALOGUE.routing.tiers
    p1 = tiers[Tier.P1].model_copy(update={"repeat_interval": "2h"})
    other = CATALOGUE.routing.model_copy(update={"tiers": {**tiers, Tier.P1: p1}})

    found = tomllib.loads(probe.reminder(CATALOGUE.model_copy(update={"routing": other})))

    assert found == {"reminder_minutes": 115}


def test_a_window_names_the_targets_whose_alerts_it_silences(good_settings: BuildSettings) -> None:
    uptime = {"url": "https://app.example.com", "data": {"tenant": "t-1"}}
    stacks = [good_settings(uptime=uptime), good_settings(environment="dev", uptime=uptime)]

    def windows(**given: object) -> object:
        work = MaintenanceWindow.model_validate(
            {
                "name": "disk",
                "begins": "2027-03-01T23:00:00+01:00",
                "ends": "2027-03-02T01:30:00+01:00",
                "environments": ["production"],
                "alerts": "all",
                "reason": "A new disk",
            }
            | given
        )
        return tomllib.loads(probe.windows(stacks, CATALOGUE.model_copy(update={"maintenance": (work,)})))

    moments = {"begins": datetime(2027, 3, 1, 22, tzinfo=UTC), "ends": datetime(2027, 3, 2, 0, 30, tzinfo=UTC)}
    every = {"name": "disk", **moments, "targets": ["production-ready", "production-data"]}
    assert windows() == {"windows": [every]}
    assert windows(alerts=["smoke-test-failing"]) == {"windows": [every | {"targets": ["production-data"]}]}
    assert windows(environments=["dev"], alerts=["dev-unreachable"]) == {
        "windows": [every | {"targets": ["dev-ready"]}]
    }
    assert windows(alerts=["api-down"]) == {}
