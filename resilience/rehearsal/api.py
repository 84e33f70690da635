"""What the command line needs: load incidents, rehearse them, judge them, write the report."""

import time
from collections.abc import Callable
from pathlib import Path

from resilience.rehearsal import drill, virtual
from resilience.rehearsal.drill import Progress, silent
from resilience.rehearsal.errors import RehearsalError
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.incident import Incident
from resilience.rehearsal.node import NodePrograms
from resilience.rehearsal.results import Results
from resilience.rehearsal.world import World

Exports = Callable[[Incident], Exported]
"""Gives an incident the export that it asks for: as declared, or with its `settings` changed."""
SPEED = 60.0
"""A virtual minute a second: scrapes and evaluations stay a second apart."""


def select(incidents: tuple[Incident, ...], ids: tuple[str, ...]) -> tuple[Incident, ...]:
    """Return the incidents named by their ids, all when none is named.

    Raises RehearsalError for an unknown id, with the known ones.
    """
    known = {incident.id: incident for incident in incidents}
    if unknown := [name for name in ids if name not in known]:
        msg = f"no incident {', '.join(unknown)}; there are {', '.join(known)}"
        raise RehearsalError(msg)
    return tuple(known[name] for name in dict.fromkeys(ids)) if ids else incidents


def rehearse(
    exported: Path,
    incidents: tuple[Incident, ...],
    speed: float = SPEED,
    on_progress: Progress = silent,
    at_once: int = drill.AT_ONCE,
) -> Results:
    """Run the live ones of the incidents on real programs.

    Raises RehearsalError when the export or an incident is unusable, or none is live; a drill that
    breaks on its way is a bad result instead, so that the others still count.
    """
    begin = time.monotonic()
    declared = Exported.read(exported)
    declared.refuse_unknown(incidents)
    live = tuple(incident for incident in incidents if incident.live)
    if not live:
        msg = "none of these incidents can run live; they last a day and are judged by `make test`"
        raise RehearsalError(msg)
    found = drill.run_all(declared, live, speed, on_progress, at_once)
    return Results(found, live=True, speed=speed, seconds=time.monotonic() - begin)


def judge_virtually(exports: Exports, incidents: tuple[Incident, ...], *, node: bool = False) -> Results:
    """Judge all the incidents in virtual time, each on its export; raises RehearsalError as `rehearse` does.

    With `node` the API is the service kit's, in Node, and shows its own `/metrics`.
    """
    begin = time.monotonic()
    for incident in incidents:
        exports(incident).refuse_unknown((incident,))
    with NodePrograms() as programs:
        found = virtual.judge_all(exports, incidents, programs.world if node else World)
    return Results(found, live=False, speed=1.0, seconds=time.monotonic() - begin)
