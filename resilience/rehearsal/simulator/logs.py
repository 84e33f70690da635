"""Log rules without Loki: which lines pass is recorded, how many there are Prometheus counts.

`sum by (x) (count_over_time({selector} <stages> [5m]))` asks two things. Which lines pass the stages is
recorded in lines.yaml, with the version of Loki's engine that decided (`make test-logql` asks it again). How
many of them a stream has had in 5 minutes is a query to Prometheus: each line is a sample of `log_lines`.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from resilience.core.conventions import Frozen
from resilience.core.problems import validated
from resilience.core.yaml_files import read_yaml
from resilience.rehearsal.simulator.targets import LOG_LINES
from resilience.tools.errors import RehearsalError

FILE = Path(__file__).parent / "lines.yaml"
_COUNT = re.compile(r"count_over_time\((?P<selector>\{[^{}]*\}) (?P<stages>.*) \[(?P<range>[0-9a-z]+)\]\)", re.DOTALL)


class RecordedVerdict(Frozen):
    """The stages of a pipeline, and the lines that they let pass."""

    stages: str
    passes: tuple[str, ...]


class Lines(Frozen):
    """Recorded lines by name, and which engine decided on which day which of them pass."""

    version: Literal[1]
    engine: Annotated[str, Field(pattern=r"^loki v\d+\.\d+\.\d+$")]
    recorded: date
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
    """Split a query on logs; raises RehearsalError if it has another shape."""
    found = _COUNT.search(" ".join(expr.split()))
    if found is None:
        msg = f"loki-rules.yml: cannot rehearse `{expr}`; write count_over_time({{…}} <stages> [range])"
        raise RehearsalError(msg)
    before, after = found.string[: found.start()], found.string[found.end() :]
    return LogQuery(before, found["selector"], found["stages"], found["range"], after)


def as_promql(expr: str) -> str:
    """Return the same query for Prometheus; raises RehearsalError if no verdict on its stages is recorded."""
    query = parts(expr)
    verdicts = next((one for one in recorded().verdicts if one.stages == query.stages), None)
    if verdicts is None:
        msg = f"lines.yaml: no verdict on the stages `{query.stages}`; run `make test-logql` and write it there"
        raise RehearsalError(msg)
    selector = query.selector.removesuffix("}") + f',line=~"{"|".join(verdicts.passes)}"}}'
    return f"{query.before}sum_over_time({LOG_LINES}{selector}[{query.range}]){query.after}"


def translated(rules: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of a Loki rule file as groups for Prometheus."""
    return [
        {**group, "name": f"{group['name']} (logs)", "rules": [_rule(rule) for rule in group["rules"]]}
        for group in rules["groups"]
    ]


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "expr": as_promql(rule["expr"])}
