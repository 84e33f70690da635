"""Every scenario in virtual time, with our rules and with those of the seed plan."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from resilience.core.conventions import WATCHDOG, Tier
from resilience.core.durations import seconds
from resilience.docgen import scenarios as scenarios_page
from resilience.model.catalogue import ROOT, Catalogue
from resilience.rehearsal.exported import Exported, with_rules
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.report.score import recall, score, slowest
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario
from resilience.rehearsal.variants import Variants
from resilience.rehearsal.virtual.evaluation import Firing, evaluate, firing_at, play
from resilience.rehearsal.virtual.posts import Post
from resilience.rehearsal.virtual.prometheus_engine import Difference, differing
from resilience.rehearsal.virtual.series import FIRST_SCRAPE
from resilience.tools.errors import RehearsalError
from tests import scenarios, windows

SCENARIOS_BY_ID, ALL = scenarios.BY_ID, scenarios.ALL


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    """The exports of the real program, with the settings that scenarios change."""
    return Variants(tmp_path_factory.mktemp("variants"))


@pytest.fixture(scope="session", name="both")
def _both(variants: Variants) -> list[dict[str, Result]]:
    """The results of all scenarios: of our rules, and of the seed plan's three."""
    return [{one.scenario.id: one for one in results} for results in scenarios_page.evaluated(variants, ALL)]


@pytest.fixture(scope="session")
def evaluated(both: list[dict[str, Result]]) -> dict[str, Result]:
    """The results of our rules on all scenarios."""
    return both[0]


@pytest.fixture(scope="session")
def seed_plan_results(both: list[dict[str, Result]]) -> dict[str, Result]:
    """The results of the seed plan's three rules on the same scenarios."""
    return both[1]


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
    assert {alert.id for alert in catalogue.alerts} - {WATCHDOG} <= {one.alert_id for one in wanted}
    assert {one.environment for one in wanted} == {"production", "dev"}
    assert sum(scenario.length >= 25 * 3600 for scenario in ALL) >= 3


def test_the_first_message_comes_within_notify_within(evaluated: dict[str, Result], declared: Exported) -> None:
    scores = [score(result) for result in evaluated.values()]
    found = slowest(scores, scenarios_page.waits(declared))
    limits = {alert.id: seconds(alert.notify_within) for alert in Catalogue.load().alerts}

    assert set(limits) - {WATCHDOG} <= set(found)
    late = {name: (after, limits[name]) for name, (after, _) in found.items() if after > limits.get(name, after)}
    assert late == {}


def later(scenario: Scenario, by: float) -> Scenario:
    """The scenario with its only fault so many seconds later."""
    (fault,) = scenario.faults
    moved = fault.model_copy(update={"since": fault.since + by, "until": fault.until + by})
    return scenario.model_copy(update={"id": f"{scenario.id}-{by:g}", "faults": (moved,)})


def test_a_p1_is_notified_within_4_minutes_at_every_phase_of_scrape_and_tick(
    variants: Variants, declared: Exported
) -> None:
    """The fault begins every 10 s of a minute, and just after a scrape; Grafana evaluates in every phase."""
    outages = [SCENARIOS_BY_ID[name] for name in ("api-down-ten-minutes", "outside-tunnel-down")]
    moments = (*(10.0 * tick for tick in range(6)), FIRST_SCRAPE)
    moved = [later(one, by) for one in outages for by in (*moments[:-1], FIRST_SCRAPE + 1)]
    waits = scenarios_page.waits(declared)
    (played,) = play((variants,), moved, phases=moments)

    found = [
        (key.alert_id, at - one.scenario.begins + waits[key.alert_id, tier, "production"])
        for one in played
        for phase, posted in one.posts.items()
        for (key, tier), at in first_firing(one.scenario, posted, phase).items()
    ]

    assert len(found) == len(moments) ** 2 * 3  # the API down is two alerts, the tunnel down is one
    assert {name for name, _ in found} == {alert.id for alert in Catalogue.load().alerts if alert.tier is Tier.P1}
    assert max(after for _, after in found) <= 4 * 60


def first_firing(scenario: Scenario, posted: list[Post], phase: float) -> dict[tuple[AlertKey, str], float]:
    """When each alert of production first fires."""
    firing = firing_at(scenario, posted, phase)
    keys = {pair for found in firing.values() for pair in found if pair[1] == "P1"}
    return {pair: min(at for at, found in firing.items() if pair in found) for pair in keys}


def test_urgent_alerts_have_a_short_notify_within() -> None:
    alerts = Catalogue.load().alerts

    assert {alert.notify_within for alert in alerts if alert.tier is Tier.P1} == {"4m"}
    # The alerts that by their definition wait for at most 5 minutes.
    quick = ("high-error-rate", "queue-backing-up", "crash-looping", "uncaught-exception")
    assert all(seconds(alert.notify_within) <= 8 * 60 for alert in alerts if alert.id in quick)


def test_the_page_shows_both_sets_of_rules_from_one_run(
    evaluated: dict[str, Result], seed_plan_results: dict[str, Result], declared: Exported
) -> None:
    windows.demand("prometheus")  # its times are the later ones of both phases
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


LABELS = {"tier": "P2", "environment": "production", "owner": "ivan", "service": "api"}
ODD: dict[str, dict[str, Any]] = {
    "named": {"expr": "sv0_queue_depth"},
    "not-a-number": {"expr": "sv0_queue_depth * NaN", "for": "2m"},
    "infinite": {"expr": "sv0_queue_depth / 0 > 0", "labels": {"job": "of the rule"}},
    "scalar": {"expr": "time() * 0", "for": "5m"},
    "interrupted": {"expr": "sv0_queue_depth > 10 unless on () (minute() == 33)", "for": "3m"},
    "absent": {"expr": 'absent(up{job="sv0-api",environment="production"} == 1)', "for": "1m"},
    "week": {"expr": "max_over_time((sv0_queue_depth > 10)[1w:5m])"},
    "nothing": {"expr": "sv0_queue_depth > 1000"},
}
"""Rules whose results are hard to pass on: with a metric's name, without labels, with gaps, no numbers."""


def odd_rules(declared: Exported, rules: dict[str, dict[str, Any]]) -> Exported:
    """These rules in place of the declared ones."""
    made = [
        {"alert": name, **rule, "labels": {"alert_id": name, **LABELS, **rule.get("labels", {})}}
        for name, rule in rules.items()
    ]
    return with_rules(declared, {"groups": [{"name": "odd", "interval": "1m", "rules": made}]})


QUEUE = {"kind": "queue", "environment": "production", "depth": 50, "from": "2m", "until": "20m"}


def with_missing(exported: Exported, evaluations: int) -> Exported:
    """The rules with another number of evaluations after which a series counts as vanished."""
    rules = (replace(one, rule=replace(one.rule, missing_evaluations=evaluations)) for one in exported.grafana)
    return replace(exported, grafana=tuple(rules))


def total(firing: Firing) -> int:
    """How many alerts fire."""
    return sum(firing.values())


def differences(exported: Exported, scenario: Scenario) -> list[Difference]:
    """Where Prometheus' own engine makes something else of the rules than the model of Grafana."""
    assert evaluate(exported, scenario).detected
    return [one for _, found in differing(lambda _: exported, (scenario,)) for one in found]


def test_prometheus_own_engine_says_the_same_of_odd_rules(
    declared: Exported, scenario: Callable[..., Scenario]
) -> None:
    faults = [QUEUE, {"kind": "api", "environment": "production", "state": "down", "from": "12m", "until": "16m"}]

    assert differences(odd_rules(declared, ODD), scenario(faults=faults, expect=[])) == []


def test_what_prometheus_own_engine_does_not_know_is_a_difference(
    declared: Exported, scenario: Callable[..., Scenario]
) -> None:
    """On Grafana an alert whose series vanishes waits for a second evaluation without it, while others are there."""
    depth = {"expr": 'label_replace(sv0_queue_depth > 10, "a", "b", "", "") or vector(1)', "for": "0s"}
    exported = odd_rules(declared, {"vanishing": depth})
    found = differences(with_missing(exported, 2), scenario(faults=[QUEUE], expect=[]))

    assert [(one.at, total(one.grafana), total(one.prometheus)) for one in found] == [(21 * 60.0, 2, 1)]


def test_an_expression_that_cannot_be_evaluated_is_reported(
    declared: Exported, scenario: Callable[..., Scenario]
) -> None:
    with pytest.raises(RehearsalError, match="parse error"):
        evaluate(odd_rules(declared, {"broken": {"expr": "sum("}}), scenario())


def test_series_that_differ_in_their_name_alone_are_no_alerts_of_prometheus(
    declared: Exported, scenario: Callable[..., Scenario]
) -> None:
    exported = odd_rules(declared, {"two": {"expr": '{__name__=~"sv0_queue_depth|process_start_time_seconds"}'}})

    with pytest.raises(RehearsalError, match="differ in their name alone"):
        differences(exported, scenario())
