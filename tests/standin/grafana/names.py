"""References to contact points and timings by name: what is in use cannot be deleted."""

from collections.abc import Iterator

from tests.standin.state import DEFAULT_RECEIVER
from tests.standin.wire import Json

TIMINGS = ("mute_time_intervals", "active_time_intervals")


def receivers(grafana: Json) -> set[str]:
    """Receivers that a route or a rule may name."""
    return {point["name"] for point in grafana["contact_points"].values()} | {DEFAULT_RECEIVER}


def used(grafana: Json, key: str) -> set[str]:
    """Names under this key in the tree and in the rules that bypass it."""
    rules = (rule.get("notification_settings") or {} for rule in grafana["rules"].values())
    return {*_in_tree(grafana["policy"], key), *(name for one in rules for name in _names(one, key))}


def _in_tree(node: Json, key: str) -> Iterator[str]:
    yield from _names(node, key)
    for route in node.get("routes") or []:
        yield from _in_tree(route, key)


def _names(node: Json, key: str) -> list[str]:
    value = node.get(key) or []
    return value if isinstance(value, list) else [value]
