"""`resilience rehearse`: exports what is declared, plays the incidents, shows how it goes and how it went."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from resilience.export import export
from resilience.manifest import declare_all
from resilience.rehearsal import (
    Exports,
    Progress,
    Results,
    RunState,
    Scenario,
    evaluate_virtually,
    load_scenarios,
    rehearse,
    results_table,
    select,
    write_report,
)
from resilience.rehearsal.variants import Variants


def run(root: Path, names: tuple[str, ...], speed: float, report: Path | None, *, node: bool = False) -> bool:
    """Rehearse the incidents named (all when none is), print tables, write the report.

    With `node` the API is the service kit's, and every incident is judged in virtual time: real programs
    at 60 times life's speed would need 6,000 requests a second. Returns whether every promise was kept.

    Raises:
        BadInputError: what is declared cannot be exported.
        RehearsalError: a real program is missing, or an incident cannot be played.
    """
    chosen = select(load_scenarios(), names)
    console = Console(width=None if sys.stdout.isatty() else 140)
    with TemporaryDirectory(prefix="exported-") as folder:
        export(declare_all((), root), Path(folder))
        variants = Variants(Path(folder), root)
        live = tuple(scenario for scenario in chosen if scenario.live and not node)
        outcomes = list(_played(Path(folder), live, speed, console))
        outcomes += _evaluated(variants, tuple(one for one in chosen if one not in live), console, node=node)
    for results in outcomes:
        _show(results, console)
    if report:
        write_report(_together(outcomes), report)
        console.print(f"Report: {report}")
    return all(results.good for results in outcomes)


def _together(outcomes: list[Results]) -> Results:
    """One page for all: live when any of it was."""
    found = tuple(one for results in outcomes for one in results.results)
    seconds = sum(results.seconds for results in outcomes)
    return Results(found, live=outcomes[0].live, speed=outcomes[0].speed, seconds=seconds)


def _played(folder: Path, live: tuple[Scenario, ...], speed: float, console: Console) -> Iterator[Results]:
    if live:
        console.print(f"{len(live)} incidents on real Prometheus and Alertmanager, {speed:g} times faster than life")
        with _progress(live, console) as notified:
            yield rehearse(folder, live, speed, notified)


def _evaluated(variants: Exports, chosen: tuple[Scenario, ...], console: Console, *, node: bool) -> Iterator[Results]:
    if chosen:
        service = ", on the service kit's API in Node" if node else ""
        console.print(f"{len(chosen)} incidents in virtual time, with promtool{service}")
        with console.status("promtool judges"):
            yield evaluate_virtually(variants, chosen, node=node)


@contextmanager
def _progress(scenarios: tuple[Scenario, ...], console: Console) -> Iterator[Progress]:
    """A bar for each incident on a terminal; a line for each that is done without one."""
    if not console.is_terminal:
        yield lambda scenario, step, _at: console.print(f"  {scenario.id}") if step is RunState.DONE else None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description:<38}"), BarColumn(), TimeElapsedColumn())
    with rich.progress.Progress(*columns, console=console) as bars:
        tasks = {scenario.id: bars.add_task(scenario.id, total=scenario.length, start=False) for scenario in scenarios}

        def notified(scenario: Scenario, step: RunState, at: float) -> None:
            if step is RunState.STARTING:
                bars.start_task(tasks[scenario.id])
            bars.update(tasks[scenario.id], completed=scenario.length if step is RunState.DONE else max(at, 0))

        yield notified


def _show(results: Results, console: Console) -> None:
    console.print(results_table(results))
    for result in results.results:
        if not result.good:
            console.print(f"{result.scenario.id}: {result.scenario.title}", style="bold red")
            console.print(result.explanation, markup=False, highlight=False)
    console.print(f"{sum(one.good for one in results.results)} of {len(results.results)} good, {results.seconds:.0f} s")
