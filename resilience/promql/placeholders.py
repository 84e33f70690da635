"""PromQL of the catalogue: placeholders filled in, syntax checked by the parser library."""

import re
from collections.abc import Mapping
from typing import Any

from resilience.core.conventions import DataSource
from resilience.core.text import filled, unknown_placeholders
from resilience.promql import ast as syntax
from resilience.promql import labels
from resilience.promql.ast import parsed

LIMITS = ("series", "log_gigabytes", "users", "outside_checks")
"""Limits of the plan that an expression may name, each as `$limit_<name>`."""
_EXAMPLE = {
    "environment": "production",
    "retired_connectors": "none",
    "monitoring_routes": "/ready",
    "credentials": 'label_replace(vector(1), "credential", "any", "", "")',
    "renewed_credentials": 'label_replace(vector(1), "credential", "another", "", "")',
    **{f"limit_{name}": "1" for name in LIMITS},
}
PLACEHOLDERS = tuple(_EXAMPLE)
_MACRO = re.compile(r"\$([a-z_]+)\(([a-z_]+)\)")


def expanded(expr: str, macros: Mapping[str, str]) -> str:
    """The expression with each `$name(window)` replaced by the macro of this name, with `$window` as its `$range`."""
    return _MACRO.sub(lambda use: filled(macros.get(use[1], use[0]), {"range": f"${use[2]}"}), expr)


def problems(expr: str, source: DataSource = DataSource.METRICS) -> list[tuple[str, str]]:
    """What is wrong with an expression, and what to write instead; nothing when it is good.

    Of LogQL, which no library here parses, only the placeholders; `make test-logql` asks Loki's own.
    """
    if unknown := unknown_placeholders(expr, PLACEHOLDERS):
        return [
            (
                f'unknown placeholder "${unknown[0]}"',
                f"write a parameter or one of {', '.join(f'${name}' for name in PLACEHOLDERS)}",
            )
        ]
    if source is DataSource.LOGS:
        return []
    try:
        parsed(filled(expr, _EXAMPLE))
    except ValueError as error:
        return [(" ".join(str(error).split()), "write it so that `promtool check rules` takes it")]
    return []


def unknown_series(expr: str, series: labels.Series) -> list[tuple[str, str]]:
    """Series and labels of a good expression that the telemetry contract does not have."""
    return labels.unknown_series(parsed(filled(expr, _EXAMPLE)), series)


def only_outside(expr: str, source: DataSource = DataSource.METRICS) -> bool:
    """Whether a good expression reads nothing but what the outside checks see."""
    if source is DataSource.LOGS or "$credentials" in expr:
        return False
    found = selectors(filled(expr, _EXAMPLE))
    return bool(found) and all((one.name or "").startswith("probe_") for one in found)


def either(names: tuple[str, ...]) -> str:
    """A regular expression, quoted for PromQL, that matches these names and nothing else."""
    return "|".join(re.escape(name).replace("\\", "\\\\") for name in names)


def selectors(expr: str) -> list[Any]:
    """Every vector selector of an expression, as the parser's nodes (`name`, `matchers`)."""
    return syntax.selectors(parsed(expr))
