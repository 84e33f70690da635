"""Rules that read the results of their expressions."""

from resilience.rehearsal.virtual.promtool import reading


def test_rules_read_a_series_in_place_of_their_expression_and_those_without_one_are_left_out() -> None:
    labels = {"alert_id": "queue-backing-up"}
    queue = {"alert": "Queue", "expr": "x > 10", "for": "5m", "labels": labels, "annotations": {"summary": "y"}}
    quiet = {"alert": "Quiet", "expr": "x > 99", "labels": labels}
    rules = {"groups": [{"name": "a", "rules": [queue, quiet]}, {"name": "b", "rules": [quiet]}]}

    assert reading(rules, {"x > 10": "result_0"}) == {
        "groups": [{"name": "a", "rules": [{"alert": "Queue", "expr": "result_0", "for": "5m", "labels": labels}]}]
    }
