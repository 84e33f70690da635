"""Log rules are evaluated in two halves: Loki decided which lines pass, Prometheus counts them."""

import pytest
import yaml

from resilience.core.problems import UserError, validated
from resilience.core.yaml_files import read_yaml
from resilience.export import rendered
from resilience.manifest import Manifest
from resilience.rehearsal.simulator.logs import FILE, Lines, as_promql, parts, recorded, translated
from resilience.tools.errors import RehearsalError

STAGES = recorded().verdicts[0].stages
EXPR = f'sum by (environment) (count_over_time({{environment="production",service="api"}} {STAGES} [5m]))'


def test_prometheus_counts_the_lines_of_the_stream_that_loki_lets_pass() -> None:
    assert as_promql(EXPR) == (
        'sum by (environment) (sum_over_time(log_lines{environment="production",service="api",'
        'line=~"uncaught-exception|uncaught-exception-of-the-seed-plan|unhandled-rejection"}[5m]))'
    )


def test_stages_without_a_recorded_verdict_are_rejected() -> None:
    with pytest.raises(RehearsalError, match=r"no verdict on the stages `.*warn.*`; run `make test-logql`"):
        as_promql(EXPR.replace("Unhandled", "warn"))


@pytest.mark.parametrize("expr", ["rate({a='b'} [5m])", 'sum(count_over_time(log_lines{a="b"}[5m]))'])
def test_another_shape_is_rejected(expr: str) -> None:
    with pytest.raises(RehearsalError, match="cannot rehearse"):
        parts(expr)


def test_every_declared_pipeline_has_a_verdict_and_no_verdict_is_left_over(production: Manifest, dev: Manifest) -> None:
    rules = yaml.safe_load(rendered([production, dev])["loki-rules.yml"])
    declared = {parts(rule["expr"]).stages for group in rules["groups"] for rule in group["rules"]}

    assert declared == {one.stages for one in recorded().verdicts}
    assert all("log_lines" in rule["expr"] for group in translated(rules) for rule in group["rules"])


def test_what_passes_are_recorded_lines_and_some_do_not() -> None:
    lines = recorded()

    for one in lines.verdicts:
        assert set(one.passes) < set(lines.lines)


@pytest.mark.parametrize(("key", "value"), [("engine", "loki v3"), ("engine", None), ("recorded", "last week")])
def test_a_verdict_without_its_engine_and_its_day_is_rejected(key: str, value: str | None) -> None:
    with pytest.raises(UserError, match=f"lines.yaml: {key}: "):
        validated(Lines, read_yaml(FILE, FILE.name) | {key: value}, FILE.name)
