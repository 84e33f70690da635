"""Evaluate scenarios in virtual time: promtool runs the exported rules on the simulated series.

A scenario becomes one file for `promtool test rules`. It asserts for every virtual minute (every five
in a long scenario) that exactly the expected alerts fire. Within the window in which an alert may
start or end, that alert is left out. Routing, business hours and Slack are tested by live runs.
"""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from resilience.core import durations
from resilience.core.durations import HOUR, MINUTE, clock_face
from resilience.rehearsal.api_simulator import ApiSimulator
from resilience.rehearsal.comparison import Comparison
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.faults import InEnvironment
from resilience.rehearsal.promtool import output_of
from resilience.rehearsal.results import Result
from resilience.rehearsal.scenario import AlertKey, Expectation, Scenario
from resilience.rehearsal.series import LEAD, series_of
from resilience.rehearsal.targets import SimulatorFactory
from resilience.tools.errors import RehearsalError

PARALLEL = 2
LONG = 4 * HOUR
FIRING = 'label_replace(ALERTS{alertstate="firing"}, "alert_id", "$1", "alertname", "(Datasource.+)")'
"""Grafana's alert about a rule without data has the rule's alert_id, but is another message."""
NEVER = 'never="true"'
FAILED = re.compile(r"time: (?P<time>[0-9a-z]+),\s*\n\s*exp: ?(?P<exp>.*)\n\s*got: ?(?P<got>.*)")
SAMPLE = re.compile(r'{alert_id="(?P<id>[^"]+)", environment="(?P<env>[^"]+)"[^}]*} (?P<value>[^\s,]+)')


def evaluate_all(
    declared: Callable[[Scenario], Exported],
    scenarios: tuple[Scenario, ...],
    simulator_of: SimulatorFactory = ApiSimulator,
) -> tuple[Result, ...]:
    """Evaluate scenarios, two at once; results are in their order; `declared` returns the export for each."""
    # Exported before threads start: the Pulumi SDK has a single event loop.
    pairs = [(declared(scenario), scenario) for scenario in scenarios]
    with ThreadPoolExecutor(PARALLEL) as pool:
        return tuple(pool.map(lambda pair: evaluate(pair[0], pair[1], simulator_of), pairs))


def evaluate(exported: Exported, scenario: Scenario, simulator_of: SimulatorFactory = ApiSimulator) -> Result:
    """Evaluate one scenario; raises RehearsalError when promtool cannot run the rules."""
    begin = time.monotonic()
    exported = _relevant(exported, scenario)
    step = _step(scenario)
    output, _ = output_of(scenario.id, exported.rules, [_test(exported, scenario, simulator_of, step)], step)
    differences, measured = _outcome(output)
    explained = (_explain(differences[0]),) if differences else ()
    seconds = time.monotonic() - begin
    return Result(scenario, Comparison(explained), detected=measured, live=False, seconds=seconds)


def _relevant(exported: Exported, scenario: Scenario) -> Exported:
    """Return the rules, in a long scenario only those of the environments that it names: others double the time.

    Short scenarios check that nothing fires in an environment without faults.
    """
    named = {fault.environment for fault in scenario.faults if isinstance(fault, InEnvironment)}
    named |= {*scenario.settings, *(wanted.environment for wanted in scenario.expect)}
    return exported.only(named) if scenario.length > LONG and named else exported


def _test(exported: Exported, scenario: Scenario, simulator_of: SimulatorFactory, step: float) -> dict[str, Any]:
    return {
        "interval": "1m",
        "input_series": series_of(exported, scenario, simulator_of),
        "promql_expr_test": [*_assertions(scenario, step), _measurement(scenario)],
    }


def _step(scenario: Scenario) -> float:
    """Return seconds between evaluations: a day at 1 min costs a minute of both cores."""
    return MINUTE if scenario.length <= LONG else 5 * MINUTE


def _assertions(scenario: Scenario, step: float) -> Iterator[dict[str, Any]]:
    for index in range(int(scenario.length // step) + 1):
        yield _assertion(scenario, index * step)


def _assertion(scenario: Scenario, at: float) -> dict[str, Any]:
    states = {wanted: _state(wanted, at) for wanted in scenario.expect}
    left_out = "".join(
        f" unless on (alert_id, environment, tier) {_vector(w)}" for w, state in states.items() if state is None
    )
    return {
        "expr": f"count by (alert_id, environment, tier) ({FIRING}){left_out}",
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
        "expr": f"min by (alert_id, environment) (min_over_time(timestamp({FIRING})[{minutes}m:1m]))",
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": f"{{{NEVER}}}", "value": 0}],
    }


def _outcome(output: str) -> tuple[list[re.Match[str]], dict[AlertKey, float]]:
    """Return the differences, and the virtual second at which each alert first fired.

    The measurement fails by design; if it is missing, promtool did not finish.
    """
    failed = list(FAILED.finditer(output))
    measured = [found for found in failed if NEVER in found["exp"]]
    if len(measured) != 1:
        msg = f"promtool cannot test the rules: {output.strip()}"
        raise RehearsalError(msg)
    firsts = {
        AlertKey(found["id"], found["env"]): float(found["value"]) - LEAD
        for found in SAMPLE.finditer(measured[0]["got"])
    }
    return [found for found in failed if found is not measured[0]], firsts


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
