"""Rehearse scenarios: all in virtual time, then some of them live; the command line calls this module."""

import time
from collections.abc import Sequence

from resilience.core.problems import shown
from resilience.rehearsal.live import live_run
from resilience.rehearsal.live.live_run import Progress, no_progress
from resilience.rehearsal.report.results import Results
from resilience.rehearsal.scenario.scenario import Scenario
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.node import NodePrograms
from resilience.rehearsal.virtual.evaluation import Exports, Played, Step, checked, play
from resilience.tools.errors import RehearsalError

SPEED = 60.0
"""One virtual minute a second, so Grafana's evaluations are a second apart."""


def select(scenarios: tuple[Scenario, ...], ids: tuple[str, ...]) -> tuple[Scenario, ...]:
    """Return the scenarios with these ids, all of them when no id is given.

    Raises RehearsalError for an unknown id, with the known ones.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    if unknown := [name for name in ids if name not in known]:
        quoted = ", ".join(map(shown, unknown))
        msg = f"no scenario {quoted}; use one of {', '.join(known)}"
        raise RehearsalError(msg)
    return tuple(known[name] for name in dict.fromkeys(ids)) if ids else scenarios


def evaluate_virtually(
    exports: Exports, scenarios: Sequence[Scenario], step: Step = lambda: None, *, node: bool = False
) -> tuple[Results, tuple[Played, ...]]:
    """Evaluate the scenarios in virtual time, each with its export; also return what Grafana would post in them.

    With `node` the samples of the API come from the service kit in Node.

    Raises:
        RehearsalError: the export or a scenario is unusable.
    """
    begin = time.monotonic()
    for scenario in scenarios:
        exports(scenario).reject_unknown((scenario,))
    with NodePrograms() as programs:
        simulator_of = programs.simulator if node else ApiSimulator
        (played,) = play((exports,), scenarios, simulator_of, step=step)
    found = tuple(map(checked, played))
    return Results(found, live=False, speed=1.0, seconds=time.monotonic() - begin), played


def rehearse(
    exports: Exports,
    played: Sequence[Played],
    speed: float = SPEED,
    on_progress: Progress = no_progress,
    parallel: int = live_run.PARALLEL,
) -> Results:
    """Run scenarios live, each with its export, with what Grafana would post in them.

    Raises:
        RehearsalError: an export is unusable. A run that breaks gives a bad result instead, and the others go on.
    """
    begin = time.monotonic()
    found = live_run.run_all(exports, played, speed, on_progress, parallel)
    return Results(found, live=True, speed=speed, seconds=time.monotonic() - begin)
