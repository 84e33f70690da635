"""Runs `promtool test rules` on rules and tests that are data."""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from resilience.core.durations import spelt
from resilience.tools import binaries, processes
from resilience.tools.errors import RehearsalError

Rules = dict[str, Any]
"""A rule file."""
Test = dict[str, Any]
"""An entry under `tests`."""
_SECONDS = 300.0
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def output_of(name: str, rules: Rules, tests: Sequence[Test], every: float) -> tuple[str, bool]:
    """What promtool prints about these tests, and whether all hold.

    `every` are virtual seconds between two evaluations; `name` stands in the error.

    Raises:
        RehearsalError: promtool is missing, or does not finish in time.
    """
    content = {"rule_files": ["rules.yml"], "evaluation_interval": spelt(every), "tests": list(tests)}
    command = [str(binaries.find("promtool")), "test", "rules", f"{name}.yml"]
    with tempfile.TemporaryDirectory(prefix="promtool-") as folder:
        for file, data in (("rules", rules), (name, content)):
            (Path(folder) / f"{file}.yml").write_text(yaml.dump(data, Dumper=_DUMPER), "utf-8")
        try:
            done = subprocess.run(  # noqa: S603  # our own files
                command,
                cwd=folder,
                env=processes.environment(),
                capture_output=True,
                text=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise RehearsalError(f"promtool did not finish {name}.yml within {_SECONDS:.0f} s") from error
    return done.stdout + done.stderr, not done.returncode


def reading(rules: Rules, series: Mapping[str, str]) -> Rules:
    """Return the rules that have one of these expressions, with the name of a series instead of it.

    Nobody reads annotations here, so they are left out.
    """
    groups = [
        {**group, "rules": [_reading(rule, series) for rule in group["rules"] if rule["expr"] in series]}
        for group in rules["groups"]
    ]
    return {"groups": [group for group in groups if group["rules"]]}


def _reading(rule: Rules, series: Mapping[str, str]) -> Rules:
    return {key: value for key, value in rule.items() if key != "annotations"} | {"expr": series[rule["expr"]]}
