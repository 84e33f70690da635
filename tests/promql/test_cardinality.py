"""How many instances a query can have at most."""

import pytest

from resilience.promql.cardinality import most_of_logql, most_of_promql

AT_MOST = {"up": 2, "age": 50, "requests": 300, "probe": 10}


@pytest.mark.parametrize(
    ("expr", "most"),
    [
        ("vector(1)", 1),
        ("time() - 86400", 1),
        ("sum(requests)", 1),
        ('absent_over_time(up{job="a"}[8m])', 1),
        ('sum by (environment) (rate(requests{environment="dev"}[5m]))', 1),
        ('avg by (job) (probe{job="sv0-dev-ready"})', 1),
        ("up", 2),
        ('{__name__="up"}', 2),
        ("up == 1", 2),
        ("-age", 50),
        ("max_over_time((age > 1)[1d:5m])", 50),
        ("up and age", 2),
        ("up unless age", 2),
        ("age or up", 52),
        ("age * on (environment) group_left () up", 50),
        ("up > 7 * age", 50),
        ('label_replace(vector(1), "a", "b", "", "") or label_replace(vector(2), "a", "c", "", "")', 2),
        ('group by (environment, connector_id) (age{environment="dev"})', 50),
        ('sum by (environment) (age{environment=~"dev|production"})', 50),
        ('sum by (environment) (age{environment="dev"} or up)', 52),
        ('sum without (environment) (age{environment="dev"})', 50),
        ("topk (3, age)", 50),
    ],
)
def test_is_an_upper_bound(expr: str, most: int) -> None:
    assert most_of_promql(expr, AT_MOST) == most


def test_a_log_query_is_bounded_by_its_first_words_alone() -> None:
    line = 'count_over_time({environment="dev"} |= "x" [5m])'

    assert (most_of_logql(f"sum by (environment) ({line})\n"), most_of_logql(line)) == (1, None)
