"""Durations as Go, Prometheus and Grafana write them."""

import re

_MILLISECONDS = {"y": 31536000000, "w": 604800000, "d": 86400000, "h": 3600000, "m": 60000, "s": 1000, "ms": 1}
_ONLY_WHEN_EXACT = ("y", "w")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[ywdhms])")


def seconds(text: object) -> float | None:
    """`1h30m` as 5400; None if it is not a duration."""
    if text == "0":
        return 0
    if not isinstance(text, str) or not re.fullmatch(rf"({_PART.pattern})+", text):
        return None
    return sum(float(number) * _MILLISECONDS[unit] for number, unit in _PART.findall(text)) / 1000


def canonical(text: object) -> str:
    """`300s` as Grafana returns it: `5m`."""
    left, written = round((seconds(text) or 0) * 1000), ""
    for unit, size in _MILLISECONDS.items():
        if left % size and unit in _ONLY_WHEN_EXACT:
            continue
        number, left = divmod(left, size)
        written += f"{number}{unit}" if number else ""
    return written or "0s"
