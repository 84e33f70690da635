"""Divide every duration of the exported Alertmanager configuration by the speed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resilience.core import durations
from resilience.tools.errors import RehearsalError

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
