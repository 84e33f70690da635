"""The clock stands still before the start, and runs at its speed afterwards."""

import threading
import time

import pytest

from resilience.rehearsal.live.clock import VirtualClock


def test_time_stands_still_before_the_start() -> None:
    clock = VirtualClock(60)
    time.sleep(0.05)

    assert clock.now() == 0


def test_virtual_time_runs_at_its_speed() -> None:
    clock = VirtualClock(1000)
    clock.start()
    before = clock.now()
    time.sleep(0.1)

    assert clock.now() - before == pytest.approx(100, abs=60)


def test_a_virtual_second_has_its_place_on_the_wall_clock() -> None:
    clock = VirtualClock(60)
    clock.start()

    assert clock.epoch(120) - clock.epoch(0) == pytest.approx(2)
    assert clock.epoch(clock.now()) == pytest.approx(time.time(), abs=0.5)


def test_sleep_waits_until_its_moment() -> None:
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
