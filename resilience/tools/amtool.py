"""Asks the real amtool where alerts go; how Alertmanager matches routes is never imitated."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from resilience.tools.binaries import find

LabelSet = Mapping[str, str]
RouteNode = dict[str, Any]
"""A route as it stands in an Alertmanager configuration."""
# It lives for 15 ms: collecting garbage on several threads took a third of that (2026-11-25).
_SHORT_LIVED = {**os.environ, "GOGC": "off", "GOMAXPROCS": "1"}
_SECONDS = 30


def receivers(file: Path, label_sets: Sequence[LabelSet]) -> list[list[str]]:
    """What amtool answers for each label set on an Alertmanager configuration; it takes one at a time."""
    command = [str(find("amtool")), "config", "routes", "test", f"--config.file={file}"]

    def ask(labels: LabelSet) -> list[str]:
        pairs = [f"{name}={value}" for name, value in labels.items()]
        done = subprocess.run(  # noqa: S603  # our own files
            [*command, *pairs], env=_SHORT_LIVED, capture_output=True, text=True, check=True, timeout=_SECONDS
        )
        return done.stdout.strip().split(",")

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(ask, label_sets))


def routes(route: RouteNode) -> Iterator[RouteNode]:
    """The route and all below it, parents first."""
    yield route
    for below in route.get("routes", []):
        yield from routes(below)


def tree_alone(route: RouteNode) -> dict[str, Any]:
    """The smallest configuration that amtool reads a routing tree from: its receivers and hours, by name."""
    every = list(routes(route))
    hours = {name for one in every for key in _HOURS for name in one.get(key, [])}
    return {
        "route": route,
        "receivers": [{"name": name} for name in sorted({one["receiver"] for one in every if one.get("receiver")})],
        "time_intervals": [{"name": name, "time_intervals": [{}]} for name in sorted(hours)],
    }


_HOURS = ("active_time_intervals", "mute_time_intervals")
