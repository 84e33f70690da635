"""Scaling divides every duration of the exported files, and changes nothing else."""

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resilience.core import durations
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.scale import Scale, scale_alertmanager, scale_rules
from resilience.tools.errors import RehearsalError

SPEED = Scale(60, "here")
SPANS = st.integers(60_000, 10**9).map(lambda milliseconds: durations.spelt(milliseconds / 1000))


@pytest.mark.parametrize(
    ("expression", "scaled"),
    [
        ("rate(x[5m])", "rate(x[5s])"),
        ("x offset 1h", "x offset 1m"),
        ("x offset -1h", "x offset -1m"),
        ("rate(x[5m] offset 1d)", "rate(x[5s] offset 24m)"),
        ("rate(x[5m] @ end() offset 1d)", "rate(x[5s] @ end() offset 24m)"),
        ("max_over_time((x - y)[1d:5m] offset 1h)", "max_over_time((x - y)[24m:5s] offset 1m)"),
        ("max_over_time(rate(x[5m])[1h:])", "max_over_time(rate(x[5s])[1m:])"),
        ("rate(x[90s])", "rate(x[1s500ms])"),
        ("x offset 90s", "x offset 1s500ms"),
        ("x - y offset 6d", "x - y offset 2h24m"),
    ],
)
def test_every_kind_of_duration_is_divided(expression: str, scaled: str) -> None:
    assert SPEED.promql(expression) == scaled


@pytest.mark.parametrize(
    "expression",
    [
        'x{range="[5m]",offset=" offset 5m"}',
        'x{code=~"5.."}',
        'label_replace(x, "offset_5m", "$1", "b", "(.*)[5m] offset 1h")',
        "job:offset_5m:rate5m > 300",
        "time() - 86400",
        "sum by (range_5m) (x)",
    ],
)
def test_what_only_looks_like_a_duration_stays(expression: str) -> None:
    assert promql_parser.parse(SPEED.promql(expression)).prettify() == promql_parser.parse(expression).prettify()


def test_a_label_that_holds_the_range_stays_beside_the_range() -> None:
    assert SPEED.promql('rate(x{a="[5m] offset 1h"}[5m] offset 1h)') == 'rate(x{a="[5m] offset 1h"}[5s] offset 1m)'


@given(window=SPANS, offset=SPANS, span=SPANS, step=SPANS, label=st.sampled_from(["5m", "[1h]", "a offset 5m"]))
def test_scaling_by_one_is_identity(window: str, offset: str, span: str, step: str, label: str) -> None:
    expression = f'max_over_time((rate(x{{a="{label}"}}[{window}] offset {offset}))[{span}:{step}] offset {offset})'

    assert Scale(1, "here").promql(expression) == promql_parser.parse(expression).prettify()


@given(window=SPANS, offset=SPANS, speed=st.sampled_from([2.0, 5.0, 10.0, 60.0]))
def test_every_duration_is_divided_to_the_millisecond(window: str, offset: str, speed: float) -> None:
    tree = promql_parser.parse(Scale(speed, "here").promql(f"rate(x[{window}] offset {offset})"))
    assert isinstance(tree, promql_parser.Call)
    matrix = tree.args[0]

    assert matrix.range.total_seconds() == pytest.approx(durations.seconds(window) / speed, abs=0.001)
    assert matrix.vector_selector.offset.total_seconds() == pytest.approx(durations.seconds(offset) / speed, abs=0.001)


def test_a_duration_below_a_millisecond_names_the_rule() -> None:
    rules = {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "rate(x[1s])", "labels": {"alert_id": "a-b"}}]}]}

    with pytest.raises(RehearsalError) as caught:
        scale_rules(rules, 2000)

    assert str(caught.value) == ('rule "a-b": 1s at speed 2000 is shorter than 1ms; rehearse at a lower --speed')


def test_an_expression_that_does_not_parse_names_the_rule() -> None:
    rules = {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "rate(x[5m]"}]}]}

    with pytest.raises(RehearsalError, match='rule "A": the expression does not parse'):
        scale_rules(rules, 60)


def test_a_rule_is_scaled_and_keeps_its_names() -> None:
    rule = {"alert": "A", "expr": "x > 1", "for": "5m", "keep_firing_for": "10m", "labels": {"window": "5m"}}
    scaled = scale_rules({"groups": [{"name": "every-5m", "interval": "1m", "rules": [rule]}]}, 60)

    assert scaled == {
        "groups": [
            {
                "name": "every-5m",
                "interval": "1s",
                "rules": [rule | {"for": "5s", "keep_firing_for": "10s"}],
            }
        ]
    }


def test_routes_are_scaled_at_every_depth() -> None:
    child = {"receiver": "b", "group_wait": "30s", "repeat_interval": "1d"}
    config = {
        "global": {"resolve_timeout": "5m"},
        "route": {"receiver": "a", "group_interval": "5m", "routes": [child]},
    }

    assert scale_alertmanager(config, 60) == {
        "global": {"resolve_timeout": "5s"},
        "route": {
            "receiver": "a",
            "group_interval": "5s",
            "routes": [{"receiver": "b", "group_wait": "500ms", "repeat_interval": "24m"}],
        },
    }


def test_no_wait_stays_no_wait() -> None:
    assert scale_alertmanager({"route": {"receiver": "a", "group_wait": "0s"}}, 60)["route"]["group_wait"] == "0s"


def test_the_export_scales_by_one_to_itself(declared: Exported) -> None:
    for group, same in zip(declared.rules["groups"], scale_rules(declared.rules, 1)["groups"], strict=True):
        for rule, scaled in zip(group["rules"], same["rules"], strict=True):
            assert scaled["expr"] == promql_parser.parse(rule["expr"]).prettify()
            assert durations.seconds(scaled["for"]) == durations.seconds(rule["for"])
