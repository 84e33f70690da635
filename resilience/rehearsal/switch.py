"""The service outside that waits for the watchdog's signs of life, and speaks when they are missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from resilience.core.conventions import WATCHDOG
from resilience.core.durations import clock_face, seconds
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.comparison import Tolerance
from resilience.rehearsal.scenario.scenario import Scenario

MISSING = 3
"""Signs in a row; as runbooks/watchdog.md asks to set it."""


@dataclass(frozen=True)
class Switch:
    """A check of that service: it expects a sign each `period`, and waits `grace` for a late one, in seconds."""

    period: float
    grace: float

    @classmethod
    def of(cls, exported: Exported) -> "Switch":
        """Return the one that the declared route needs: Alertmanager repeats one interval late."""
        route = next(one for one in exported.alertmanager["route"]["routes"] if one["receiver"] == WATCHDOG)
        period = float(seconds(route["repeat_interval"]) + seconds(route["group_interval"]))
        return cls(period, (MISSING - 1) * period)

    def spoke(self, signs: Sequence[float], until: float) -> float | None:
        """Return when it first speaks, None if it is content; it lives since zero."""
        patience = self.period + self.grace
        return next(
            (left + patience for left, right in pairwise((0.0, *signs, until)) if right - left > patience), None
        )

    def signs(self, alive: Iterable[float]) -> list[float]:
        """Return when signs come, of the moments at which the alert fires in the Alertmanager."""
        found: list[float] = []
        for at in alive:
            if not found or at - found[-1] >= self.period:
                found.append(at)
        return found


def differences(switch: Switch, scenario: Scenario, signs: Sequence[float], tolerance: Tolerance) -> tuple[str, ...]:
    """Return what is wrong with the moment at which the service speaks, as sentences."""
    if scenario.watchdog_speaks is None:
        return ()
    spoke = switch.spoke(signs, scenario.length)
    earliest, latest = scenario.watchdog_speaks
    if spoke is None:
        return (f"the watchdog's address missed no sign of life; it got {len(signs)}",)
    if not earliest - tolerance.early <= spoke <= latest + tolerance.late:
        return (f"the watchdog's address spoke at {clock_face(spoke)}",)
    return ()
