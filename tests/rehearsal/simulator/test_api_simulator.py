"""The simulated API: the samples of a scrape are a pure function of virtual time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from resilience.core.durations import HOUR, MINUTE
from resilience.rehearsal.scenario.faults import Fault, SlowRequests
from resilience.rehearsal.simulator.api_simulator import (
    DURATION,
    EARLIER_ERRORS,
    HEALTH_CHECKS_PER_MINUTE,
    HEALTH_ROUTE,
    PROCESS_START,
    QUEUE_DEPTH,
    REQUESTS,
    SYNC_AGE,
    SYNC_SUCCESS,
    ApiSimulator,
)
from resilience.rehearsal.simulator.sample import FIRST_START
from resilience.rehearsal.simulator.targets import ApiTarget

FAULT: TypeAdapter[Fault] = TypeAdapter(Fault)
PRODUCTION = {"environment": "production"}
REPORTS = SlowRequests.model_fields["route"].default


def simulator(*faults: dict[str, Any], environment: str = "production") -> ApiSimulator:
    return ApiSimulator(environment, tuple(FAULT.validate_python(PRODUCTION | fault) for fault in faults))


def value(of: ApiSimulator, name: str, at: float, **labels: str) -> float | None:
    found = [
        s.value
        for s in of.samples(at, lambda virtual: virtual)
        if s.name == name and labels.items() <= dict(s.labels).items() and ("route", "/ready") not in s.labels
    ]
    assert len(found) <= 1
    return found[0] if found else None


def test_without_faults_it_serves_6000_requests_a_minute_in_production_and_600_in_dev() -> None:
    for environment, expected in (("production", 6000), ("dev", 600)):
        normal = simulator(environment=environment)
        before, after = (value(normal, REQUESTS, at, status_code="200") or 0 for at in (0.0, MINUTE))

        assert after - before == expected
        assert value(normal, REQUESTS, MINUTE, status_code="500") == EARLIER_ERRORS


def test_a_fault_of_another_environment_changes_nothing() -> None:
    stuck = {"kind": "queue", "depth": 50}

    assert value(simulator(stuck, environment="dev"), QUEUE_DEPTH, MINUTE) == 0
    assert value(simulator(stuck), QUEUE_DEPTH, MINUTE) == 50


def test_half_of_the_requests_fail_only_while_the_fault_is_active() -> None:
    burst = simulator({"kind": "errors", "share": 0.5, "from": "2m", "until": "3m"})
    failed = [value(burst, REQUESTS, minute * MINUTE, status_code="500") for minute in (2, 3, 4)]

    assert failed == [EARLIER_ERRORS, EARLIER_ERRORS + 3000, EARLIER_ERRORS + 3000]


def test_one_error_a_minute_is_one_error_a_minute() -> None:
    slow = simulator({"kind": "errors", "per_minute": 1})

    assert [value(slow, REQUESTS, m * MINUTE, status_code="500") for m in range(3)] == [12, 13, 14]


def test_a_service_that_only_fails_serves_nothing_else() -> None:
    failing = simulator({"kind": "traffic", "per_minute": 1}, {"kind": "errors", "share": 1})
    served = [value(failing, REQUESTS, m * MINUTE, status_code="200") for m in (1, 9)]
    failed = [value(failing, REQUESTS, m * MINUTE, status_code="500") for m in (1, 9)]

    assert served[0] == served[1]
    assert failed == [13, 21]


def test_a_restart_resets_every_counter_and_removes_the_series_of_500s() -> None:
    down = simulator({"kind": "api", "state": "down", "from": "2m", "until": "4m"})

    assert [down.is_up(m * MINUTE) for m in (1, 2, 3, 4)] == [True, False, False, True]
    assert value(down, PROCESS_START, MINUTE) == FIRST_START
    assert value(down, PROCESS_START, 5 * MINUTE) == 4 * MINUTE
    assert value(down, REQUESTS, 5 * MINUTE, status_code="200") == 6000
    assert value(down, REQUESTS, 5 * MINUTE, status_code="500") is None


def test_a_stopped_collector_does_not_stop_the_api() -> None:
    faults = (
        FAULT.validate_python(PRODUCTION | {"kind": "collector", "state": "stopped", "from": "2m", "until": "3m"}),
    )
    stopped = ApiTarget(ApiSimulator("production", faults), faults)

    assert [stopped.scraped(m * MINUTE) for m in (1, 2, 3)] == [True, False, True]
    assert stopped.is_up(2 * MINUTE)


@pytest.mark.parametrize(
    ("wiring", "ages"),
    [("grows", [30.0, 60.0, 1440.0]), ("frozen", [0.01, 0.01, 0.01])],
)
def test_the_age_of_a_connector_that_stopped(wiring: str, ages: list[float]) -> None:
    okta = simulator({"kind": "connector", "id": "okta", "wiring": wiring, "metric": "age", "last_sync": "0s"})
    scraped = [value(okta, SYNC_AGE, at, connector_id="okta") for at in (HOUR / 2, HOUR, 24 * HOUR)]

    assert scraped == ages
    assert value(okta, SYNC_SUCCESS, HOUR, connector_id="okta") is None


def test_a_frozen_gauge_changes_at_each_sync() -> None:
    okta = simulator({"kind": "connector", "id": "okta", "wiring": "frozen"})
    ages = [value(okta, SYNC_AGE, hour * HOUR, connector_id="okta") for hour in range(4)]

    assert len(set(ages)) == 4
    assert all(age is not None and age < 1 for age in ages)


def test_a_frozen_gauge_is_lost_in_a_restart_until_the_next_sync() -> None:
    okta = simulator(
        {"kind": "connector", "id": "okta", "wiring": "frozen", "first_seen": "0s"},
        {"kind": "api", "state": "down", "from": "30m", "until": "31m"},
    )
    scraped = [value(okta, SYNC_AGE, m * MINUTE, connector_id="okta") is not None for m in (-1, 1, 29, 32, 61)]

    assert scraped == [False, True, True, False, True]


def test_a_new_connector_is_unknown_before_its_first_sync() -> None:
    new = simulator({"kind": "connector", "id": "okta", "first_seen": "20m"})

    assert value(new, SYNC_SUCCESS, 19 * MINUTE, connector_id="okta") is None
    assert value(new, SYNC_SUCCESS, 21 * MINUTE, connector_id="okta") == 20 * MINUTE


def test_a_vanished_connector_leaves_the_others() -> None:
    gone = simulator({"kind": "connector", "id": "okta", "vanished_from": "20m"})

    assert value(gone, SYNC_AGE, 21 * MINUTE, connector_id="okta") is None
    assert value(gone, SYNC_AGE, 21 * MINUTE, connector_id="entra-id") is not None


@given(
    share=st.floats(0.01, 1),
    begin=st.integers(0, 600),
    span=st.integers(1, 600),
    moments=st.lists(st.floats(-600, 3600), min_size=2, max_size=6),
)
def test_counters_never_decrease_without_a_restart(share: float, begin: int, span: int, moments: list[float]) -> None:
    faulty = simulator({"kind": "errors", "share": share, "from": f"{begin}s", "until": f"{begin + span}s"})
    for code in ("200", "500"):
        counted = [value(faulty, REQUESTS, at, status_code=code) or 0 for at in sorted(moments)]

        assert counted == sorted(counted)
        assert all(count == int(count) for count in counted)


def reports(of: ApiSimulator, minute: float) -> dict[str, float]:
    """What is counted of the slow route: requests by status, and those within each bucket."""
    found = (s for s in of.samples(minute * MINUTE, lambda virtual: virtual) if ("route", REPORTS) in s.labels)
    return {dict(s.labels).get("status_code") or dict(s.labels).get("le", s.name): s.value for s in found}


def test_a_request_that_hangs_is_counted_when_its_client_gives_up_and_others_go_on() -> None:
    hanging = simulator({"kind": "hang", "share": 0.1, "takes": "2m", "from": "1m", "until": "4m"})

    assert [reports(hanging, minute).get("499") for minute in (2, 3, 4, 6, 9)] == [None, None, 600, 1800, 1800]
    assert {le: reports(hanging, 9)[le] for le in ("0.1", "2.5", "+Inf")} == {"0.1": 0, "2.5": 0, "+Inf": 1800}
    ok = [value(hanging, REQUESTS, minute * MINUTE, status_code="200") or 0 for minute in (1, 2, 5)]
    assert [ok[1] - ok[0], ok[2] - ok[1]] == [5400, 2 * 5400 + 6000]


def test_what_hangs_when_the_process_restarts_is_never_counted() -> None:
    lost = simulator(
        {"kind": "hang", "share": 0.1, "takes": "1m", "from": "1m", "until": "3m"},
        {"kind": "restarts", "every": "1d", "from": "3m"},
    )

    assert [reports(lost, minute).get("499") for minute in (2.99, 3, 5)] == [594, None, None]


def test_a_slow_request_is_answered_and_a_fast_one_of_the_same_route_is_counted_with_it() -> None:
    slow = simulator(
        {"kind": "slow", "share": 0.2, "takes": "10s"}, {"kind": "hang", "share": 0.1, "takes": "2s", "from": "1m"}
    )

    assert reports(slow, 2) == {"200": 2200, "499": 580, "0.1": 0, "0.5": 0, "2.5": 580, "+Inf": 2780} | {
        f"{DURATION}_sum": 23160, f"{DURATION}_count": 2780,
    }  # fmt: skip


def test_ready_that_hangs_is_not_ready_and_takes_nothing_from_the_users() -> None:
    hanging = simulator({"kind": "traffic", "per_minute": 1}, {"kind": "hang", "per_minute": 6, "route": "/ready"})

    assert not hanging.is_ready(MINUTE)
    assert [health_answers(hanging, minute * MINUTE, "200") for minute in (1, 4)] == [
        health_answers(hanging, 0, "200")
    ] * 2
    assert value(hanging, REQUESTS, 4 * MINUTE, status_code="200") == (
        (value(hanging, REQUESTS, 0, status_code="200") or 0) + 4
    )


def health_answers(of: ApiSimulator, at: float, status: str) -> float:
    """Answers of `/ready` with this status since the process started."""
    wanted = {**HEALTH_ROUTE, "status_code": status}
    return sum(s.value for s in of.samples(at, lambda virtual: virtual) if dict(s.labels) == wanted)


def test_health_checks_are_answered_with_503_while_it_is_not_ready_and_users_are_served() -> None:
    unready = simulator({"kind": "not-ready", "from": "2m", "until": "4m"})

    assert [health_answers(unready, minute * MINUTE, "503") for minute in (2, 3, 4, 5)] == [
        0, HEALTH_CHECKS_PER_MINUTE, 2 * HEALTH_CHECKS_PER_MINUTE, 2 * HEALTH_CHECKS_PER_MINUTE,
    ]  # fmt: skip
    assert health_answers(unready, 4 * MINUTE, "200") == health_answers(unready, 2 * MINUTE, "200")
    assert value(unready, REQUESTS, 4 * MINUTE, status_code="503") is None
    assert [unready.is_up(3 * MINUTE), unready.is_ready(3 * MINUTE), unready.is_ready(4 * MINUTE)] == [
        True,
        False,
        True,
    ]


def test_a_restart_takes_as_long_as_it_says_and_loses_no_traffic() -> None:
    restarting = simulator({"kind": "restarts", "every": "5m", "down": "30s", "from": "5m"})

    assert [restarting.is_up(5 * MINUTE + after) for after in (-1, 0, 29, 30)] == [True, False, False, True]
    assert value(restarting, REQUESTS, 6 * MINUTE, status_code="200") == 6000


def test_one_scrape_in_so_many_fails_and_the_process_goes_on() -> None:
    faults = (FAULT.validate_python(PRODUCTION | {"kind": "scrapes", "every": "3m", "from": "1m", "until": "8m"}),)
    target = ApiTarget(ApiSimulator("production", faults), faults)

    scraped = [target.is_up(minute * MINUTE + 43) for minute in range(9)]

    assert [minute for minute, good in enumerate(scraped) if not good] == [1, 4, 7]
    assert value(ApiSimulator("production", faults), PROCESS_START, 5 * MINUTE) == FIRST_START
