"""The outside checks: their names, and that all of them fit into what is assumed of the free plan."""

from collections.abc import Callable

from resilience.manifest import Manifest, types
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.outside_checks import outside_checks
from resilience.model.settings import StackSettings

MONTH = 44_640  # minutes of 31 days


def test_the_jobs_are_those_that_the_rules_know(good_settings: Callable[..., StackSettings]) -> None:
    data = {"url": "https://app.example.com", "data": {"tenant": "t-1"}}
    found = [good_settings(uptime=data), good_settings(environment="dev")]

    assert [check.job for settings in found for check in outside_checks(settings)] == [
        "sv0-production-ready",
        "sv0-production-data",
        "sv0-dev-ready",
    ]


def test_a_tenant_is_asked_for_where_data_is_read_and_nowhere_else(good_settings: Callable[..., StackSettings]) -> None:
    settings = good_settings(uptime={"url": "https://app.example.com", "data": {"tenant": "demo-w1"}})

    assert [(check.kind, check.tenant) for check in outside_checks(settings)] == [("ready", ""), ("data", "demo-w1")]


def test_all_checks_together_leave_room_for_free_tier_headroom_and_the_limit_says_that_it_is_assumed(
    production: Manifest, dev: Manifest
) -> None:
    checks = [check.inputs for manifest in (production, dev) for check in manifest.of_type(types.CHECK)]
    limit = Catalogue.load(ROOT).limits["outside_checks"]

    assert sum(len(one["probes"]) * MONTH * 60_000 // one["frequency"] for one in checks) == 72_912 < 0.8 * limit.limit
    assert limit.assumed
