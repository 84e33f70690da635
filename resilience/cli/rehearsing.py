"""Does the work of `resilience rehearse`: export, run the scenarios, show progress and results."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from tempfile import TemporaryDirectory

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from resilience.core.durations import seconds
from resilience.core.files import check_replaceable
from resilience.model.catalogue import Catalogue
from resilience.rehearsal import (
    STEPS,
    Played,
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


@unique
class Live(StrEnum):
    """Which scenarios also run live, after all have been evaluated in virtual time."""

    PATHS = "paths"
    ALL = "all"
    NONE = "none"

    def chosen(self, scenario: Scenario) -> bool:
        """Whether the scenario runs live."""
        return scenario.live and (self is Live.ALL or (self is Live.PATHS and scenario.path is not None))


@dataclass(frozen=True)
class Wanted:
    """What the command asks for; with `node` the API is the service kit in Node."""

    names: tuple[str, ...]
    speed: float
    live: Live
    report: Path | None
    node: bool


def run(root: Path, wanted: Wanted) -> bool:
    """Rehearse the named scenarios (all if none is named), print tables, write the report.

    Returns whether every result is good.

    Raises:
        BadInputError: the declaration cannot be exported.
        RehearsalError: a real program is missing, or a scenario cannot run.
    """
    if wanted.report:
        check_replaceable(wanted.report)
    chosen = select(load_scenarios(), wanted.names)
    console = Console(width=None if sys.stdout.isatty() else 140)
    with TemporaryDirectory(prefix="exported-") as folder:
        exports = Variants(Path(folder), root)
        virtual, played = _evaluated(exports, chosen, console, node=wanted.node)
        _show(virtual, console)
        found = [virtual]
        live = [one for one in played if wanted.live.chosen(one.scenario)]
        for results in _run_live(exports, live, wanted.speed, console):
            _show(results, console)
            found.append(results)
    if wanted.report:
        promised = {alert.id: seconds(alert.notify_within) for alert in Catalogue.load(root).alerts}
        write_report(found, wanted.report, promised)
        console.print(f"Report: {wanted.report}")
    return all(results.good for results in found)


def _evaluated(
    exports: Variants, chosen: tuple[Scenario, ...], console: Console, *, node: bool
) -> tuple[Results, tuple[Played, ...]]:
    for scenario in chosen:
        exports(scenario)  # what is declared wrongly is said before anything else
    if difference := binaries.semantics():
        console.print(f"{difference}.", markup=False, highlight=False)
    service = ", with the service kit's API in Node" if node else ""
    console.print(f"{_count(chosen)} in virtual time: Prometheus, and the model of Grafana{service}")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with rich.progress.Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("steps", total=STEPS * len(chosen))
        return evaluate_virtually(exports, chosen, lambda: bars.advance(task), node=node)


def _run_live(exports: Variants, played: list[Played], speed: float, console: Console) -> Iterator[Results]:
    if played:
        scenarios = [one.scenario for one in played]
        console.print(f"{_count(scenarios)} live: Alertmanager and Slack, {speed:g} times faster than real time")
        with _progress(scenarios, console) as on_progress:
            yield rehearse(exports, played, speed, on_progress)


def _count(scenarios: Sequence[Scenario]) -> str:
    return f"{len(scenarios)} scenario{'' if len(scenarios) == 1 else 's'}"


@contextmanager
def _progress(scenarios: Sequence[Scenario], console: Console) -> Iterator[Progress]:
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
