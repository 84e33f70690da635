"""Which route every alert takes, for `docs/routing.md`, as the real Alertmanager answers.

It names receivers alone, and several routes share one. So it is asked twice: on a copy of the exported
tree in which every route has a receiver of its own, named after its place, and then on the exported
tree whether that route's receiver is the one. Times are those of the route that it named.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import product
from typing import Any, NamedTuple

from resilience.core.conventions import STATE_ALERTS
from resilience.core.problems import UserError
from resilience.core.text import markdown
from resilience.core.yaml_files import read_own
from resilience.export import rendered
from resilience.export.files import ALERTMANAGER
from resilience.manifest import Manifest
from resilience.manifest.rules import declared_rules
from resilience.model.dated.maintenance import MaintenanceWindow
from resilience.tools.alertmanager import LabelSet, RouteNode, receivers

_SHOWN = ("alertname", "alert_id", "tier", "environment", "owner")
_HEAD = (*_SHOWN, "receiver", "when", "grouped by", "first after", "news after", "repeats")
_INHERITED = ("receiver", "group_by", "group_wait", "group_interval", "repeat_interval")


class Match(NamedTuple):
    """The route that took a label set, with what it inherits; `place` is where it stands in the tree."""

    place: str
    route: RouteNode


class DisagreementError(UserError):
    """Alertmanager names another receiver on the exported tree than on its copy."""


def alert_labels(manifests: Sequence[Manifest]) -> list[LabelSet]:
    """Labels of every rule's alert."""
    return [{"alertname": rule.title, **rule.labels} for rule in declared_rules(manifests)]


def no_data_labels(alerts: Sequence[LabelSet]) -> list[LabelSet]:
    """What Grafana raises for rules without data or with an error: once for each tier, environment and owner."""
    kinds = {(one["tier"], one["environment"], one["owner"]) for one in alerts}
    known = [dict(zip(("tier", "environment", "owner"), kind, strict=True)) for kind in sorted(kinds)]
    return [{"alertname": name, **labels} for labels, name in product([*known, {}], STATE_ALERTS)]


def routes(route: RouteNode, place: str = "root") -> Iterator[tuple[str, RouteNode]]:
    """Every route with its place, as Alertmanager completes it: all but hours comes from above."""
    yield place, route
    for index, below in enumerate(route.get("routes", [])):
        above = {key: route[key] for key in _INHERITED if key in route}
        yield from routes({**above, **below}, f"{place}.{index}")


def matches(config: dict[str, Any], label_sets: Sequence[LabelSet]) -> list[tuple[LabelSet, Match]]:
    """The route of each label set; several where a route says `continue`.

    Raises:
        DisagreementError: the two answers of Alertmanager are not of the same routes.
    """
    known = dict(routes(config["route"]))
    copy = _named_after_places(config["route"])
    asked = zip(label_sets, receivers(copy, label_sets), receivers(config["route"], label_sets), strict=True)
    return [match for one in asked for match in _agreed(known, *one)]


def _agreed(
    known: dict[str, RouteNode], labels: LabelSet, places: list[str], arrives: list[str]
) -> Iterator[tuple[LabelSet, Match]]:
    if {known[place]["receiver"] for place in places} != set(arrives):
        raise DisagreementError(f"Alertmanager sends {labels} to {arrives}, and in a copy of the tree to {places}")
    yield from ((labels, Match(place, known[place])) for place in places)


def _named_after_places(route: RouteNode, place: str = "root") -> RouteNode:
    """The same tree, in which the receiver's name is the place of the route."""
    below = [_named_after_places(one, f"{place}.{index}") for index, one in enumerate(route.get("routes", []))]
    return {**route, "receiver": place, "routes": below}


def configuration(manifests: Sequence[Manifest]) -> dict[str, Any]:
    """The exported Alertmanager configuration."""
    config: dict[str, Any] = read_own(rendered(manifests)[ALERTMANAGER])
    return config


def alerts_table(manifests: Sequence[Manifest]) -> str:
    """A row for each rule's alert. Raises as `matches` does, and BadInputError as the export does."""
    by_id = sorted(alert_labels(manifests), key=lambda one: [one[name] for name in ("alert_id", "environment", "tier")])
    return _table(manifests, by_id)


def no_data_table(manifests: Sequence[Manifest]) -> str:
    """A row for each of Grafana's own alerts; raises as `alerts_table` does."""
    return _table(manifests, no_data_labels(alert_labels(manifests)))


def hours_table(manifests: Sequence[Manifest]) -> str:
    """A row for each interval of each owner's business hours."""
    return markdown(("when", "days", "from", "to", "zone"), list(_hours(configuration(manifests))))


def _table(manifests: Sequence[Manifest], label_sets: Sequence[LabelSet]) -> str:
    return markdown(_HEAD, [_row(*one) for one in matches(configuration(manifests), label_sets)])


def _row(labels: LabelSet, match: Match) -> tuple[str, ...]:
    route = match.route
    when = ", ".join(f"`{hours}`" for hours in route.get("active_time_intervals", [])) or "always"
    when += "".join(f", not in `{window}`" for window in route.get("mute_time_intervals", []))
    times = (route[key] for key in ("group_wait", "group_interval", "repeat_interval"))
    shown = (labels.get(name, "-") for name in _SHOWN)
    return (*shown, f"`{route['receiver']}`", when, ", ".join(route["group_by"]), *times)


def _hours(config: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    used = {name for _, route in routes(config["route"]) for name in route.get("active_time_intervals", [])}
    for timing in (one for one in config["time_intervals"] if one["name"] in used):
        for one in timing["time_intervals"]:
            days = ", ".join(one["weekdays"])
            for time in one["times"]:
                yield (f"`{timing['name']}`", days, time["start_time"], time["end_time"], one["location"])


def maintenance_table(windows: Sequence[MaintenanceWindow]) -> str:
    """A row for each announced window, or a sentence; those that have ended, too, as long as the catalogue has them."""
    head = ("when", "from (UTC)", "until (UTC)", "environments", "alerts", "reason")
    return markdown(head, [_window(window) for window in windows]) if windows else "None is announced."


def _window(window: MaintenanceWindow) -> tuple[str, ...]:
    times = (f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" for moment in (window.begins, window.ends))
    # Markdown would take a bar in the reason for the end of the cell.
    reason = window.reason.replace("|", "\\|")
    return (f"`{window.timing}`", *times, ", ".join(window.environments), ", ".join(window.alerts), reason)
