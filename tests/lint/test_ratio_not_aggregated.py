"""A ratio of single series reads one failure in 30,000 as 100 %."""

from collections.abc import Callable

import pytest

from resilience.lint.ratio_not_aggregated import LINT

Judge = Callable[..., list[str]]


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param('sum by (environment) (rate(requests_total{environment="production",code=~"5.."}[5m])) / sum by (environment) (rate(requests_total{environment="production"}[5m]))', id='both sides summed'),
        pytest.param('depth{environment="production"} / 100', id='a constant below'),
        pytest.param('1 / depth{environment="production"}', id='a constant above'),
        pytest.param('(time() - done{environment="production"}) / 3600', id='time is a number'),
        pytest.param('depth{environment="production"} / scalar(sum(rate(requests_total{environment="production"}[5m])))', id='scalar() is a number'),
        pytest.param('100 * sum by (environment) (rate(requests_total{environment="production",code=~"5.."}[5m])) / sum by (environment) (rate(requests_total{environment="production"}[5m]))', id='a factor after the sum'),
        pytest.param('clamp_max(-(sum(rate(requests_total{environment="production",code=~"5.."}[5m]))), 1) / (sum(rate(requests_total{environment="production"}[5m])) + sum(rate(requests_total{environment="production",code=~"5.."}[5m])))', id='functions and signs around the sums'),
        pytest.param('sum by (environment, code) (rate(requests_total{environment="production"}[5m])) / ignoring (code) group_left () sum by (environment) (rate(requests_total{environment="production"}[5m]))', id='the labels to match are said'),
        pytest.param('(sum by (environment) (rate(requests_total{environment="production",code=~"5.."}[5m])) and on (environment) up{environment="production"}) / sum by (environment) (rate(requests_total{environment="production"}[5m]))', id='a filtered sum'),
        pytest.param('avg_over_time(sum(rate(requests_total{environment="production",code=~"5.."}[5m]))[1h:5m]) / sum(rate(requests_total{environment="production"}[5m]))', id='a mean over time of sums'),
        pytest.param('rate(requests_total{environment="production",code=~"5.."}[5m]) * rate(requests_total{environment="production"}[5m])', id='a product is no ratio'),
    ],
)
def test_it_stays_quiet(judge: Judge, expr: str) -> None:
    assert judge(LINT, expr=expr) == []


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        pytest.param('rate(requests_total{environment="production",code=~"5.."}[5m]) / rate(requests_total{environment="production"}[5m])', 'a ratio of single series: both sides are not aggregated; write sum by (environment) (…) on both sides', id='neither side'),
        pytest.param('rate(requests_total{environment="production",code=~"5.."}[5m]) / sum by (environment) (rate(requests_total{environment="production"}[5m]))', 'a ratio of single series: its upper side is not aggregated; write sum by (environment) (…) on both sides', id='the upper side alone'),
        pytest.param('sum by (environment) (rate(requests_total{environment="production",code=~"5.."}[5m])) / rate(requests_total{environment="production"}[5m])', 'a ratio of single series: its lower side is not aggregated; write sum by (environment) (…) on both sides', id='the lower side alone'),
        pytest.param('max(rate(requests_total{environment="production",code=~"5.."}[5m]) / rate(requests_total{environment="production"}[5m])) > 1', 'a ratio of single series: both sides are not aggregated; write sum by (environment) (…) on both sides', id='inside something else'),
        pytest.param('topk(3, rate(requests_total{environment="production",code=~"5.."}[5m])) / sum(rate(requests_total{environment="production"}[5m]))', 'a ratio of single series: its upper side is not aggregated; write sum by (environment) (…) on both sides', id='topk picks and does not add'),
        pytest.param('sum by (environment) (rate(requests_total{environment="production",code=~"5.."}[5m])) / sum(rate(requests_total{environment="production"}[5m]))', 'a ratio of (environment) to () matches nothing; aggregate both sides by the same labels, or write on (…)', id='other labels'),
    ],
)
def test_it_fires(judge: Judge, expr: str, said: str) -> None:
    assert judge(LINT, expr=expr) == [f"stack production: too-hot.expr: {said} [ratio-not-aggregated]"]
