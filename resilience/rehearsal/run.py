"""Rehearse scenarios, live or in virtual time; the command line calls this module."""

import time
from collections.abc import Callable
from pathlib import Path

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live import live_run
from resilience.rehearsal.live.live_run import Progress, no_progress
from resilience.rehearsal.report.results import Results
from resilience.rehearsal.scenario.scenario import Scenario
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.node import NodePrograms
from resilience.rehearsal.virtual import virtual
from resilience.tools.errors import RehearsalError

Exports = Callable[[Scenario], Exported]
"""Returns the export for a scenario: as declared, or with the scenario's `settings` changed."""
SPEED = 60.0
"""One virtual minute a second, so scrapes and evaluations are a second apart."""


def select(scenarios: tuple[Scenario, ...], ids: tuple[str, ...]) -> tuple[Scenario, ...]:
    """Return the scenarios with these ids, all of them when no id is given.

    Raises RehearsalError for an unknown id, with the known ones.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    if unknown := [name for name in ids if name not in known]:
        quoted = ", ".join(f'"{name}"' for name in unknown)
        msg = f"no scenario {quoted}; use one of {', '.join(known)}"
        raise RehearsalError(msg)
    return tuple(known[name] for name in dict.fromkeys(ids)) if ids else scenarios


def rehearse(
    exported: Path,
    scenarios: tuple[Scenario, ...],
    speed: float = SPEED,
    on_progress: Progress = no_progress,
    parallel: int = live_run.PARALLEL,
) -> Results:
    """Run on real programs those scenarios that can run live.

    Raises RehearsalError when the export or a scenario is unusable, or none can run live. A run that
    breaks gives a bad result instead, and the others go on.
    """
    begin = time.monotonic()
    declared = Exported.read(exported)
    declared.reject_unknown(scenarios)
    live = tuple(scenario for scenario in scenarios if scenario.live)
    if not live:
        msg = "none of these scenarios can run live (`live: false`); `make test` evaluates them in virtual time"
        raise RehearsalError(msg)
    found = live_run.run_all(declared, live, speed, on_progress, parallel)
    return Results(found, live=True, speed=speed, seconds=time.monotonic() - begin)


def evaluate_virtually(exports: Exports, scenarios: tuple[Scenario, ...], *, node: bool = False) -> Results:
    """Evaluate the scenarios in virtual time, each with its export; raises RehearsalError as `rehearse` does.

    With `node` the samples of the API come from the service kit in Node.
    """
    begin = time.monotonic()
    for scenario in scenarios:
        exports(scenario).reject_unknown((scenario,))
    with NodePrograms() as programs:
        found = virtual.evaluate_all(exports, scenarios, programs.simulator if node else ApiSimulator)
    return Results(found, live=False, speed=1.0, seconds=time.monotonic() - begin)
