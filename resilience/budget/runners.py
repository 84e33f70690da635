"""On which machines the runs of a job are: GitHub counts a minute of Windows or macOS several times."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from resilience.core.problems import shown

_AXIS = re.compile(r"\$\{\{\s*matrix\.([A-Za-z0-9_-]+)\s*\}\}")
# GitHub's larger machines are billed from their first minute.
_LARGER = re.compile(r"[-_]x?large\b|\d+-?cores?\b", re.IGNORECASE)


def labels(written: Any) -> str:
    """What `runs-on` names (a label, several, or a group with labels), separated by spaces."""
    if isinstance(written, Mapping):
        return " ".join([f"group:{written['group']}"] * ("group" in written) + [labels(written.get("labels") or [])])
    return " ".join(map(str, written)) if isinstance(written, list) else str(written or "")


def of_job(runs_on: str, matrix: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    """The labels of every combination of a matrix, or of the one run without it.

    An upper bound of their number: `exclude` is not subtracted, and each `include` may add one.
    """
    axes = {key: values for key, values in matrix.items() if key not in ("include", "exclude")}
    included = [one for one in matrix.get("include", []) if isinstance(one, Mapping)]
    combinations = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    every = combinations if axes or not included else []
    return tuple(_filled(runs_on, one) for one in [*every, *_with_axes(included, combinations)])


def _with_axes(included: Sequence[Mapping[str, Any]], combinations: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """What `include` adds; where it says nothing it takes over what the first combination has."""
    yield from ({**(combinations[0] if combinations else {}), **one} for one in included)


def _filled(runs_on: str, values: Mapping[str, Any]) -> str:
    return _AXIS.sub(lambda found: labels(values.get(found[1], found[0])), runs_on)


def price(runner: str, prices: Mapping[str, int]) -> int:
    """How many minutes of the plan one minute on this machine takes.

    Raises:
        ValueError: no price is known; `; ` separates what is wrong from what to write.
    """
    words = runner.lower().split()
    if "self-hosted" in words:
        return 0
    if _LARGER.search(runner):
        raise ValueError(f"{shown(runner)} is a larger runner, which no plan includes; write a standard one")
    known = [each for word in words for begin, each in prices.items() if word.partition("-")[0] == begin]
    if not known:
        names = ", ".join(f"{name}-…" for name in prices)
        raise ValueError(f"{shown(runner)} has no price; write one of {names}, or its price in actions.runners")
    return max(known)
