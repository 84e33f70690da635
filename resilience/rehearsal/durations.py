"""Durations as people and Prometheus write them (`1h30m`), in seconds inside the code."""

from datetime import timedelta
from typing import Annotated

import promql_parser
from pydantic import BeforeValidator

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ZEROES = frozenset({"0", "0ms", "0s", "0m", "0h", "0d"})
"""promql-parser 0.12.0 refuses to parse a duration of nothing; Alertmanager reads it."""


def parse(text: str) -> float:
    """Return the seconds of a Prometheus duration; a leading minus is allowed.

    Raises ValueError when the text is not a duration.
    """
    sign, digits = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
    if digits in ZEROES:
        return 0.0
    try:
        # promql-parser takes a bare number for seconds; Prometheus does not.
        span = None if digits.isdigit() else promql_parser.parse_duration(digits)
    except ValueError:
        span = None
    if span is None:
        msg = f'"{text}" is not a duration; write it like "90s", "5m" or "1h30m"'
        raise ValueError(msg)
    return sign * span.total_seconds()


def render(seconds: float) -> str:
    """Return seconds as Prometheus reads them, to the millisecond."""
    sign = "-" if seconds < 0 else ""
    return sign + (promql_parser.display_duration(timedelta(milliseconds=round(abs(seconds) * 1000))) or "0s")


def clock_face(seconds: float) -> str:
    """Return seconds as minutes and seconds for people: `7m20s`, `26h03m`."""
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{sign}{hours}h{minutes:02d}m"
    return f"{sign}{minutes}m{left:02d}s"


def _validate(value: object) -> float:
    if isinstance(value, str):
        return parse(value)
    msg = f'"{value}" is not a duration; write it as text with a unit, like "5m"'
    raise ValueError(msg)


Duration = Annotated[float, BeforeValidator(_validate)]
"""Seconds; in YAML a text with a unit, negative for a time before zero."""
