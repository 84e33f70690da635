"""Every incident in virtual time, and the seed plan's rules on the same corpus."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.incident import AlertKey, Incident, load_incidents
from resilience.rehearsal.results import Result
from resilience.rehearsal.virtual import AT_ONCE, judge_one

INCIDENTS = {incident.id: incident for incident in load_incidents()}
SEED_PLAN_ALERTS = frozenset({"high-error-rate", "queue-backing-up", "connector-stale"})


@pytest.fixture(scope="session")
def judged(declared: Exported) -> dict[str, Result]:
    """Ours, all at once: a core is idle otherwise."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(lambda incident: judge_one(declared, incident), INCIDENTS.values())
        return {result.incident.id: result for result in results}


@pytest.mark.parametrize("name", INCIDENTS)
def test_an_incident_keeps_its_promise_in_virtual_time(judged: dict[str, Result], name: str) -> None:
    assert judged[name].explanation == ""


@pytest.mark.parametrize("name", INCIDENTS)
def test_what_fires_is_measured_within_its_window(judged: dict[str, Result], name: str) -> None:
    detected = judged[name].detected

    assert set(detected) == {wanted.key for wanted in INCIDENTS[name].expect}
    for wanted in INCIDENTS[name].expect:
        assert wanted.firing[0] <= detected[wanted.key] <= wanted.firing[1]


SEED_PLAN_FAILS = {
    "errors-in-dev": "dev has no rule",
    "errors-one-a-minute": "each 5xx series is divided by itself",
    "connector-frozen": "a gauge near 0 never exceeds a day",
    "connector-vanished": "a gauge that is gone exceeds nothing",
    "connector-timestamp-only": "the new metric is not asked",
    "api-down-ten-minutes": "it has no such rule",
    "api-down-at-night": "it has no such rule",
    "collector-stopped": "it has no such rule",
}


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_seed_plans_rules_fail_where_they_are_wrong(seed_plan: Exported, name: str) -> None:
    result = judge_one(seed_plan, INCIDENTS[name])

    assert result.good is (name not in SEED_PLAN_FAILS), SEED_PLAN_FAILS.get(name)


def test_the_seed_plan_calls_one_error_a_minute_an_outage(seed_plan: Exported) -> None:
    result = judge_one(seed_plan, INCIDENTS["errors-one-a-minute"])

    assert set(result.detected) == {AlertKey("high-error-rate", "production")}
    assert "high-error-rate (production) fires, nothing should" in result.explanation


def test_the_seed_plan_never_sees_a_frozen_connector(seed_plan: Exported) -> None:
    result = judge_one(seed_plan, INCIDENTS["connector-frozen"])

    assert result.detected == {}
    assert "nothing fires, connector-stale (production) should" in result.explanation


def test_an_alert_that_should_be_silent_is_told(declared: Exported, incident: Callable[..., Incident]) -> None:
    result = judge_one(declared, incident(expect=[]))

    assert not result.good
    assert result.explanation == "at 8m00s: queue-backing-up (production) fires, nothing should"


def test_an_alert_that_comes_too_late_is_told(declared: Exported, incident: Callable[..., Incident]) -> None:
    result = judge_one(declared, incident(wanted={"firing": ["3m", "5m"]}))

    assert result.explanation == "at 6m00s: nothing fires, queue-backing-up (production) should"


def test_a_wrong_tier_is_told(declared: Exported, incident: Callable[..., Incident]) -> None:
    assert not judge_one(declared, incident(wanted={"tier": "P1"})).good
