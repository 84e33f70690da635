"""Business hours and maintenance of a live run: every named time interval now holds always, or never.

Alertmanager reads the wall clock to the minute and cannot scale it, so both begin and end by a new configuration.
The rehearsal checks what is delivered when; which times those are is checked by the tests of routes and timings.
"""

from collections.abc import Iterator
from typing import Any

from resilience.rehearsal.scenario.scenario import Scenario

_ALWAYS: dict[str, Any] = {}
_NEVER = {"years": ["1970"]}


def with_hours(config: dict[str, Any], *, open_: bool, maintenance: bool) -> dict[str, Any]:
    """Return the Alertmanager configuration in business hours or outside them, in maintenance or not."""
    muting = set(_muting(config["route"]))

    def timed(name: str) -> dict[str, Any]:
        holds = maintenance if name in muting else open_
        return {"name": name, "time_intervals": [_ALWAYS if holds else _NEVER]}

    return {**config, "time_intervals": [timed(one["name"]) for one in config.get("time_intervals", ())]}


def changes(scenario: Scenario) -> Iterator[tuple[float, bool, bool]]:
    """Yield the virtual seconds at which hours or maintenance begin or end, and whether it is the one and the other."""
    night, window = scenario.night, scenario.window
    for at in sorted({*(night or ()), *(window or ())}):
        yield at, not _holds(night, at), _holds(window, at)


def _holds(span: tuple[float, float] | None, at: float) -> bool:
    return span is not None and span[0] <= at < span[1]


def _muting(route: dict[str, Any]) -> Iterator[str]:
    yield from route.get("mute_time_intervals", ())
    for below in route.get("routes", ()):
        yield from _muting(below)
