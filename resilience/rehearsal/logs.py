"""Rules on logs without Loki: their pipeline is judged beforehand, the rest of the query here.

`sum by (x) (count_over_time({selector} <stages> [5m]))` asks two things. Which lines pass the
stages is recorded in lines.yaml, as Loki's own engine said (`make test-logql`). How many of them a
stream has had in 5 minutes is asked of Prometheus: each line is a sample of `log_lines`.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from resilience.core.conventions import Frozen
from resilience.core.problems import validated
from resilience.core.yaml_files import read_yaml
from resilience.rehearsal.targets import LOG_LINES
from resilience.tools.errors import RehearsalError

FILE = Path(__file__).parent / "lines.yaml"
_COUNT = re.compile(r"count_over_time\((?P<selector>\{[^{}]*\}) (?P<stages>.*) \[(?P<range>[0-9a-z]+)\]\)", re.DOTALL)


class RecordedVerdict(Frozen):
    """The stages of a pipeline, and the lines that they let pass."""

    stages: str
    passes: tuple[str, ...]


class Lines(Frozen):
    """Recorded lines by name, and what was said of them."""

    version: Literal[1]
    lines: dict[str, str]
    verdicts: tuple[RecordedVerdict, ...]


@dataclass(frozen=True)
class LogQuery:
    """A query on logs in its parts."""

    before: str
    selector: str
    stages: str
    range: str
    after: str


@cache
def recorded() -> Lines:
    """Return the recorded lines."""
    return validated(Lines, read_yaml(FILE, FILE.name), FILE.name)


def parts(expr: str) -> LogQuery:
    """Take a query on logs apart; raises RehearsalError when it has another shape."""
    found = _COUNT.search(" ".join(expr.split()))
    if found is None:
        msg = f"loki-rules.yml: cannot rehearse `{expr}`; write count_over_time({{…}} <stages> [range])"
        raise RehearsalError(msg)
    before, after = found.string[: found.start()], found.string[found.end() :]
    return LogQuery(before, found["selector"], found["stages"], found["range"], after)


def as_promql(expr: str) -> str:
    """Return the same question to Prometheus; raises RehearsalError when nobody judged its stages."""
    query = parts(expr)
    verdicts = next((one for one in recorded().verdicts if one.stages == query.stages), None)
    if verdicts is None:
        msg = f"lines.yaml: nobody judged the stages `{query.stages}`; run `make test-logql`"
        raise RehearsalError(msg)
    selector = query.selector.removesuffix("}") + f',line=~"{"|".join(verdicts.passes)}"}}'
    return f"{query.before}sum_over_time({LOG_LINES}{selector}[{query.range}]){query.after}"


def translated(rules: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of a file of Loki rules as groups for Prometheus."""
    return [
        {**group, "name": f"{group['name']} (logs)", "rules": [_rule(rule) for rule in group["rules"]]}
        for group in rules["groups"]
    ]


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "expr": as_promql(rule["expr"])}
