"""Divide every duration of the exported files by the speed.

PromQL is changed in its syntax tree, so a label value or a name that looks like a duration stays.
Not scaled, on purpose: constants in seconds inside an expression (`time() - 86400`), which are
numbers. Scenarios that depend on them run in virtual time only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import promql_parser

from resilience.core import durations
from resilience.tools.errors import RehearsalError

RULE_KEYS = ("for", "keep_firing_for")
ROUTE_KEYS = ("group_wait", "group_interval", "repeat_interval")
SHORTEST = 0.001
"""Seconds; Prometheus and Alertmanager have no unit shorter than a millisecond."""


@dataclass(frozen=True)
class Scale:
    """Divides durations by `speed`; `place` names the rule or route in errors."""

    speed: float
    place: str

    def seconds(self, seconds: float) -> float:
        """Return scaled seconds; raises RehearsalError when less than a millisecond is left."""
        scaled = seconds / self.speed
        if seconds and abs(scaled) < SHORTEST:
            msg = (
                f"{self.place}: {durations.spelt(seconds)} at speed {self.speed:g} is shorter than "
                "1ms; rehearse at a lower --speed"
            )
            raise RehearsalError(msg)
        return scaled

    def text(self, text: str) -> str:
        """Return a written duration, scaled."""
        try:
            return durations.spelt(self.seconds(durations.seconds(str(text))))
        except ValueError as error:
            msg = f"{self.place}: {error}"
            raise RehearsalError(msg) from error

    def delta(self, delta: timedelta) -> str:
        """Return a duration of the syntax tree, scaled."""
        return durations.spelt(self.seconds(delta.total_seconds()))

    def promql(self, expression: str) -> str:
        """Return the expression with every range, offset and subquery step scaled."""
        try:
            tree = promql_parser.parse(expression)
        except ValueError as error:
            msg = f"{self.place}: the expression does not parse: {error}"
            raise RehearsalError(msg) from error
        scaled: str = promql_parser.transform(tree, post_visit=self._visit).prettify()
        return scaled

    def _visit(self, node: promql_parser.Expr) -> promql_parser.Expr | None:
        # Nodes are immutable below Python (promql-parser 0.12.0: assigning `range` changes `str()`
        # alone, and `str()` drops milliseconds), so a changed node is parsed again from `prettify()`.
        text = node.prettify()
        if isinstance(node, promql_parser.MatrixSelector):
            return _parse(_swap(text, _brackets(node.range), f"[{self.delta(node.range)}]"))
        if isinstance(node, promql_parser.VectorSelector):
            return _parse(self._offset(text, node.offset))
        if isinstance(node, promql_parser.SubqueryExpr):
            return _parse(self._subquery(self._offset(text, node.offset), node))
        return None

    def _offset(self, text: str, offset: timedelta | None) -> str:
        if offset is None:
            return text
        return _swap(text, f" offset {_render(offset)}", f" offset {self.delta(offset)}")

    def _subquery(self, text: str, node: promql_parser.SubqueryExpr) -> str:
        span, step = node.range or timedelta(), node.step
        scaled_step = "" if step is None else self.delta(step)
        return _swap(text, _brackets(span, step, colon=":"), f"[{self.delta(span)}:{scaled_step}]")


def _render(delta: timedelta) -> str:
    return durations.spelt(delta.total_seconds())


def _brackets(span: timedelta, step: timedelta | None = None, colon: str = "") -> str:
    return f"[{_render(span)}{colon}{'' if step is None else _render(step)}]"


def _swap(text: str, old: str, new: str) -> str:
    """Replace the last `old`, which is there according to the tree; no label value can follow it."""
    head, found, tail = text.rpartition(old)
    if not found:
        msg = f"promql-parser wrote {text!r} without {old!r}"
        raise RehearsalError(msg)
    return head + new + tail


def _parse(text: str) -> promql_parser.Expr:
    return promql_parser.parse(text)


def scale_rules(rules: dict[str, Any], speed: float) -> dict[str, Any]:
    """Return a Prometheus rule file whose time runs `speed` times faster."""
    return {**rules, "groups": [_group(group, speed) for group in rules.get("groups", [])]}


def _group(group: dict[str, Any], speed: float) -> dict[str, Any]:
    scale = Scale(speed, f'group "{group.get("name")}"')
    scaled = _durations(group, ("interval",), scale.text)
    return {**scaled, "rules": [_rule(rule, speed) for rule in group.get("rules", [])]}


def _rule(rule: dict[str, Any], speed: float) -> dict[str, Any]:
    name = rule.get("labels", {}).get("alert_id") or rule.get("alert") or rule.get("record")
    scale = Scale(speed, f'rule "{name}"')
    return {**_durations(rule, RULE_KEYS, scale.text), "expr": scale.promql(str(rule["expr"]))}


def scale_alertmanager(config: dict[str, Any], speed: float) -> dict[str, Any]:
    """Return an Alertmanager configuration whose time runs `speed` times faster."""
    scale = Scale(speed, "global")
    scaled = {**config, "route": _route(config["route"], speed)}
    if "global" in config:
        scaled["global"] = _durations(config["global"], ("resolve_timeout",), scale.text)
    return scaled


def _route(route: dict[str, Any], speed: float) -> dict[str, Any]:
    matchers = " and ".join(route.get("matchers", ())) or "everything"
    scale = Scale(speed, f'route to "{route.get("receiver")}" of {matchers}')
    scaled = _durations(route, ROUTE_KEYS, scale.text)
    if "routes" in route:
        scaled["routes"] = [_route(child, speed) for child in route["routes"]]
    return scaled


def _durations(mapping: dict[str, Any], keys: tuple[str, ...], scaled: Callable[[str], str]) -> dict[str, Any]:
    return {key: scaled(value) if key in keys else value for key, value in mapping.items()}
