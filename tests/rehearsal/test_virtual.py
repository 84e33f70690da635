"""Every incident in virtual time, with ours and with the seed plan's rules."""

from collections.abc import Callable

import pytest

from resilience.core.conventions import Tier
from resilience.core.durations import seconds
from resilience.docgen import scenarios as corpus
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
    """What the real program declares, with the settings that incidents change."""
    return Variants(tmp_path_factory.mktemp("variants"))


@pytest.fixture(scope="session")
def evaluated(variants: Variants) -> dict[str, Result]:
    """Ours on the corpus, once."""
    return {result.scenario.id: result for result in corpus.evaluated(variants, ALL)}


@pytest.fixture(scope="session")
def judged_seed_plan(variants: Variants) -> dict[str, Result]:
    """The seed plan's three rules on the same corpus, once."""
    return {result.scenario.id: result for result in corpus.evaluated(corpus.seed_plans(variants), ALL)}


@pytest.mark.parametrize("name", SCENARIOS_BY_ID)
def test_an_scenario_keeps_its_promise_in_virtual_time(evaluated: dict[str, Result], name: str) -> None:
    assert evaluated[name].explanation == ""


def test_every_alert_that_must_fire_does_in_its_window_and_no_other(evaluated: dict[str, Result]) -> None:
    scores = [score(result) for result in evaluated.values()]
    caught, wanted = recall(scores)

    assert caught == wanted > 50
    assert {one.scenario.id: one.false for one in scores if one.false} == {}


def test_the_corpus_is_what_was_asked_for() -> None:
    catalogue = Catalogue.load()
    wanted = [one for scenario in ALL for one in scenario.expect]

    assert len(ALL) >= 30
    assert sum(scenario.benign for scenario in ALL) >= 12
    assert {alert.id for alert in catalogue.alerts} <= {one.alert_id for one in wanted}
    assert {one.environment for one in wanted} == {"production", "dev"}
    assert sum(scenario.length >= 25 * 3600 for scenario in ALL) >= 3


def test_the_first_message_comes_within_what_the_catalogue_promises(
    evaluated: dict[str, Result], declared: Exported
) -> None:
    scores = [score(result) for result in evaluated.values()]
    found = slowest(scores, corpus.waits(declared))
    promised = {alert.id: seconds(alert.notify_within) for alert in Catalogue.load().alerts}

    assert set(promised) <= set(found)
    late = {name: (after, promised[name]) for name, (after, _) in found.items() if after > promised.get(name, after)}
    assert late == {}


def test_what_is_urgent_is_promised_soon() -> None:
    alerts = Catalogue.load().alerts

    assert {alert.notify_within for alert in alerts if alert.tier is Tier.P1} == {"4m"}
    # Those whose own definition waits no longer than 5 minutes.
    quick = ("high-error-rate", "queue-backing-up", "crash-looping", "uncaught-exception")
    assert all(seconds(alert.notify_within) <= 8 * 60 for alert in alerts if alert.id in quick)


def test_the_page_shows_both_from_one_run(
    evaluated: dict[str, Result], judged_seed_plan: dict[str, Result], declared: Exported
) -> None:
    ours, theirs = list(evaluated.values()), list(judged_seed_plan.values())

    assert corpus.page(ours, theirs, declared, Catalogue.load()) == (ROOT / corpus.PAGE).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("errors-in-dev", "dev has no rule"),
        ("errors-one-a-minute", "each 5xx series is divided by itself"),
        ("connector-frozen", "a gauge near 0 never exceeds a day"),
        ("connector-vanished", "a gauge that is gone exceeds nothing"),
        ("connector-timestamp-only", "the new metric is not asked"),
        ("api-down-ten-minutes", "it has no such rule"),
        ("collector-stopped", "it has no such rule"),
    ],
)
def test_the_seed_plans_rules_fail_where_they_are_wrong(
    judged_seed_plan: dict[str, Result], name: str, reason: str
) -> None:
    assert not judged_seed_plan[name].good, reason


@pytest.mark.parametrize("name", ["errors-burst", "queue-stuck", "connector-grows", "queue-exactly-ten"])
def test_the_seed_plans_rules_do_well_where_they_are_right(judged_seed_plan: dict[str, Result], name: str) -> None:
    assert judged_seed_plan[name].good


def test_the_seed_plan_calls_one_error_a_minute_an_outage(judged_seed_plan: dict[str, Result]) -> None:
    result = judged_seed_plan["errors-one-a-minute"]

    assert set(result.detected) == {AlertKey("high-error-rate", "production")}
    assert "high-error-rate (production) fires, nothing should" in result.explanation


def test_the_seed_plan_never_sees_a_frozen_connector(judged_seed_plan: dict[str, Result]) -> None:
    result = judged_seed_plan["connector-frozen"]

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
