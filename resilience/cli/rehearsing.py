"""Does the work of `resilience rehearse`: export, run the scenarios, show progress and results."""

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
from resilience.tools import binaries


def run(root: Path, names: tuple[str, ...], speed: float, report: Path | None, *, node: bool = False) -> bool:
    """Rehearse the named scenarios (all if none is named), print tables, write the report.

    With `node` the API is the service kit in Node, and every scenario runs in virtual time: at 60 times
    the speed, a live run would need 6,000 requests a second. Returns whether every result is good.

    Raises:
        BadInputError: the declaration cannot be exported.
        RehearsalError: a real program is missing, or a scenario cannot run.
    """
    chosen = select(load_scenarios(), names)
    console = Console(width=None if sys.stdout.isatty() else 140)
    if difference := binaries.semantics():
        console.print(f"{difference}.", markup=False, highlight=False)
    with TemporaryDirectory(prefix="exported-") as folder:
        export(declare_all((), root), Path(folder))
        variants = Variants(Path(folder), root)
        live = tuple(scenario for scenario in chosen if scenario.live and not node)
        all_results = list(_run_live(Path(folder), live, speed, console))
        all_results += _evaluated(variants, tuple(one for one in chosen if one not in live), console, node=node)
    for results in all_results:
        _show(results, console)
    if report:
        write_report(_together(all_results), report)
        console.print(f"Report: {report}")
    return all(results.good for results in all_results)


def _together(all_results: list[Results]) -> Results:
    """Join the results for one report; live if any scenario ran live."""
    found = tuple(one for results in all_results for one in results.results)
    seconds = sum(results.seconds for results in all_results)
    return Results(found, live=all_results[0].live, speed=all_results[0].speed, seconds=seconds)


def _run_live(folder: Path, live: tuple[Scenario, ...], speed: float, console: Console) -> Iterator[Results]:
    if live:
        console.print(f"{_count(live)} on real Prometheus and Alertmanager, {speed:g} times faster than real time")
        with _progress(live, console) as on_progress:
            yield rehearse(folder, live, speed, on_progress)


def _evaluated(variants: Exports, chosen: tuple[Scenario, ...], console: Console, *, node: bool) -> Iterator[Results]:
    if chosen:
        service = ", with the service kit's API in Node" if node else ""
        console.print(f"{_count(chosen)} in virtual time, with Prometheus and promtool{service}")
        with console.status("Prometheus and promtool are running"):
            yield evaluate_virtually(variants, chosen, node=node)


def _count(scenarios: tuple[Scenario, ...]) -> str:
    return f"{len(scenarios)} scenario{'' if len(scenarios) == 1 else 's'}"


@contextmanager
def _progress(scenarios: tuple[Scenario, ...], console: Console) -> Iterator[Progress]:
    """On a terminal a bar for each scenario, else a line for each one that is done."""
    if not console.is_terminal:
        yield lambda scenario, state, _at: console.print(f"  {scenario.id}") if state is RunState.DONE else None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description:<38}"), BarColumn(), TimeElapsedColumn())
    with rich.progress.Progress(*columns, console=console) as bars:
        tasks = {scenario.id: bars.add_task(scenario.id, total=scenario.length, start=False) for scenario in scenarios}

        def update(scenario: Scenario, state: RunState, at: float) -> None:
            if state is RunState.STARTING:
                bars.start_task(tasks[scenario.id])
            bars.update(tasks[scenario.id], completed=scenario.length if state is RunState.DONE else max(at, 0))

        yield update


def _show(results: Results, console: Console) -> None:
    console.print(results_table(results))
    for result in results.results:
        if not result.good:
            console.print(f"{result.scenario.id}: {result.scenario.title}", style="bold red")
            console.print(result.explanation, markup=False, highlight=False)
    console.print(f"{sum(one.good for one in results.results)} of {len(results.results)} good, {results.seconds:.0f} s")
