"""Runs the real amtool to find where alerts go; Alertmanager's matching is never reimplemented."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from resilience.tools.binaries import find

LabelSet = Mapping[str, str]
RouteNode = dict[str, Any]
"""A route of an Alertmanager configuration."""
# It runs for 15 ms; garbage collection on several threads took a third of that (2026-11-25).
_SHORT_LIVED = {**os.environ, "GOGC": "off", "GOMAXPROCS": "1"}
_SECONDS = 30
# Every name before an operator: too many only cost calls.
_MATCHED = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")


def receivers(file: Path, label_sets: Sequence[LabelSet]) -> list[list[str]]:
    """The receivers of each label set; `file` is an Alertmanager configuration.

    One amtool call for all sets that agree in the labels that the tree names: it sees no others.
    """
    named = set(_MATCHED.findall(file.read_text(encoding="utf-8")))
    keys = [tuple(sorted((name, value) for name, value in labels.items() if name in named)) for labels in label_sets]
    with ThreadPoolExecutor(4) as pool:
        unique = list(dict.fromkeys(keys))
        found = dict(zip(unique, pool.map(lambda pairs: _receivers(file, pairs), unique), strict=True))
    return [found[key] for key in keys]


def _receivers(file: Path, pairs: Iterable[tuple[str, str]]) -> list[str]:
    command = [str(find("amtool")), "config", "routes", "test", f"--config.file={file}"]
    done = subprocess.run(  # noqa: S603  # our own files
        [*command, *(f'{name}="{_escaped(value)}"' for name, value in pairs)],
        env=_SHORT_LIVED,
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
    return done.stdout.strip().split(",")


def _escaped(value: str) -> str:
    # From 0.27 on amtool prints a warning among the receivers for what is not quoted.
    return value.replace("\\", "\\\\").replace('"', '\\"')


def routes(route: RouteNode) -> Iterator[RouteNode]:
    """The route and all below it, parents first."""
    yield route
    for below in route.get("routes", []):
        yield from routes(below)


def minimal_config(route: RouteNode) -> dict[str, Any]:
    """The smallest configuration with this routing tree that amtool accepts: names of receivers and intervals."""
    every = list(routes(route))
    hours = {name for one in every for key in _HOURS for name in one.get(key, [])}
    return {
        "route": route,
        "receivers": [{"name": name} for name in sorted({one["receiver"] for one in every if one.get("receiver")})],
        "time_intervals": [{"name": name, "time_intervals": [{}]} for name in sorted(hours)],
    }


_HOURS = ("active_time_intervals", "mute_time_intervals")
