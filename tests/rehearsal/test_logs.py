"""Rules on logs are judged in two halves: the pipeline beforehand by Loki, the count by Prometheus."""

import pytest
import yaml

from resilience.export import rendered
from resilience.manifest import Manifest
from resilience.rehearsal.logs import as_promql, parts, recorded, translated
from resilience.tools.errors import RehearsalError

STAGES = recorded().verdicts[0].stages
EXPR = f'sum by (environment) (count_over_time({{environment="production",service="api"}} {STAGES} [5m]))'


def test_the_selector_and_the_count_are_asked_of_prometheus_for_the_lines_that_loki_lets_pass() -> None:
    assert as_promql(EXPR) == (
        'sum by (environment) (sum_over_time(log_lines{environment="production",service="api",'
        'line=~"uncaught-exception|uncaught-exception-of-the-seed-plan|unhandled-rejection"}[5m]))'
    )


def test_stages_that_nobody_checked_are_rejected() -> None:
    with pytest.raises(RehearsalError, match=r"nobody judged the stages `.*warn.*`; run `make test-logql`"):
        as_promql(EXPR.replace("Unhandled", "warn"))


@pytest.mark.parametrize("expr", ["rate({a='b'} [5m])", 'sum(count_over_time(log_lines{a="b"}[5m]))'])
def test_another_shape_is_rejected(expr: str) -> None:
    with pytest.raises(RehearsalError, match="cannot rehearse"):
        parts(expr)


def test_every_declared_pipeline_was_checked_and_none_is_left_over(production: Manifest, dev: Manifest) -> None:
    rules = yaml.safe_load(rendered([production, dev])["loki-rules.yml"])
    declared = {parts(rule["expr"]).stages for group in rules["groups"] for rule in group["rules"]}

    assert declared == {one.stages for one in recorded().verdicts}
    assert all("log_lines" in rule["expr"] for group in translated(rules) for rule in group["rules"])


def test_what_passes_are_recorded_lines_and_some_do_not() -> None:
    lines = recorded()

    for one in lines.verdicts:
        assert set(one.passes) < set(lines.lines)
