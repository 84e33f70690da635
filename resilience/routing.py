"""Which way every message takes, as the page `docs/routing.md`: judged by the real amtool.

amtool prints receivers alone, and several routes share one. So it is asked twice: on a copy of the
exported tree in which every route has a receiver of its own, named after its place, and then on the
exported tree whether that route's receiver is the one. Times are those of the route that amtool named.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from resilience.export import rendered
from resilience.export.files import ALERTMANAGER
from resilience.export.rules import RULE_GROUP
from resilience.manifest import Manifest
from resilience.model.conventions import STATE_ALERTS, Channel
from resilience.model.faults import TellableError
from resilience.rehearsal.binaries import find
from resilience.tables import markdown

PAGE = "docs/routing.md"
Labels = dict[str, str]
Route = dict[str, Any]
_SHOWN = ("alertname", "alert_id", "tier", "environment", "owner")
_HEAD = (*_SHOWN, "receiver", "when", "grouped by", "first after", "news after", "repeats")
_INHERITED = ("receiver", "group_by", "group_wait", "group_interval", "repeat_interval")
# It lives for 15 ms: collecting garbage on several threads took a third of that (2026-11-25).
_BRIEF = {**os.environ, "GOGC": "off", "GOMAXPROCS": "1"}
_TEXT = """# Where every message goes

Made by `make golden` and compared in `make test`; change the catalogue or the policy tree instead.
Each row is a label set about which the real `amtool` was asked, on the tree that is declared.
Its times are those of the route that matched.
`slack-alerts` posts to `#sv0-alerts` and `slack-deploys` to `#sv0-deploys`.
`slack-unrouted` posts to `#sv0-{unrouted}`, and says that no route or no owner was found.

## Alerts

{alerts}

## Rules without data, or with an error

Grafana's own alerts, with the labels of the rules that they stand for. In the last rows those labels are lost.

{blind}

## Hours

{hours}
"""


class Way(NamedTuple):
    """The route that took a label set, with what it inherits; `place` is where it stands in the tree."""

    place: str
    route: Route


class DisagreementError(TellableError):
    """amtool names another receiver on the exported tree than on its copy."""


def declared(manifests: Sequence[Manifest]) -> list[Labels]:
    """Labels of every rule's alert."""
    groups = [group for manifest in manifests for group in manifest.of_type(RULE_GROUP)]
    return [{"alertname": rule["name"], **rule["labels"]} for group in groups for rule in group.inputs["rules"]]


def blind(alerts: Sequence[Labels]) -> list[Labels]:
    """What Grafana raises for rules that cannot be judged: once for each tier, environment and owner."""
    kinds = {(one["tier"], one["environment"], one["owner"]) for one in alerts}
    known = [dict(zip(("tier", "environment", "owner"), kind, strict=True)) for kind in sorted(kinds)]
    return [{"alertname": name, **labels} for labels, name in product([*known, {}], STATE_ALERTS)]


def routes(route: Route, place: str = "root") -> Iterator[tuple[str, Route]]:
    """Every route with its place, as Alertmanager completes it: all but hours comes from above."""
    yield place, route
    for index, below in enumerate(route.get("routes", [])):
        above = {key: route[key] for key in _INHERITED if key in route}
        yield from routes({**above, **below}, f"{place}.{index}")


def receivers(file: Path, label_sets: Sequence[Labels]) -> list[list[str]]:
    """What amtool answers for each label set on an Alertmanager's configuration; it takes one at a time."""
    command = [str(find("amtool")), "config", "routes", "test", f"--config.file={file}"]

    def ask(labels: Labels) -> list[str]:
        pairs = [f"{name}={value}" for name, value in labels.items()]
        done = subprocess.run([*command, *pairs], env=_BRIEF, capture_output=True, text=True, check=True)  # noqa: S603  # our own files
        return done.stdout.strip().split(",")

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(ask, label_sets))


def ways(config: dict[str, Any], label_sets: Sequence[Labels]) -> list[tuple[Labels, Way]]:
    """The way that each label set takes; several where a route says `continue`.

    Raises:
        DisagreementError: the two answers of amtool are not of the same routes.
    """
    known = dict(routes(config["route"]))
    with TemporaryDirectory() as name:
        exported, copy = Path(name, "exported.yml"), Path(name, "copy.yml")
        exported.write_text(yaml.safe_dump({**config, "templates": []}), encoding="utf-8")
        copy.write_text(yaml.safe_dump(_with_own_receivers(config)), encoding="utf-8")
        asked = zip(label_sets, receivers(copy, label_sets), receivers(exported, label_sets), strict=True)
        return [way for one in asked for way in _agreed(known, *one)]


def _agreed(
    known: dict[str, Route], labels: Labels, places: list[str], arrives: list[str]
) -> Iterator[tuple[Labels, Way]]:
    if {known[place]["receiver"] for place in places} != set(arrives):
        raise DisagreementError(f"amtool sends {labels} to {arrives}, and in a copy of the tree to {places}")
    yield from ((labels, Way(place, known[place])) for place in places)


def _with_own_receivers(config: dict[str, Any]) -> dict[str, Any]:
    """The same tree, in which the receiver's name tells the route."""

    def renamed(route: Route, place: str) -> Route:
        below = [renamed(one, f"{place}.{index}") for index, one in enumerate(route.get("routes", []))]
        return {**route, "receiver": place, "routes": below}

    receivers = [{"name": place} for place, _ in routes(config["route"])]
    return {**config, "route": renamed(config["route"], "root"), "receivers": receivers, "templates": []}


def page(manifests: Sequence[Manifest], unrouted: Channel) -> str:
    """The whole page. Raises as `ways` does, and BadInputError as the export does."""
    config = yaml.safe_load(rendered(manifests)[ALERTMANAGER])
    alerts = sorted(declared(manifests), key=lambda one: [one[name] for name in ("alert_id", "environment", "tier")])
    found = ways(config, alerts), ways(config, blind(alerts))
    tables = [markdown(_HEAD, [_row(*one) for one in part]) for part in found]
    hours = markdown(("when", "days", "from", "to", "zone"), list(_hours(config)))
    return _TEXT.format(unrouted=unrouted, alerts=tables[0], blind=tables[1], hours=hours)


def _row(labels: Labels, way: Way) -> tuple[str, ...]:
    route = way.route
    when = ", ".join(f"`{hours}`" for hours in route.get("active_time_intervals", [])) or "always"
    times = (route[key] for key in ("group_wait", "group_interval", "repeat_interval"))
    shown = (labels.get(name, "-") for name in _SHOWN)
    return (*shown, f"`{route['receiver']}`", when, ", ".join(route["group_by"]), *times)


def _hours(config: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for timing in config["time_intervals"]:
        for one in timing["time_intervals"]:
            days = ", ".join(one["weekdays"])
            for time in one["times"]:
                yield (f"`{timing['name']}`", days, time["start_time"], time["end_time"], one["location"])
