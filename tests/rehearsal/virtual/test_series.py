"""Series from scrapes, and their spelling for promtool."""

import pytest

from resilience.rehearsal.virtual.series import STALE, Row, by_series, spelt_out

KEY = ("x", (("job", "api"),))
UP = ("up", ())


def values(*rows: Row | None) -> list[float | None]:
    """The values of `KEY` in these scrapes."""
    return dict(by_series(rows))[KEY]


def test_a_series_that_a_scrape_lacks_ends_with_one_stale_marker() -> None:
    assert values({KEY: 1.0}, {UP: 0.0}, {UP: 0.0}, {KEY: 2.0}) == [1.0, STALE, None, 2.0]


def test_without_a_scrape_nothing_is_stored_and_the_next_one_writes_the_marker() -> None:
    assert values({KEY: 1.0}, None, {UP: 0.0}, None) == [1.0, None, STALE, None]


def test_before_its_first_value_a_series_has_no_marker() -> None:
    assert values({UP: 1.0}, {KEY: 1.0}) == [None, 1.0]


@pytest.mark.parametrize(
    ("found", "written"),
    [
        ([1.0, 1.0, 1.0], "1+0x2"),
        ([None, None, 0.5], "_x2 0.5"),
        ([1.0, STALE, None, STALE, STALE], "1 stale _ stale stale"),
        ([4070908800.0], "4070908800"),
    ],
)
def test_runs_of_equal_values_are_written_once(found: list[float | None], written: str) -> None:
    assert spelt_out(KEY, found) == {"series": 'x{job="api"}', "values": written}


def test_quotes_in_labels_are_escaped() -> None:
    assert spelt_out(("x", (("a", 'say "é" \\'),)), [])["series"] == r'x{a="say \"é\" \\"}'
