"""A number or a duration of an alert is written once; expression and texts are filled with it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from resilience.core.problems import BadInputError, validated
from resilience.model.alert import Alert
from resilience.model.catalogue import Catalogue
from resilience.model.parameters import Parameter, in_query, in_text, written_out

GoodAlert = Callable[..., dict[str, Any]]
PARAMETER: TypeAdapter[Any] = TypeAdapter(Parameter)
# The unit of a conversion, no number that somebody would change.
UNITS = {"60", "86400", "0", "1"}


@pytest.mark.parametrize("value", [3, 0.01, 0, -1.5, "5m", "1d", "1h30m"])
def test_a_number_or_a_duration_is_a_parameter(value: object) -> None:
    assert PARAMETER.validate_python(value) == value


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("300s", '"300s" is not how Grafana spells it; write 5m'),
        ("five", '"five" is not a duration; write it as 30s, 5m, 1h30m or 1d'),
        (True, '"True" is neither a number nor a duration; write it as 3, 0.01 or 5m'),
        (float("nan"), '"nan" is neither a number nor a duration; write it as 3, 0.01 or 5m'),
        (None, '"None" is neither a number nor a duration; write it as 3, 0.01 or 5m'),
        (["5m"], """"['5m']" is neither a number nor a duration; write it as 3, 0.01 or 5m"""),
    ],
)
def test_anything_else_is_rejected(value: object, problem: str) -> None:
    with pytest.raises(ValidationError) as rejected:
        PARAMETER.validate_python(value)

    assert str(rejected.value.errors()[0]["ctx"]["error"]) == problem


def test_an_expression_gets_durations_their_multiples_and_their_seconds() -> None:
    found = in_query({"window": "5m", "count": 3, "share": 0.01})

    assert (found["window"], found["window_x3"], found["window_seconds"]) == ("5m", "15m", "300")
    assert (found["count"], found["share"]) == ("3", "0.01")


def test_a_window_that_must_hold_a_sample_from_before_it_gets_two_scrapes_more() -> None:
    assert in_query({"window": "15m", "day": "1d"})["window_and_scrapes"] == "17m"
    assert in_query({"day": "1d"})["day_and_scrapes"] == "1d2m"


def test_a_text_gets_words_percentages_and_the_pending_time_on_top() -> None:
    found = in_text({"window": "8m", "stale": "1d", "seen": "1w", "share": 0.05}, "2m")

    assert (found["window"], found["window_x3"], found["window_and_for"]) == ("8 minutes", "24 minutes", "10 minutes")
    assert (found["stale"], found["seen"]) == ("24 hours", "7 days")
    assert (found["share"], found["share_percent"]) == ("0.05", "5 %")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("more than 10 jobs wait", ["10"]),
        ("1.5 % of the requests in 5 minutes", ["1.5", "5"]),
        ("{{ $values.A.Value }} of 3", ["3"]),
        ("more than 100 jobs wait for 5m, 24h or 7days", ["100", "5", "24", "7"]),
        ("no 200 from /ready, a 5xx, P2, S3, HTTP/2, {{ if gt 5 3 }}", []),
    ],
)
def test_numbers_that_are_written_out_are_found(text: str, numbers: list[str]) -> None:
    assert written_out(text) == numbers


def problems_of(alert: dict[str, Any]) -> list[str]:
    with pytest.raises(BadInputError) as rejected:
        validated(Alert, alert, "F")
    return [str(problem) for problem in rejected.value.problems]


@pytest.mark.parametrize("key", ["fires_when", "summary", "impact"])
def test_a_number_in_a_text_is_rejected(good_alert: GoodAlert, key: str) -> None:
    assert problems_of(good_alert(**{key: "it is above 30 degrees"})) == [
        f'F: {key}: "30" is written out; write the placeholder of a parameter, such as $threshold or $for'
    ]


CLASHES = (
    "escalation_threshold",
    "credentials",
    "limit_series",
    "window_x3",
    "window_and_for",
    "share_percent",
    "window_and_scrapes",
)


@pytest.mark.parametrize("name", ["values", "labels", "environment", "url", "threshold", "for", *CLASHES])
def test_a_name_that_means_something_else_is_rejected(good_alert: GoodAlert, name: str) -> None:
    assert problems_of(good_alert(parameters={name: 3})) == [
        f'F: parameters.{name}: "{name}" means something else already; write another name'
    ]


@pytest.mark.parametrize("name", ["", "a b", "Window", "a" * 31])
def test_a_name_of_another_form_is_rejected(good_alert: GoodAlert, name: str) -> None:
    assert len(problems_of(good_alert(parameters={name: 3}))) == 1


@pytest.mark.parametrize("value", [10**400, 1e308, "1e308", "999999999y"])
def test_a_value_beyond_reason_is_rejected(good_alert: GoodAlert, value: object) -> None:
    assert len(problems_of(good_alert(parameters={"window": value}))) == 1


def test_where_the_threshold_is_wrong_its_placeholder_is_no_second_problem(good_alert: GoodAlert) -> None:
    found = problems_of(good_alert(threshold={"gt": "hot"}, fires_when="it is above $threshold"))

    assert [problem.split(": ")[1] for problem in found] == ["threshold.gt"]


def test_an_alert_fills_its_expression_and_its_texts(good_alert: GoodAlert) -> None:
    raw = good_alert(
        parameters={"window": "10m"},
        expr='max_over_time(heat{environment="$environment"}[$window]) > $threshold',
        fires_when="above $threshold degrees in $window, for $for",
        escalation={"tier": "P2", "title": "Hotter", "threshold": {"gt": 40}},
        summary="$escalation_tier from $escalation_threshold degrees on",
    )

    alert = validated(Alert, raw, "F")

    assert alert.query == 'max_over_time(heat{environment="$environment"}[10m]) > 30'
    assert alert.text(alert.fires_when) == "above 30 degrees in 10 minutes, for 5 minutes"
    assert alert.text(alert.summary) == "P2 from 40 degrees on"


def test_a_parameter_that_the_expression_does_not_use_is_found(good_alert: GoodAlert) -> None:
    alert = validated(Alert, good_alert(parameters={"window": "10m", "share": 0.5}, expr="up[$window_x2]"), "F")

    assert alert.unused_parameters() == ["share"]


@pytest.mark.parametrize("alert", Catalogue.load().alerts, ids=lambda alert: alert.id)
def test_no_expression_of_ours_holds_a_number_or_a_duration_itself(alert: Alert) -> None:
    plain = re.sub(r'"[^"]*"', '""', alert.expr)

    assert re.findall(r"[\[:]\s*\d\w*|offset\s+\d\w*", plain) == []
    assert set(re.findall(r"(?<![\w.$])\d+(?:\.\d+)?\b", plain)) <= UNITS
