"""The service outside that waits for the watchdog's signs of life, and speaks when three in a row are missing."""

from collections.abc import Sequence
from itertools import pairwise

from resilience.core.conventions import WATCHDOG
from resilience.core.durations import clock_face, seconds
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.comparison import Tolerance
from resilience.rehearsal.scenario.scenario import Scenario

MISSING = 3
"""As runbooks/watchdog.md asks to set it."""


def differences(
    exported: Exported, scenario: Scenario, signs: Sequence[float], tolerance: Tolerance
) -> tuple[str, ...]:
    """Return what is wrong with the moment at which the service speaks, as sentences."""
    if scenario.watchdog_speaks is None:
        return ()
    patience = MISSING * _period(exported)
    heard = [0.0, *signs, scenario.length]
    spoke = next((left + patience for left, right in pairwise(heard) if right - left > patience), None)
    earliest, latest = scenario.watchdog_speaks
    if spoke is None:
        return (f"the watchdog's address missed no sign of life; it got {len(signs)}",)
    if not earliest - tolerance.early <= spoke <= latest + tolerance.late:
        return (f"the watchdog's address spoke at {clock_face(spoke)}",)
    return ()


def _period(exported: Exported) -> float:
    """Return the virtual seconds from one sign of life to the next: Alertmanager repeats one interval late."""
    route = next(one for one in exported.alertmanager["route"]["routes"] if one["receiver"] == WATCHDOG)
    return float(seconds(route["repeat_interval"]) + seconds(route["group_interval"]))
