"""Durations as people, Prometheus and Grafana write them (`1h30m`), in seconds inside the code."""

import re
from datetime import timedelta
from functools import cache
from typing import Annotated

import promql_parser
from pydantic import AfterValidator, BeforeValidator

from resilience.core.problems import shown

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ZEROES = frozenset({"0", "0ms", "0s", "0m", "0h", "0d"})
"""promql-parser 0.12.0 does not parse a zero duration; Alertmanager does."""

# promql-parser takes a bare number for seconds, which Prometheus does not, and panics at 1e308.
_DURATION = re.compile(r"(\d{1,9}(ms|[smhdwy]))+", re.ASCII)


@cache  # the catalogue has a few dozen durations and reads them some thousand times
def seconds(text: str) -> float:
    """Seconds of a Prometheus duration; a leading minus is allowed.

    Raises:
        ValueError: it is not one.
    """
    sign, digits = (-1.0, text[1:]) if text.startswith("-") else (1.0, text)
    if digits in ZEROES:
        return 0.0
    try:
        if _DURATION.fullmatch(digits):
            return sign * promql_parser.parse_duration(digits).total_seconds()
    except ValueError:
        pass
    raise ValueError(f"{shown(text)} is not a duration; write it as 30s, 5m, 1h30m or 1d")


@cache
def spelt(seconds: float) -> str:
    """Seconds as Grafana and Prometheus spell them, to the millisecond.

    Another spelling of the same time shows as a difference in every preview.
    """
    sign = "-" if seconds < 0 else ""
    return sign + (promql_parser.display_duration(timedelta(milliseconds=round(abs(seconds) * 1000))) or "0s")


_UNITS = {"day": int(DAY), "hour": int(HOUR), "minute": int(MINUTE), "second": 1}


@cache
def in_words(seconds: float) -> str:
    """Seconds for a sentence: `5 minutes`, `24 hours`, `1 hour 30 minutes`; a single day stays hours."""
    parts, left = [], round(seconds)
    for unit, size in _UNITS.items():
        count = 0 if unit == "day" and left < 2 * size else left // size
        left -= count * size
        parts += [f"{count} {unit}{'' if count == 1 else 's'}"] if count else []
    return " ".join(parts) or "0 seconds"


def clock_face(seconds: float) -> str:
    """Seconds as minutes and seconds for people: `7m20s`, `26h03m`."""
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{sign}{hours}h{minutes:02d}m"
    return f"{sign}{minutes}m{left:02d}s"


def _normal(text: str) -> str:
    if (normal := spelt(seconds(text))) != text:
        raise ValueError(f"{shown(text)} is not how Grafana spells it; write {normal}")
    if text.startswith("-") or not seconds(text).is_integer():
        raise ValueError(f"{shown(text)} is not in whole seconds, or negative; write it as 30s, 5m, 1h30m or 1d")
    return text


def _parsed(value: object) -> float:
    if isinstance(value, str):
        return seconds(value)
    raise ValueError(f"{shown(value)} is not a duration; write it as text with a unit, like 5m")


def _positive(value: object) -> float:
    if (found := _parsed(value)) <= 0:
        raise ValueError(f"{shown(value)} is no length of time; write more than 0s")
    return found


GrafanaDuration = Annotated[str, AfterValidator(_normal)]
"""Text as Grafana spells it, in whole seconds."""
Seconds = Annotated[float, BeforeValidator(_parsed, json_schema_input_type=str)]
"""Seconds; in YAML a text with a unit, negative for a time before zero."""
PositiveSeconds = Annotated[float, BeforeValidator(_positive, json_schema_input_type=str)]
"""The same, more than zero."""
