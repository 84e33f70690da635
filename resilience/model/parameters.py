"""Numbers and durations of an alert, each written once: filled into its expression and into its texts.

In an expression `$window` is `5m`, `$window_x3` `15m`, `$window_seconds` `300` and `$window_and_scrapes` `7m`: two
scrapes more, one from before the window and one that may fail. In a text they are `5 minutes` and `15 minutes`,
`$window_and_for` adds the pending time, and `$share_percent` shows 0.05 as `5 %`.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, TypeAdapter, ValidationError

from resilience.core.conventions import SCRAPE_SECONDS
from resilience.core.durations import GrafanaDuration, in_words, seconds, spelt
from resilience.core.problems import shown
from resilience.promql.placeholders import PLACEHOLDERS

Value = float | str
"""A number, or a duration as Grafana spells it."""
_MULTIPLES = (2, 3, 4, 5, 6)
_DURATION = TypeAdapter[str](GrafanaDuration)
_LARGEST = 1e15
"""PromQL's parser panics on a duration of 1e308."""
_RESERVED = (
    *("values", "value", "labels"),  # Grafana's own names inside {{ … }}
    *("url", "threshold", "for", "escalation_threshold", "escalation_tier"),
    *PLACEHOLDERS,
)
_DERIVED = re.compile(r".*(_x\d|_seconds|_percent|_and_for|_and_scrapes)|limit_.*")
_NUMBER = re.compile(r"(?<![\w./])\d+(?:\.\d+)?(?=(?:ms|[smhdwyk]|days?|hours?|minutes?|seconds?)?(?![\w/]))")
_HTTP_STATUS = re.compile(r"200|30[1-8]|4[0-5]\d|5[0-3]\d")


def _value(raw: object) -> Value:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < _LARGEST:
        return raw
    if not isinstance(raw, str):
        raise ValueError(f"{shown(raw)} is neither a number nor a duration; write it as 3, 0.01 or 5m")  # noqa: TRY004  # pydantic reports ValueError alone
    try:
        return _DURATION.validate_python(raw)
    except ValidationError as error:
        raise ValueError(str(error.errors()[0]["ctx"]["error"])) from None


def _name(name: str) -> str:
    if name in _RESERVED or _DERIVED.fullmatch(name):
        raise ValueError(f"{shown(name)} means something else already; write another name")
    return name


Parameter = Annotated[Value, PlainValidator(_value, json_schema_input_type=Value)]
ParameterName = Annotated[str, Field(pattern=r"^[a-z][a-z_0-9]{0,29}$"), AfterValidator(_name)]


def in_query(values: Mapping[str, Value]) -> dict[str, str]:
    """What an expression is filled with, by placeholder."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            found |= {f"{name}{suffix}": spelt(total) for suffix, total in _multiples(value).items()}
            found[f"{name}_seconds"] = f"{seconds(value):.0f}"
            found[f"{name}_and_scrapes"] = spelt(seconds(value) + 2 * SCRAPE_SECONDS)
        else:
            found[name] = f"{value:.12g}"
    return found


def in_text(values: Mapping[str, Value], pending: str) -> dict[str, str]:
    """What a text is filled with, by placeholder; `pending` is the alert's `for`."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            found |= {f"{name}{suffix}": in_words(total) for suffix, total in _multiples(value).items()}
            found[f"{name}_and_for"] = in_words(seconds(value) + seconds(pending))
        else:
            found |= {name: f"{value:.12g}", f"{name}_percent": f"{100 * value:.12g} %"}
    return found


def _multiples(duration: str) -> dict[str, float]:
    return {"": seconds(duration), **{f"_x{times}": times * seconds(duration) for times in _MULTIPLES}}


def written_out(text: str) -> list[str]:
    """Numbers that stand in a text itself; HTTP statuses may, and so may what Grafana fills in."""
    plain = re.sub(r"\{\{.*?\}\}", "", text)
    return [one for one in _NUMBER.findall(plain) if not _HTTP_STATUS.fullmatch(one)]
