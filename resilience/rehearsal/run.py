"""What the command line needs: load incidents, rehearse them, judge them, write the report."""

import time
from collections.abc import Callable
from pathlib import Path

from resilience.rehearsal import live_run, virtual
from resilience.rehearsal.api_simulator import ApiSimulator
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live_run import Progress, silent
from resilience.rehearsal.node import NodePrograms
from resilience.rehearsal.results import Results
from resilience.rehearsal.scenario import Scenario
from resilience.tools.errors import RehearsalError

Exports = Callable[[Scenario], Exported]
"""Gives an incident the export that it asks for: as declared, or with its `settings` changed."""
SPEED = 60.0
"""A virtual minute a second: scrapes and evaluations stay a second apart."""


def select(scenarios: tuple[Scenario, ...], ids: tuple[str, ...]) -> tuple[Scenario, ...]:
    """Return the incidents named by their ids, all when none is named.

    Raises RehearsalError for an unknown id, with the known ones.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    if unknown := [name for name in ids if name not in known]:
        msg = f"no incident {', '.join(unknown)}; there are {', '.join(known)}"
        raise RehearsalError(msg)
    return tuple(known[name] for name in dict.fromkeys(ids)) if ids else scenarios


def rehearse(
    exported: Path,
    scenarios: tuple[Scenario, ...],
    speed: float = SPEED,
    on_progress: Progress = silent,
    at_once: int = live_run.AT_ONCE,
) -> Results:
    """Run the live ones of the incidents on real programs.

    Raises RehearsalError when the export or an incident is unusable, or none is live; a drill that
    breaks on its way is a bad result instead, so that the others still count.
    """
    begin = time.monotonic()
    declared = Exported.read(exported)
    declared.reject_unknown(scenarios)
    live = tuple(scenario for scenario in scenarios if scenario.live)
    if not live:
        msg = "none of these incidents can run live; they last a day and are judged by `make test`"
        raise RehearsalError(msg)
    found = live_run.run_all(declared, live, speed, on_progress, at_once)
    return Results(found, live=True, speed=speed, seconds=time.monotonic() - begin)


def evaluate_virtually(exports: Exports, scenarios: tuple[Scenario, ...], *, node: bool = False) -> Results:
    """Judge all the incidents in virtual time, each on its export; raises RehearsalError as `rehearse` does.

    With `node` the API is the service kit's, in Node, and shows its own `/metrics`.
    """
    begin = time.monotonic()
    for scenario in scenarios:
        exports(scenario).reject_unknown((scenario,))
    with NodePrograms() as programs:
        found = virtual.evaluate_all(exports, scenarios, programs.simulator if node else ApiSimulator)
    return Results(found, live=False, speed=1.0, seconds=time.monotonic() - begin)
