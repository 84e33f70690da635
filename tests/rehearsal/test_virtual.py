"""Every scenario in virtual time, with our rules and with those of the seed plan."""

from collections.abc import Callable

import pytest

from resilience.core.conventions import Tier
from resilience.core.durations import seconds
from resilience.docgen import scenarios as scenarios_page
from resilience.model.catalogue import ROOT, Catalogue
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.results import Result
from resilience.rehearsal.scenario import AlertKey, Scenario, load_scenarios
from resilience.rehearsal.score import recall, score, slowest
from resilience.rehearsal.variants import Variants
from resilience.rehearsal.virtual import evaluate

SCENARIOS_BY_ID = {scenario.id: scenario for scenario in load_scenarios()}
ALL = tuple(SCENARIOS_BY_ID.values())


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    """The exports of the real program, with the settings that scenarios change."""
    return Variants(tmp_path_factory.mktemp("variants"))


@pytest.fixture(scope="session")
def evaluated(variants: Variants) -> dict[str, Result]:
    """The results of our rules on all scenarios."""
    return {result.scenario.id: result for result in scenarios_page.evaluated(variants, ALL)}


@pytest.fixture(scope="session")
def seed_plan_results(variants: Variants) -> dict[str, Result]:
    """The results of the seed plan's three rules on the same scenarios."""
    return {result.scenario.id: result for result in scenarios_page.evaluated(scenarios_page.seed_plans(variants), ALL)}


@pytest.mark.parametrize("name", SCENARIOS_BY_ID)
def test_a_scenario_goes_as_expected_in_virtual_time(evaluated: dict[str, Result], name: str) -> None:
    assert evaluated[name].explanation == ""


def test_every_alert_that_must_fire_does_in_its_window_and_no_other(evaluated: dict[str, Result]) -> None:
    scores = [score(result) for result in evaluated.values()]
    caught, wanted = recall(scores)

    assert caught == wanted > 50
    assert {one.scenario.id: one.false for one in scores if one.false} == {}


def test_the_scenarios_cover_every_alert_and_environment() -> None:
    catalogue = Catalogue.load()
    wanted = [one for scenario in ALL for one in scenario.expect]

    assert len(ALL) >= 30
    assert sum(scenario.benign for scenario in ALL) >= 12
    assert {alert.id for alert in catalogue.alerts} <= {one.alert_id for one in wanted}
    assert {one.environment for one in wanted} == {"production", "dev"}
    assert sum(scenario.length >= 25 * 3600 for scenario in ALL) >= 3


def test_the_first_message_comes_within_notify_within(evaluated: dict[str, Result], declared: Exported) -> None:
    scores = [score(result) for result in evaluated.values()]
    found = slowest(scores, scenarios_page.waits(declared))
    limits = {alert.id: seconds(alert.notify_within) for alert in Catalogue.load().alerts}

    assert set(limits) <= set(found)
    late = {name: (after, limits[name]) for name, (after, _) in found.items() if after > limits.get(name, after)}
    assert late == {}


def test_urgent_alerts_have_a_short_notify_within() -> None:
    alerts = Catalogue.load().alerts

    assert {alert.notify_within for alert in alerts if alert.tier is Tier.P1} == {"4m"}
    # The alerts that by their definition wait for at most 5 minutes.
    quick = ("high-error-rate", "queue-backing-up", "crash-looping", "uncaught-exception")
    assert all(seconds(alert.notify_within) <= 8 * 60 for alert in alerts if alert.id in quick)


def test_the_page_shows_both_sets_of_rules_from_one_run(
    evaluated: dict[str, Result], seed_plan_results: dict[str, Result], declared: Exported
) -> None:
    ours, theirs = list(evaluated.values()), list(seed_plan_results.values())

    assert scenarios_page.page(ours, theirs, declared, Catalogue.load()) == (ROOT / scenarios_page.PAGE).read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("errors-in-dev", "dev has no rule"),
        ("errors-one-a-minute", "each 5xx series is divided by itself"),
        ("connector-frozen", "a gauge near 0 never exceeds a day"),
        ("connector-vanished", "a gauge that is gone exceeds nothing"),
        ("connector-timestamp-only", "its query does not use the new metric"),
        ("api-down-ten-minutes", "it has no such rule"),
        ("collector-stopped", "it has no such rule"),
    ],
)
def test_the_seed_plans_rules_fail_where_they_are_wrong(
    seed_plan_results: dict[str, Result], name: str, reason: str
) -> None:
    assert not seed_plan_results[name].good, reason


@pytest.mark.parametrize("name", ["errors-burst", "queue-stuck", "connector-grows", "queue-exactly-ten"])
def test_the_seed_plans_rules_pass_where_they_are_right(seed_plan_results: dict[str, Result], name: str) -> None:
    assert seed_plan_results[name].good


def test_the_seed_plan_calls_one_error_a_minute_an_outage(seed_plan_results: dict[str, Result]) -> None:
    result = seed_plan_results["errors-one-a-minute"]

    assert set(result.detected) == {AlertKey("high-error-rate", "production")}
    assert "high-error-rate (production) fires, nothing should" in result.explanation


def test_the_seed_plan_never_sees_a_frozen_connector(seed_plan_results: dict[str, Result]) -> None:
    result = seed_plan_results["connector-frozen"]

    assert result.detected == {}
    assert AlertKey("connector-stale", "production") in score(result).missed


def test_an_alert_that_should_be_silent_is_reported(declared: Exported, scenario: Callable[..., Scenario]) -> None:
    result = evaluate(declared, scenario(expect=[]))

    assert not result.good
    assert result.explanation == "at 8m00s: queue-backing-up (production) fires, nothing should"


def test_an_alert_that_comes_too_late_is_reported(declared: Exported, scenario: Callable[..., Scenario]) -> None:
    result = evaluate(declared, scenario(wanted={"firing": ["3m", "5m"]}))

    assert result.explanation == "at 6m00s: nothing fires, queue-backing-up (production) should"


def test_a_wrong_tier_is_reported(declared: Exported, scenario: Callable[..., Scenario]) -> None:
    assert not evaluate(declared, scenario(wanted={"tier": "P1"})).good
