"""The time of all scenarios in virtual time and of the live ones, beside the time that they would take."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from resilience.core.durations import HOUR
from resilience.rehearsal import load_scenarios
from resilience.rehearsal.report.results import Results
from resilience.rehearsal.run import evaluate_virtually, rehearse
from resilience.rehearsal.variants import Variants


def measured(name: str, run: Callable[[], Results]) -> None:
    """Print wall time, processor time of this process and of the programs it ran, and how much faster it was."""
    before = os.times()
    results = run()
    after = os.times()
    own, programs = (sum(after[at : at + 2]) - sum(before[at : at + 2]) for at in (0, 2))
    hours = sum(one.scenario.length for one in results.results) / HOUR
    print(
        f"  {name:<10} {len(results.results):>4} {hours:>8.1f} {results.seconds:>8.1f} {own:>8.1f} {programs:>10.1f}"
        f" {hours * HOUR / results.seconds:>9.0f} x"
    )


def main() -> None:
    """Print both measurements."""
    scenarios = load_scenarios()
    print("Rehearsal, all scenarios and those of a message's path; seconds")
    print(f"  {'':<10} {'':>4} {'hours':>8} {'wall':>8} {'own CPU':>8} {'programs':>10} {'faster':>11}")
    with tempfile.TemporaryDirectory() as folder:
        exports = Variants(Path(folder))
        for scenario in scenarios:
            exports(scenario)
        played = {}

        def virtual() -> Results:
            results, found = evaluate_virtually(exports, scenarios)
            played.update({one.scenario.id: one for one in found})
            return results

        measured("virtual", virtual)
        live = [played[one.id] for one in scenarios if one.path]
        measured("live", lambda: rehearse(exports, live))


if __name__ == "__main__":
    main()
