"""The clock stands still before the start, and lets business hours open on a full minute."""

import threading
import time
from datetime import UTC, datetime

import pytest

from resilience.core.durations import MINUTE
from resilience.rehearsal.live.clock import LEAD_IN, LONGEST_WAIT, VirtualClock


def test_time_stands_still_before_the_start() -> None:
    clock = VirtualClock(60)
    time.sleep(0.05)

    assert clock.now() == -LEAD_IN


def test_zero_comes_after_the_lead_in() -> None:
    clock = VirtualClock(60)

    assert clock.start() is None
    assert clock.now() == pytest.approx(-LEAD_IN, abs=10)


def test_virtual_time_runs_at_its_speed() -> None:
    clock = VirtualClock(1000)
    clock.start()
    before = clock.now()
    time.sleep(0.1)

    assert clock.now() - before == pytest.approx(100, abs=60)


@pytest.mark.parametrize("opens_at", [MINUTE, 20 * MINUTE, 61 * MINUTE])
def test_hours_open_on_a_full_minute_of_the_wall_clock(opens_at: float) -> None:
    clock = VirtualClock(60, opens_at)
    opening = clock.start()
    left = (opens_at - clock.now()) / 60

    assert opening is not None
    assert (opening.second, opening.microsecond) == (0, 0)
    assert (opening - datetime.now(tz=UTC)).total_seconds() == pytest.approx(left, abs=0.1)
    assert -LEAD_IN - LONGEST_WAIT * 60 <= clock.now() <= -LEAD_IN + 10


def test_starting_never_moves_time_back() -> None:
    for opens_at in (None, MINUTE, 20 * MINUTE):
        clock = VirtualClock(60, opens_at)
        held = clock.now()
        clock.start()

        assert clock.now() >= held


def test_sleep_waits_for_zero_and_beyond() -> None:
    clock = VirtualClock(600)
    clock.start()
    clock.sleep_until(60.0, threading.Event())

    assert clock.now() == pytest.approx(60.0, abs=60)


def test_sleep_ends_when_cancelled() -> None:
    clock, cancelled = VirtualClock(1), threading.Event()
    clock.start()
    cancelled.set()
    begin = time.monotonic()
    clock.sleep_until(3600.0, cancelled)

    assert time.monotonic() - begin < 1
