"""Durations: one spelling only, because another one shows as a difference in every preview."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from resilience.core.durations import GrafanaDuration, in_words, seconds, spelt

DURATION: TypeAdapter[str] = TypeAdapter(GrafanaDuration)


@pytest.mark.parametrize(
    "duration",
    ["0s", "1s", "30s", "1m", "5m", "59m59s", "1h", "1h30m", "23h59m59s", "1d", "1d1h", "6d", "1w", "2w", "1y"],
)
def test_the_spelling_of_grafana_is_accepted(duration: str) -> None:
    assert DURATION.validate_python(duration) == duration


@pytest.mark.parametrize(
    ("total", "duration"),
    [
        pytest.param(0, "0s", id="zero has a unit too"),
        pytest.param(59, "59s", id="seconds"),
        pytest.param(60, "1m", id="60 seconds are a minute"),
        pytest.param(90, "1m30s", id="the rest follows"),
        pytest.param(86_400, "1d", id="24 hours are a day"),
        pytest.param(604_800, "1w", id="7 days are a week"),
        pytest.param(691_200, "8d", id="8 days are not a week and a day"),
        pytest.param(608_400, "7d1h", id="a week and an hour are days and an hour"),
        pytest.param(31_536_000, "1y", id="365 days are a year"),
        pytest.param(32_140_800, "372d", id="a year and a week are days"),
    ],
)
def test_seconds_are_spelt_as_grafana_spells_them(total: int, duration: str) -> None:
    assert (spelt(total), seconds(duration)) == (duration, total)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**11))
def test_spelling_and_reading_are_inverse_and_what_is_spelt_is_accepted(total: int) -> None:
    duration = spelt(total)

    assert seconds(duration) == total
    assert DURATION.validate_python(duration) == duration


@settings(deadline=None)
@given(
    st.lists(st.integers(min_value=0, max_value=99), min_size=6, max_size=6).filter(any),
)
def test_any_spelling_that_prometheus_accepts_is_read_as_the_sum_of_its_parts(counts: list[int]) -> None:
    text = "".join(f"{count}{unit}" for count, unit in zip(counts, "ywdhms", strict=True))

    sizes = (31_536_000, 604_800, 86_400, 3_600, 60, 1)
    assert seconds(text) == sum(count * size for count, size in zip(counts, sizes, strict=True))


@pytest.mark.parametrize(
    ("duration", "message"),
    [
        pytest.param("60s", '"60s" is not how Grafana spells it; write 1m', id="60 seconds"),
        pytest.param("24h", '"24h" is not how Grafana spells it; write 1d', id="24 hours"),
        pytest.param("7d", '"7d" is not how Grafana spells it; write 1w', id="7 days"),
        pytest.param("90m", '"90m" is not how Grafana spells it; write 1h30m', id="90 minutes"),
        pytest.param("05m", '"05m" is not how Grafana spells it; write 5m', id="a leading zero"),
        pytest.param("-5m", '"-5m" is not in whole seconds, or negative; write it as 30s, 5m, 1h30m or 1d', id="minus"),
        pytest.param(
            "5ms", '"5ms" is not in whole seconds, or negative; write it as 30s, 5m, 1h30m or 1d', id="a part"
        ),
        pytest.param("0m", '"0m" is not how Grafana spells it; write 0s', id="no minutes"),
    ],
)
def test_another_spelling_of_the_same_time_is_rejected_with_the_right_one(duration: str, message: str) -> None:
    with pytest.raises(ValidationError) as rejected:
        DURATION.validate_python(duration)

    assert str(rejected.value.errors()[0]["ctx"]["error"]) == message


@pytest.mark.parametrize("duration", ["", "five", "5", "5 m", "--5m", "1.5h", "5M", "5m1h", "5m\n", " 5m", "1h+5m"])
def test_what_is_not_a_duration_is_rejected_with_examples(duration: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration; write it as 30s, 5m, 1h30m or 1d$") as rejected:
        seconds(duration)

    assert str(rejected.value).startswith(f'"{duration}"' if duration.isprintable() else '"')


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        total = seconds(text)
    except ValueError:
        return
    assert (total < 0) <= text.startswith("-")


@pytest.mark.parametrize(
    ("total", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "1 minute 30 seconds"),
        (300, "5 minutes"),
        (3_600, "1 hour"),
        (86_400, "24 hours"),
        (88_200, "24 hours 30 minutes"),
        (172_800, "2 days"),
        (604_800, "7 days"),
    ],
)
def test_seconds_are_said_in_words(total: int, words: str) -> None:
    assert in_words(total) == words
