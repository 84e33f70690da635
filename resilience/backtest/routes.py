"""Which routes an alert takes, and what each makes of its alerts; a real Alertmanager matches them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resilience.backtest.hours import Timing
from resilience.core.durations import seconds
from resilience.core.problems import BadInputError, UserError, without_secrets
from resilience.export import alertmanager as exported
from resilience.export.unsupported import Unsupported
from resilience.manifest import Manifest
from resilience.rehearsal.exported import channel_of
from resilience.tools import alertmanager
from resilience.tools.alertmanager import LabelSet, RouteNode
from resilience.tools.errors import RehearsalError

MOST_SETS = 2_000
"""Sets of labels that are matched; each is an alert of the history."""
_MOST_ROUTES = 500
_DEFAULTS = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
"""Alertmanager's own."""
_SHORTEST = 10.0
"""Seconds between two looks at a group; a shorter interval is read as this."""
_EVERY = "..."


@dataclass(frozen=True)
class NumberedRoute:
    """One route with all that it has inherited; waits are in seconds.

    Attributes:
        channel: where its messages are read: a Slack channel, or the contact point's name.
        sends_resolved: whether the end of an alert is a message.
    """

    number: int
    receiver: str
    channel: str
    sends_resolved: bool
    group_by: tuple[str, ...]
    wait: float
    interval: float
    repeat: float
    active: tuple[Timing, ...]
    muted: tuple[Timing, ...]

    def group_of(self, labels: LabelSet) -> tuple[tuple[str, str], ...]:
        """The labels that a group shares, by which the Alertmanager knows it."""
        names = sorted(labels) if _EVERY in self.group_by else self.group_by
        return tuple((name, labels.get(name, "")) for name in names)

    def is_open(self, at: float) -> bool:
        """Whether it sends at that moment (Unix seconds)."""
        active = not self.active or any(timing.holds(at) for timing in self.active)
        return active and not any(timing.holds(at) for timing in self.muted)


@dataclass(frozen=True)
class NumberedRoutes:
    """All routes of a policy tree, by number, and the tree in which each has its number for a receiver."""

    routes: tuple[NumberedRoute, ...]
    tree: RouteNode

    def taken(self, label_sets: Sequence[LabelSet]) -> list[list[NumberedRoute]]:
        """The routes of each set of labels.

        Raises:
            RehearsalError: there is no Alertmanager, or it rejects the tree.
        """
        if len(label_sets) > MOST_SETS:
            raise UserError(f"{len(label_sets)} different alerts fire; the routes of {MOST_SETS} are matched at most")
        found = alertmanager.receivers(self.tree, label_sets)
        return [[self.routes[int(number)] for number in numbers] for numbers in found]


def routes_of(manifests: Sequence[Manifest]) -> NumberedRoutes | None:
    """The routes that these stacks declare; None if none of them owns the policy tree.

    Raises:
        UserError: they cannot be read.
    """
    try:
        return _routes(manifests)
    except (BadInputError, RehearsalError):
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise UserError("the routes of the manifest cannot be read; messages cannot be counted") from None


def _routes(manifests: Sequence[Manifest]) -> NumberedRoutes | None:
    unsupported = Unsupported()
    found = exported.configuration(manifests, unsupported)
    unsupported.raise_any()
    if found is None:
        return None
    # A copy, in which each route gets its number: several share a receiver and differ in their hours.
    tree = json.loads(json.dumps(found["route"]))
    nodes = list(_nodes(tree, {}))
    if len(nodes) > _MOST_ROUTES:
        raise UserError(f"the policy tree has {len(nodes)} routes; {_MOST_ROUTES} are read at most")
    receivers = {one["name"]: one for one in found["receivers"]}
    timings = {one["name"]: Timing(one["name"], one["time_intervals"]) for one in found["time_intervals"]}
    routes = tuple(_numbered(number, whole, receivers, timings) for number, (_, whole) in enumerate(nodes))
    for number, (node, _) in enumerate(nodes):
        node["receiver"] = str(number)
    return NumberedRoutes(routes, tree)


def _nodes(node: RouteNode, above: RouteNode) -> Iterator[tuple[RouteNode, RouteNode]]:
    """Each route, and the same with what it inherits: all but its hours and its matchers."""
    own = ("active_time_intervals", "mute_time_intervals", "matchers", "continue", "routes")
    inherited = {key: value for key, value in above.items() if key not in own}
    whole = {**inherited, **node}
    yield node, whole
    for below in node.get("routes", ()):
        yield from _nodes(below, whole)


def _numbered(
    number: int, route: RouteNode, receivers: Mapping[str, Any], timings: Mapping[str, Timing]
) -> NumberedRoute:
    wait, interval, repeat = (seconds(route.get(key) or default) for key, default in _DEFAULTS.items())
    receiver = route["receiver"]
    return NumberedRoute(
        number, receiver, _channel(receiver), _sends_resolved(receivers[receiver]), tuple(route.get("group_by") or ()),
        wait, max(interval, _SHORTEST), repeat, _named(timings, route.get("active_time_intervals") or ()),
        _named(timings, route.get("mute_time_intervals") or ()),
    )  # fmt: skip


def _named(timings: Mapping[str, Timing], names: Iterable[str]) -> tuple[Timing, ...]:
    return tuple(timings[name] for name in names)


def _channel(receiver: str) -> str:
    try:
        return f"#sv0-{channel_of(receiver)}"
    except RehearsalError:
        return without_secrets(receiver)


def _sends_resolved(receiver: Mapping[str, Any]) -> bool:
    configs = [one for kind, found in receiver.items() if kind.endswith("_configs") for one in found]
    return any(one.get("send_resolved", True) for one in configs)
