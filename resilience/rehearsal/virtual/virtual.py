"""Evaluate scenarios in virtual time: Prometheus evaluates the expressions of the rules, promtool their states.

Each expression is one range query over the scenario's stretch of time (storage.py). What it returned are the input
series of `promtool test rules`, in which the rule has only this series as its expression: pending, firing and
keeping on are promtool's. It asserts for every virtual minute (every five in a long scenario) that exactly the
expected alerts fire. Within the window in which an alert may start or end, that alert is left out. Routing, business
hours and Slack are tested by live runs.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from resilience.core import durations
from resilience.core.durations import HOUR, MINUTE, clock_face, spelt
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.comparison import Comparison
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.scenario.faults import InEnvironment
from resilience.rehearsal.scenario.scenario import AlertKey, Expectation, Scenario
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.targets import SimulatorFactory
from resilience.rehearsal.virtual import storage
from resilience.rehearsal.virtual.promtool import Rules, Test, output_of, reading
from resilience.rehearsal.virtual.series import LEAD, Row, SeriesValues, by_series, simulated, spelt_out
from resilience.rehearsal.virtual.storage import Storage
from resilience.tools.errors import RehearsalError

PARALLEL = 2
LONG = 4 * HOUR
NEVER = 'never="true"'
FAILED = re.compile(
    r'expr: "[^\n]*scenario!=\\"(?P<scenario>[^"\\]+)[^\n]*, time: (?P<time>[0-9a-z]+),\s*\n'
    r"\s*exp: ?(?P<exp>.*)\n\s*got: ?(?P<got>.*)"
)
SAMPLE = re.compile(r'{alert_id="(?P<id>[^"]+)", environment="(?P<env>[^"]+)"[^}]*} (?P<value>[^\s,]+)')


@dataclass(frozen=True)
class Evaluation:
    """A scenario, the rules for it, and the Unix time at which its stretch begins."""

    exported: Exported
    scenario: Scenario
    begin: float

    @property
    def step(self) -> float:
        """Return seconds between evaluations; with 1 min in long scenarios too, all of them take a fifth longer."""
        return MINUTE if self.scenario.length <= LONG else 5 * MINUTE

    @property
    def span(self) -> float:
        """Return seconds from the beginning to the last evaluation."""
        return LEAD + self.scenario.length


def evaluate(exported: Exported, scenario: Scenario, simulator_of: SimulatorFactory = ApiSimulator) -> Result:
    """Evaluate one scenario; raises RehearsalError when the rules cannot be evaluated."""
    (result,) = evaluate_all(lambda _: exported, (scenario,), simulator_of)
    return result


def evaluate_all(
    declared: Callable[[Scenario], Exported],
    scenarios: tuple[Scenario, ...],
    simulator_of: SimulatorFactory = ApiSimulator,
) -> tuple[Result, ...]:
    """Evaluate scenarios; results are in their order; `declared` returns the export for each."""
    # Exported before threads start: the Pulumi SDK has a single event loop.
    pairs = [(declared(scenario), scenario) for scenario in scenarios]
    found = {result.scenario.id: result for batch in _batches(pairs) for result in _evaluated(batch, simulator_of)}
    return tuple(found[scenario.id] for scenario in scenarios)


def _batches(pairs: Sequence[tuple[Exported, Scenario]]) -> Iterator[list[Evaluation]]:
    """Yield what shares a Prometheus: settings may have dates, which count from Unix 0, so each of these is alone."""
    yield from ([Evaluation(*pair, 0.0)] for pair in pairs if pair[1].settings)
    if together := [pair for pair in pairs if not pair[1].settings]:
        distance = storage.stretch(max(scenario.length for _, scenario in together) + LEAD)
        yield [Evaluation(*pair, index * distance) for index, pair in enumerate(together)]


def _evaluated(batch: list[Evaluation], simulator_of: SimulatorFactory) -> Iterator[Result]:
    with storage.started() as prometheus, ThreadPoolExecutor(PARALLEL) as pool:
        for one, series in zip(batch, pool.map(lambda one: _simulated(one, simulator_of), batch), strict=True):
            prometheus.write(series, one.begin)
        runs = _runs(batch, pool.map(lambda one: _rules_and_test(one, prometheus), batch))
        output = "".join(pool.map(lambda run: output_of("scenarios", *run)[0], runs))
    failed = list(FAILED.finditer(output))
    for one in batch:
        yield _result(one.scenario, [found for found in failed if found["scenario"] == one.scenario.id], output)


def _simulated(one: Evaluation, simulator_of: SimulatorFactory) -> list[SeriesValues]:
    return list(simulated(_relevant(one), one.scenario, simulator_of, begin=one.begin))


def _runs(batch: list[Evaluation], found: Iterable[tuple[Rules, Test]]) -> Iterator[tuple[Rules, list[Test], float]]:
    """Yield rules, tests and step of each run of promtool: tests with the same rules and step share one."""
    runs: defaultdict[tuple[str, float], list[Test]] = defaultdict(list)
    for one, (rules, test) in zip(batch, found, strict=True):
        runs[json.dumps(rules), one.step].append(test)
    for (same, step), tests in runs.items():
        yield json.loads(same), tests, step


def _relevant(one: Evaluation) -> Exported:
    """Return the rules, in a long scenario only those of the environments that it names: others double the time.

    Short scenarios check that nothing fires in an environment without faults.
    """
    named = {fault.environment for fault in one.scenario.faults if isinstance(fault, InEnvironment)}
    named |= {*one.scenario.settings, *(wanted.environment for wanted in one.scenario.expect)}
    return one.exported.only(named) if one.scenario.length > LONG and named else one.exported


def _names(rules: Rules) -> dict[str, str]:
    """Return a name for the results of each expression."""
    expressions = dict.fromkeys(rule["expr"] for group in rules["groups"] for rule in group["rules"])
    return {expr: f"result_{index}" for index, expr in enumerate(expressions)}


def _rules_and_test(one: Evaluation, prometheus: Storage) -> tuple[Rules, Test]:
    """Return the rules on the results of their expressions; what returned nothing cannot fire and is left out."""
    names = _names(one.exported.rules)
    found = {expr: [*_answer(one, prometheus, expr, names[expr])] for expr in _names(_relevant(one).rules)}
    test = {
        "interval": spelt(one.step),
        "input_series": [series for answer in found.values() for series in answer],
        "promql_expr_test": [*_assertions(one.scenario, one.step), _measurement(one.scenario)],
    }
    return reading(one.exported.rules, {expr: names[expr] for expr, answer in found.items() if answer}), test


def _answer(one: Evaluation, prometheus: Storage, expr: str, name: str) -> Iterator[dict[str, str]]:
    """Yield the series that an expression returns, each 1 where it is there: a rule only looks for that."""
    rows: list[Row] = [{} for _ in range(int(one.span // one.step) + 1)]
    for found in prometheus.range(expr, one.begin, one.begin + one.span, one.step):
        key = name, tuple((label, value) for label, value in found["metric"].items() if label != "__name__")
        for at, _ in found["values"]:
            row = rows[round((at - one.begin) / one.step)]
            if key in row:
                # Prometheus drops the name of the metric, and then rejects two alerts with the same labels.
                raise RehearsalError(f"`{expr}` returns series that differ in their name alone; aggregate them")
            row[key] = 1.0
    return (spelt_out(*series) for series in by_series(rows))


def _assertions(scenario: Scenario, step: float) -> Iterator[Test]:
    for index in range(int(scenario.length // step) + 1):
        yield _assertion(scenario, index * step)


def _assertion(scenario: Scenario, at: float) -> dict[str, Any]:
    states = {wanted: _state(wanted, at) for wanted in scenario.expect}
    left_out = "".join(
        f" unless on (alert_id, environment, tier) {_vector(w)}" for w, state in states.items() if state is None
    )
    return {
        "expr": f"count by (alert_id, environment, tier) ({_firing(scenario)}){left_out}",
        "eval_time": f"{round((at + LEAD) / MINUTE)}m",
        "exp_samples": [{"labels": _labels(w), "value": w.instances} for w, state in states.items() if state],
    }


def _state(wanted: Expectation, at: float) -> bool | None:
    """Return whether the alert must fire at virtual second `at`, None within a window."""
    if at < wanted.firing[0]:
        return False
    if at <= wanted.firing[1]:
        return None
    if wanted.resolved is None or at < wanted.resolved[0]:
        return True
    return None if at <= wanted.resolved[1] else False


def _vector(wanted: Expectation) -> str:
    """Return PromQL for one series with the alert's labels."""
    names = {"alert_id": wanted.alert_id, "environment": wanted.environment, "tier": wanted.tier}
    vector = "vector(1)"
    for label, value in names.items():
        vector = f'label_replace({vector}, "{label}", "{value}", "", "")'
    return vector


def _labels(wanted: Expectation) -> str:
    alert, environment = wanted.key
    return f'{{alert_id="{alert}",environment="{environment}",tier="{wanted.tier}"}}'


def _measurement(scenario: Scenario) -> dict[str, Any]:
    """Measure when each alert first fired: the assertion fails, so promtool prints the values."""
    minutes = round((scenario.length + LEAD) / MINUTE)
    return {
        "expr": f"min by (alert_id, environment) (min_over_time(timestamp({_firing(scenario)})[{minutes}m:1m]))",
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": f"{{{NEVER}}}", "value": 0}],
    }


def _firing(scenario: Scenario) -> str:
    """Return PromQL for the alerts that fire; the label that none has names the scenario in what promtool prints.

    Grafana's alert about a rule without data has the rule's alert_id, but is another message.
    """
    firing = f'ALERTS{{alertstate="firing",scenario!="{scenario.id}"}}'
    return f'label_replace({firing}, "alert_id", "$1", "alertname", "(Datasource.+)")'


def _result(scenario: Scenario, failed: list[re.Match[str]], output: str) -> Result:
    """Return the first difference, and the virtual second at which each alert first fired.

    The measurement fails by design; if it is missing, promtool did not finish.
    """
    differences = [_explain(found) for found in failed if NEVER not in found["exp"]]
    measured = [found["got"] for found in failed if NEVER in found["exp"]]
    if len(measured) != 1:
        raise RehearsalError(f"promtool cannot test the rules: {FAILED.sub('', output).strip()}")
    firsts = {
        AlertKey(found["id"], found["env"]): float(found["value"]) - LEAD for found in SAMPLE.finditer(measured[0])
    }
    return Result(scenario, Comparison(tuple(differences[:1])), detected=firsts, live=False)


def _explain(difference: re.Match[str]) -> str:
    """Return a difference as a sentence."""
    at, got, wanted = (difference[name] for name in ("time", "got", "exp"))
    return f"at {clock_face(_virtual_second(at))}: {_alerts(got)} fires, {_alerts(wanted)} should"


def _virtual_second(text: str) -> float:
    """Return virtual seconds of promtool's `1h2m0s`."""
    return durations.seconds(text) - LEAD


def _alerts(text: str) -> str:
    found = (f"{sample['id']} ({sample['env']})" for sample in SAMPLE.finditer(text))
    return ", ".join(found) or "nothing"
