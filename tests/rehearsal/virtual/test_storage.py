"""A Prometheus with samples of many scenarios, by remote write."""

from collections.abc import Iterator

import pytest

from resilience.core.durations import DAY, MINUTE
from resilience.rehearsal.virtual import storage
from resilience.rehearsal.virtual.series import STALE
from resilience.rehearsal.virtual.storage import Storage
from resilience.tools.errors import RehearsalError

KEY = ("x", (("job", "api"), ("Zone", 'say "é"')))
FIRST = [1.0, -0.5, None, 4.0, STALE, None, 7e300]
LATER = storage.stretch(DAY)


@pytest.fixture(scope="module", name="filled")
def _filled() -> Iterator[Storage]:
    """Two stretches; the second has a single sample."""
    with storage.started() as prometheus:
        prometheus.write([(KEY, FIRST)], 0.0)
        prometheus.write([(KEY, [5.0])], LATER)
        yield prometheus


def values(filled: Storage, expr: str, begin: float, steps: int) -> list[tuple[float, float]]:
    """Steps since `begin` at which the only series of an expression has a value, and the value."""
    (found,) = filled.range(expr, begin, begin + steps * MINUTE, MINUTE)
    return [((at - begin) / MINUTE, float(value)) for at, value in found["values"]]


def test_what_was_written_is_there_with_its_stale_marker_and_its_labels(filled: Storage) -> None:
    (found,) = filled.range("x", 0.0, 6 * MINUTE, MINUTE)

    assert found["metric"] == {"__name__": "x", **dict(KEY[1])}
    assert values(filled, "x", 0.0, 6) == [(0, 1.0), (1, -0.5), (2, -0.5), (3, 4.0), (6, 7e300)]


def test_a_stretch_does_not_see_the_one_before(filled: Storage) -> None:
    assert values(filled, "count_over_time(x[2w])", LATER, 0) == [(0, 1.0)]
    assert values(filled, "count_over_time(x[4w])", LATER, 0) == [(0, 5.0)]


def test_subqueries_and_weekdays_are_as_from_unix_0(filled: Storage) -> None:
    assert values(filled, "day_of_week()", LATER, 0) == values(filled, "day_of_week()", 0.0, 0)
    assert storage.stretch(8 * DAY) == 4 * 7 * DAY


def test_a_wrong_expression_is_reported_with_the_reason(filled: Storage) -> None:
    with pytest.raises(RehearsalError, match=r"query_range with 400: .*unclosed left parenthesis"):
        filled.range("sum(x", 0.0, MINUTE, MINUTE)


def test_samples_before_those_that_are_there_are_reported(filled: Storage) -> None:
    with pytest.raises(RehearsalError, match=r"write with 400: .*out of order"):
        filled.write([(KEY, [5.0])], DAY)
