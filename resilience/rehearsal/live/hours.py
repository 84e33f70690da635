"""Business hours of a live run: every named time interval is replaced by one that is open, or closed, for good.

Alertmanager reads the wall clock to the minute and cannot scale it, so hours begin and end by a new configuration.
The rehearsal checks that a message waits for business hours; which hours those are is checked by the tests of routes.
"""

from typing import Any

from resilience.tools.errors import RehearsalError

_PAST = {"years": ["1970"]}


def with_hours(config: dict[str, Any], *, open_: bool) -> dict[str, Any]:
    """Return the Alertmanager configuration with every named interval open or closed.

    Raises RehearsalError for `mute_time_intervals`, whose meaning is the opposite.
    """
    if _mutes(config["route"]):
        msg = "alertmanager.yml: mute_time_intervals cannot be rehearsed; use active_time_intervals"
        raise RehearsalError(msg)
    intervals = [{} if open_ else _PAST]
    named = [{"name": entry["name"], "time_intervals": intervals} for entry in config.get("time_intervals", ())]
    return {**config, "time_intervals": named}


def _mutes(route: dict[str, Any]) -> bool:
    return "mute_time_intervals" in route or any(map(_mutes, route.get("routes", ())))
