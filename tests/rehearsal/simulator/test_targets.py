"""The targets besides the API: collector, outside checks, logs, the plan's usage."""

from typing import Any

import pytest

from resilience.core.durations import MINUTE
from resilience.rehearsal.simulator.targets import LOG_LINES, ScrapeTarget, targets_of
from tests.rehearsal.simulator.test_api_simulator import FAULT, PRODUCTION

ENVIRONMENTS = ("dev", "production")
SENT = "loki_write_sent_entries_total"
DROPPED = "loki_write_dropped_entries_total"


def targets(*faults: dict[str, Any]) -> dict[str, ScrapeTarget]:
    found = targets_of(ENVIRONMENTS, tuple(FAULT.validate_python(PRODUCTION | fault) for fault in faults))
    return {target.name: target for target in found}


def total(target: ScrapeTarget, name: str, at: float, **labels: str) -> float:
    samples = target.samples(at, lambda virtual: virtual)
    return sum(one.value for one in samples if one.name == name and labels.items() <= dict(one.labels).items())


def test_each_environment_has_an_api_a_collector_and_logs_and_all_share_the_outside() -> None:
    expected = {f"{kind}-{name}" for kind in ("api", "alloy", "logs") for name in ENVIRONMENTS}

    assert set(targets()) == {*expected, "outside"}


def test_without_faults_an_entry_a_second_is_shipped_and_none_dropped() -> None:
    alloy = targets()["alloy-production"]

    assert total(alloy, SENT, 10 * MINUTE) - total(alloy, SENT, 9 * MINUTE) == 60
    assert total(alloy, DROPPED, 10 * MINUTE) == 0


def test_a_rejected_token_drops_and_ships_nothing() -> None:
    fault = {"kind": "shipping", "sends": False, "dropped_per_minute": 60, "from": "2m"}
    alloy = targets(fault)["alloy-production"]

    assert total(alloy, SENT, 10 * MINUTE) == total(alloy, SENT, 2 * MINUTE)
    assert total(alloy, DROPPED, 10 * MINUTE) == 8 * 60


@pytest.mark.parametrize(
    ("state", "scraped"),
    [("stopped", (False, False)), ("without-api", (False, True)), ("without-itself", (True, False))],
)
def test_a_collector_fault_removes_only_its_own_targets(state: str, scraped: tuple[bool, bool]) -> None:
    found = targets({"kind": "collector", "state": state})

    assert (found["api-production"].scraped(0), found["alloy-production"].scraped(0)) == scraped
    assert found["api-dev"].scraped(0)


def test_a_check_repeats_its_last_result_until_the_next() -> None:
    outside = targets({"kind": "outside", "checks": ["data"], "from": "4m", "until": "6m"})["outside"]
    shown = [
        total(outside, "probe_success", minute * MINUTE, job="sv0-production-data", probe="London")
        for minute in (4, 5, 9, 10)
    ]

    assert shown == [1, 0, 0, 1]


def test_an_api_that_is_down_cannot_be_reached_unless_another_instance_answers() -> None:
    down = {"kind": "api", "state": "down"}
    ready = {"job": "sv0-production-ready", "probe": "London"}

    assert total(targets(down)["outside"], "probe_success", 0, **ready) == 0
    assert total(targets(down, {"kind": "replica"})["outside"], "probe_success", 0, **ready) == 1


def test_a_second_instance_is_up_while_the_first_is_down() -> None:
    found = targets({"kind": "api", "state": "down"}, {"kind": "replica"})

    assert not found["api-production"].is_up(0)
    assert found["replica-production"].is_up(0)


def test_a_log_line_is_counted_in_the_minute_after_it_and_then_gone() -> None:
    logs = targets({"kind": "log", "line": "request-failed", "from": "3m", "until": "4m"})["logs-production"]

    assert [total(logs, LOG_LINES, minute * MINUTE + 1) for minute in (2, 3, 4, 5)] == [0, 1, 1, 0]


def test_nothing_is_scraped_while_prometheus_restarts() -> None:
    restarting = FAULT.validate_python({"kind": "store", "state": "restarting", "from": "1m", "until": "2m"})
    found = targets_of(ENVIRONMENTS, (restarting,))

    assert [any(target.scraped(minute * MINUTE) for target in found) for minute in (0, 1, 2)] == [True, False, True]


def test_what_the_collectors_own_limit_drops_is_counted_apart() -> None:
    limited = targets({"kind": "shipping", "limited_per_minute": 60, "from": "2m", "until": "4m"})["alloy-production"]
    name, by_limit = "loki_process_dropped_lines_total", {"reason": "ratelimit_drop_stage"}

    assert [total(limited, name, minute * MINUTE, **by_limit) for minute in (2, 3, 4, 5)] == [0, 60, 120, 120]
    assert total(limited, "loki_write_dropped_entries_total", 5 * MINUTE) == 0


def test_a_check_every_90_seconds_is_not_repeated() -> None:
    outside, ready = targets()["outside"], {"job": "sv0-production-ready", "probe": "London"}

    assert [total(outside, "probe_success", minute * MINUTE, **ready) for minute in range(4)] == [1, 0, 1, 1]
