"""The time of a whole first preview and `up` on the real engine with doubles, beside an empty program."""

import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from resilience.manifest import declare
from tests.engine.binary import find
from tests.engine.doubled import DoubledProject, doubled
from tests.engine.project import Snapshot

RUNS = 5
WARM_UP = 1
STACK = "production"
COMMANDS = {"preview": ("preview",), "up": ("up", "--yes", "--skip-preview")}
PROGRAMS = ("empty", "whole")
Times = dict[tuple[str, str], list[float]]


def measured(project: DoubledProject, initialised: Snapshot) -> Times:
    """Seconds of each command and program, interleaved; every run begins before the first `up`."""
    taken: Times = defaultdict(list)
    for run in range(RUNS + WARM_UP):
        for program in PROGRAMS:
            project.restore(initialised)
            if program == "empty":
                (project.folder / "__main__.py").write_text("", encoding="utf-8")
            for name, command in COMMANDS.items():
                begin = time.perf_counter()
                project.good(*command, "--stack", STACK)
                if run >= WARM_UP:
                    taken[name, program].append(time.perf_counter() - begin)
    return taken


def main() -> None:
    """Print medians, ratios and the time of one resource."""
    if (engine := find(os.environ)) is None:
        print("Left out: preview and up on the engine. There is no `pulumi`; run `make engine-cli`.")
        return
    with tempfile.TemporaryDirectory() as folder, doubled(Path(folder), engine) as project:
        project.start(STACK)
        taken = measured(project.with_checkpoints(), project.saved())
    resources = len(declare(STACK).resources)
    print(f"\nThe engine with doubles, first run of {STACK}, {resources} resources, median of {RUNS} interleaved runs")
    for name in COMMANDS:
        empty, whole = (statistics.median(taken[name, program]) for program in PROGRAMS)
        each = 1000 * (whole - empty) / resources
        print(
            f"  {name:<8} empty {empty:5.2f} s  whole {whole:5.2f} s  {whole / empty:5.2f} x  {each:5.1f} ms/resource"
        )


if __name__ == "__main__":
    main()
