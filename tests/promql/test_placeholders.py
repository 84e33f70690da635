"""PromQL of the catalogue: placeholders, syntax, names as expressions, series of the contract."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resilience.core.conventions import DataSource
from resilience.core.text import filled
from resilience.model.catalogue import Catalogue
from resilience.promql.placeholders import PLACEHOLDERS, either, expanded, problems, selectors, unknown_series

CONTRACT = {"up": ("job", "environment"), "depth": ("environment",)}


@pytest.mark.parametrize(
    ("expr", "result"),
    [
        pytest.param('up{e="$environment"}', 'up{e="dev"}', id="a placeholder is replaced"),
        pytest.param("$environment $environment", "dev dev", id="everywhere"),
        pytest.param("$url", "$url", id="what has no value stays as it is"),
        pytest.param("$environments", "$environments", id="a longer name is another name"),
        pytest.param("{{ $values.A }} $environment", "{{ $values.A }} dev", id="Grafana's own variables stay"),
        pytest.param("  up\n", "up", id="spaces around it are dropped"),
        pytest.param("rate(x[5m]) > $", "rate(x[5m]) > $", id="a lone dollar stays"),
    ],
)
def test_placeholders_are_filled_in(expr: str, result: str) -> None:
    assert filled(expr, {"environment": "dev"}) == result


def test_a_value_that_looks_like_a_placeholder_is_not_replaced_again() -> None:
    assert filled("$environment", {"environment": "$url", "url": "x"}) == "$url"


@pytest.mark.parametrize(
    ("expr", "result"),
    [
        ("$lost(window) / $lost(day)", "sum(x[$window]) / sum(x[$day])"),
        ("$lost / $lost(5m)", "$lost / $lost(5m)"),
        ("$other(window)", "$other(window)"),
    ],
)
def test_a_macro_is_written_out_with_its_range_and_what_is_none_stays(expr: str, result: str) -> None:
    assert expanded(expr, {"lost": "sum(x[$range])\n"}) == result


@pytest.mark.parametrize(
    "expr",
    [
        'up{environment="$environment"}',
        'up{connector_id!~"$retired_connectors"}',
        "($credentials - time()) / 86400",
        "sum by (a) (rate(x[5m])) / on (a) sum by (a) (rate(y[5m])) and z >= 3",
        "max_over_time((timestamp(x) - 60 * x)[1d:5m])",
        "1",
    ],
)
def test_good_promql_is_accepted(expr: str) -> None:
    assert problems(expr) == []


@pytest.mark.parametrize(
    ("expr", "what"),
    [
        pytest.param("sum(up", "unclosed left parenthesis", id="an open parenthesis"),
        pytest.param('up{a="b', 'unterminated quoted string "', id="an open quote"),
        pytest.param("", "no expression found in input", id="nothing"),
    ],
)
def test_bad_promql_is_rejected_with_what_the_parser_says(expr: str, what: str) -> None:
    assert problems(expr) == [(what, "write it so that `promtool check rules` takes it")]


@pytest.mark.parametrize("expr", ["up[5m", "rate(up)", "up +", "sum by up", "{}", "up{a=}", "foo(up)", "up offset"])
def test_bad_promql_is_one_rejection_of_one_line(expr: str) -> None:
    found = problems(expr)

    assert len(found) == 1
    assert all("\n" not in half for half in found[0])


def test_an_unknown_placeholder_is_rejected_before_the_syntax_is_checked() -> None:
    assert problems('up{environment="$stack"') == [
        (
            'unknown placeholder "$stack"',
            f"write a parameter or one of {', '.join('$' + name for name in PLACEHOLDERS)}",
        )
    ]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_good_promql_or_rejected_in_one_line(text: str) -> None:
    for halves in problems(text):
        assert all(half and len(half.splitlines()) == 1 for half in halves)


def _unquoted(text: str) -> str:
    """What PromQL's double quotes leave of it."""
    return text.replace("\\\\", "\\")


@pytest.mark.parametrize(
    ("names", "quoted"),
    [((), ""), (("okta",), "okta"), (("okta", "aws"), "okta|aws"), (("a.b",), r"a\\.b"), (("a:b_c",), "a:b_c")],
)
def test_names_become_one_regular_expression_quoted_for_promql(names: tuple[str, ...], quoted: str) -> None:
    assert either(names) == quoted


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[A-Za-z0-9_.:-]+", fullmatch=True), min_size=1, max_size=4), st.data())
def test_the_expression_matches_its_names_and_nothing_else(names: list[str], data: st.DataObject) -> None:
    pattern = re.compile(_unquoted(either(tuple(names))))
    other = data.draw(st.from_regex(r"[A-Za-z0-9_.:X-]{0,8}", fullmatch=True).filter(lambda name: name not in names))

    assert all(pattern.fullmatch(name) for name in names)
    assert not pattern.fullmatch(other)
    assert not pattern.fullmatch("")


def test_every_selector_is_found_however_deep_it_stands() -> None:
    expr = 'sum(rate(a{x="1"}[5m])) / b offset 5m and max_over_time((c - d)[1h:5m]) > 0 unless absent_over_time(e[8m])'

    assert sorted(selector.name for selector in selectors(expr)) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("expr", ['up{environment="$environment",job="a"}', "depth > 10", "vector(1)", "$credentials"])
def test_series_and_labels_of_the_contract_are_accepted(expr: str) -> None:
    assert unknown_series(expr, CONTRACT) == []


@pytest.mark.parametrize(
    ("expr", "what", "instead"),
    [
        pytest.param(
            "down", '"down" is no series of the telemetry contract', "see catalogue/telemetry.yaml", id="no series"
        ),
        pytest.param('up{env="dev"}', '"up" has no label "env"', "write one of job, environment", id="no label"),
        pytest.param(
            'rate(depth{job="a"}[5m])', '"depth" has no label "job"', "write one of environment", id="of another series"
        ),
    ],
)
def test_what_is_outside_the_contract_is_rejected(expr: str, what: str, instead: str) -> None:
    assert unknown_series(expr, CONTRACT) == [(what, instead)]


def test_each_unknown_selector_is_reported() -> None:
    assert [what for what, _ in unknown_series('down / up{env="dev"}', CONTRACT)] == [
        '"down" is no series of the telemetry contract',
        '"up" has no label "env"',
    ]


def test_a_series_chosen_by_its_name_label_is_held_to_the_contract() -> None:
    assert unknown_series('{__name__="up",job="a"}', CONTRACT) == []
    assert [what for what, _ in unknown_series('{__name__="down"}', CONTRACT)] == [
        '"down" is no series of the telemetry contract'
    ]


def test_every_selector_of_the_catalogue_names_its_environment() -> None:
    # Production's rule must never read what dev sends.
    bare = [
        (alert.id, selector.name)
        for alert in Catalogue.load().alerts
        if alert.source is DataSource.METRICS
        for selector in selectors(filled(alert.query, {"credentials": "vector(1)", "renewed_credentials": "vector(2)"}))
        if not selector.name.startswith("probe_")
        and ("environment", "$environment") not in [(m.name, m.value) for m in selector.matchers.matchers]
    ]

    assert bare == []
