"""What Prometheus' own rule engine makes of the exported rules, where it differs from the model of Grafana.

Who leaves Grafana Cloud lives on this engine (docs/leaving-grafana-cloud.md). Each expression is one range query, whose
result is the input of `promtool test rules`; pending, firing and keeping on are promtool's.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from resilience.core import durations
from resilience.core.durations import MINUTE
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario
from resilience.rehearsal.virtual import storage
from resilience.rehearsal.virtual.evaluation import PHASES, Exports, Firing, firing_at, play
from resilience.rehearsal.virtual.promtool import Rules, Test, output_of, reading
from resilience.rehearsal.virtual.series import FIRST_SCRAPE, LEAD, Row, by_series, simulated, spelt_out
from resilience.rehearsal.virtual.storage import Storage
from resilience.tools.errors import RehearsalError

_FAILED = re.compile(r"time: (?P<time>[0-9a-z]+),\s*\n\s*exp: ?(?P<exp>.*)\n\s*got: ?(?P<got>.*)")
_SAMPLE = re.compile(r'{alert_id="(?P<id>[^"]+)", environment="(?P<env>[^"]+)", tier="(?P<tier>[^"]+)"} (?P<count>\d+)')
_FIRING = 'label_replace(ALERTS{alertstate="firing"}, "alert_id", "$1", "alertname", "(Datasource.+)")'
_COUNTED = f"count by (alert_id, environment, tier) ({_FIRING})"


@dataclass(frozen=True)
class Difference:
    """A virtual second at which other alerts fire on the two engines."""

    at: float
    grafana: Firing
    prometheus: Firing


def differing(declared: Exports, scenarios: Sequence[Scenario]) -> Iterator[tuple[Scenario, list[Difference]]]:
    """Yield the scenarios in which the engines differ, and where.

    Raises:
        RehearsalError: a program cannot run the rules.
    """
    for scenario in scenarios:
        # Alone, so that both engines see the same Unix times: a rule on an age is exact to the second.
        ((played,),) = play((declared,), (scenario,), phases=PHASES[:1])
        exported = declared(scenario)
        with storage.started() as prometheus:
            prometheus.write(list(simulated(exported.environments, scenario)), FIRST_SCRAPE)
            firing = firing_at(scenario, played.first_phase, PHASES[0])
            if found := list(_differences(exported, scenario, prometheus, firing)):
                yield scenario, found


def _differences(
    exported: Exported, scenario: Scenario, prometheus: Storage, firing: dict[float, Firing]
) -> Iterator[Difference]:
    rules, test = _rules_and_test(exported, scenario, prometheus)
    # Before zero the engines begin at different minutes.
    test["promql_expr_test"] = [_assertion(at, expected) for at, expected in firing.items() if at >= 0]
    output, good = output_of(scenario.id, rules, [test], MINUTE)
    found = [
        Difference(at, firing[at], _read(one["got"]))
        for one in _FAILED.finditer(output)
        if (at := durations.seconds(one["time"]) - LEAD) in firing
    ]
    if not good and not found:
        raise RehearsalError(f"promtool cannot test the rules: {output.strip()}")
    yield from found


def _assertion(at: float, expected: Firing) -> dict[str, Any]:
    samples = [
        {"labels": f'{{alert_id="{key.alert_id}",environment="{key.environment}",tier="{tier}"}}', "value": count}
        for (key, tier), count in expected.items()
    ]
    return {"expr": _COUNTED, "eval_time": f"{round((at + LEAD) / MINUTE)}m", "exp_samples": samples}


def _read(printed: str) -> Firing:
    return Counter(
        {
            (AlertKey(sample["id"], sample["env"]), sample["tier"]): int(sample["count"])
            for sample in _SAMPLE.finditer(printed)
        }
    )


def _rules_and_test(exported: Exported, scenario: Scenario, prometheus: Storage) -> tuple[Rules, Test]:
    """Return the rules on the results of their expressions; what returned nothing cannot fire and is left out."""
    expressions = dict.fromkeys(rule["expr"] for group in exported.rules["groups"] for rule in group["rules"])
    names = {expr: f"result_{index}" for index, expr in enumerate(expressions)}
    count = int((LEAD + scenario.length) // MINUTE) + 1
    found = {expr: [*_answer(prometheus, expr, names[expr], count)] for expr in expressions}
    series = [one for answer in found.values() for one in answer]
    rules = reading(exported.rules, {expr: names[expr] for expr, answer in found.items() if answer})
    return rules, {"interval": "1m", "input_series": series}


def _answer(prometheus: Storage, expr: str, name: str, count: int) -> Iterator[dict[str, str]]:
    """Yield the series that an expression returns, each 1 where it is there: a rule only looks for that."""
    rows: list[Row] = [{} for _ in range(count)]
    for found in prometheus.range(expr, 0.0, (count - 1) * MINUTE, MINUTE):
        key = name, tuple((label, value) for label, value in found["metric"].items() if label != "__name__")
        for at, _ in found["values"]:
            row = rows[round(at / MINUTE)]
            if key in row:
                # Prometheus drops the name of the metric, and then rejects two alerts with the same labels.
                raise RehearsalError(f"`{expr}` returns series that differ in their name alone; aggregate them")
            row[key] = 1.0
    return (spelt_out(*series) for series in by_series(rows))
