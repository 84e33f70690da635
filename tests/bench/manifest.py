"""The time of `resilience manifest`, compared with its necessary imports, and how it grows with size."""

import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from resilience.manifest import declare
from resilience.model.catalogue import ROOT
from tests.stack_files import settings_of, stack_text

RUNS = 11
WARM_UP = 2
PACKAGES = "import pulumi, pulumiverse_grafana, pulumi_github"
# pulumiverse_grafana loads its modules at first use; the program uses three.
MODULES = (
    f"{PACKAGES}\nfrom pulumiverse_grafana import alerting, cloud, oss\nalerting.RuleGroup, cloud.Stack, oss.Folder"
)
COMMANDS = {
    "import of the three packages": [sys.executable, "-c", PACKAGES],
    "the same, with the modules used": [sys.executable, "-c", MODULES],
    "manifest --stack production": [sys.executable, "-m", "resilience", "manifest", "--stack", "production"],
    "manifest (both stacks)": [sys.executable, "-m", "resilience", "manifest"],
}
SIZES = ((10, 1), (10, 10), (100, 1), (100, 10))
ALERTS_PER_TOPIC = 10


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    # As on a user's machine: a second import uses the compiled file.
    shell = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=shell)
    return time.perf_counter() - begin


def start_up() -> None:
    """Print medians of interleaved runs, and ratios to the first line."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for run in range(RUNS + WARM_UP):
        for name, command in COMMANDS.items():
            spent = seconds(command)
            if run >= WARM_UP:
                taken[name].append(spent)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    base = next(iter(medians.values()))
    print(f"Start-up, median of {RUNS} interleaved runs")
    for name, median in medians.items():
        print(f"  {name:<34} {median:6.3f} s   {median / base:5.2f} x")


def checkout(folder: Path, alerts: int, environments: int) -> list[str]:
    """Write a checkout of that size; return the names of its stacks."""
    shutil.copytree(ROOT / "catalogue", folder / "catalogue")
    shutil.copy(ROOT / "__main__.py", folder)
    shutil.rmtree(folder / "catalogue/alerts")
    (folder / "catalogue/alerts").mkdir()
    (folder / "runbooks").mkdir()
    good = yaml.safe_load((ROOT / "catalogue/alerts/worker.yaml").read_text())["alerts"][0]
    for first in range(0, alerts, ALERTS_PER_TOPIC):
        ids = [f"alert-{number}" for number in range(first, min(first + ALERTS_PER_TOPIC, alerts))]
        topic = {"version": 1, "alerts": [{**good, "id": id_, "title": id_} for id_ in ids]}
        (folder / f"catalogue/alerts/topic-{first}.yaml").write_text(yaml.safe_dump(topic))
        for id_ in ids:
            (folder / f"runbooks/{id_}.md").touch()
    names = [f"env{number}" for number in range(environments)]
    for name in names:
        text = stack_text(settings_of("dev", environment=name))
        (folder / f"Pulumi.{name}.yaml").write_text(text)
    return names


def growth() -> None:
    """Print the time for each size; with linear growth the last column stays level or falls."""
    print("\nGrowth, one process, all imports done")
    print(f"  {'alerts x environments':<24} {'rules':>6} {'resources':>10} {'s':>8} {'ms/resource':>12} {'ms/rule':>9}")
    for alerts, environments in SIZES:
        with tempfile.TemporaryDirectory() as name:
            names = checkout(Path(name), alerts, environments)
            begin = time.perf_counter()
            resources = sum(len(declare(stack, Path(name)).resources) for stack in names)
            spent = time.perf_counter() - begin
        rules, size = alerts * environments, f"{alerts} x {environments}"
        each, rule = 1000 * spent / resources, 1000 * spent / rules
        print(f"  {size:<24} {rules:>6} {resources:>10} {spent:>8.3f} {each:>12.2f} {rule:>9.2f}")


def main() -> None:
    """Print both measurements."""
    start_up()
    gc.disable()
    declare("dev")
    growth()


if __name__ == "__main__":
    main()
