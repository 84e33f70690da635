"""A text that shows a missing label has a gap."""

import pytest

from resilience.lint.queries.label_aggregated_away import LINT
from tests.lint.conftest import RunLints

TEXT = "Thing {{ $labels.thing }} is late."


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        pytest.param("done", TEXT, id="a plain series has its labels"),
        pytest.param("max by (thing) (done)", TEXT, id="kept by by()"),
        pytest.param("max without (job) (done)", TEXT, id="kept by without()"),
        pytest.param("topk(3, done)", TEXT, id="topk keeps all"),
        pytest.param("max by (thing) (done) or max by (thing) (age)", TEXT, id="on both sides of or"),
        pytest.param("max by (thing) (done) unless up", TEXT, id="unless keeps its left side"),
        pytest.param("time() - done > 5", TEXT, id="numbers have no labels to match"),
        pytest.param("done * on (thing) age", TEXT, id="matched on it"),
        pytest.param("done * ignoring (thing) group_left () up", TEXT, id="of the many"),
        pytest.param("up * on (job) group_left (thing) max by (job, thing) (done)", TEXT, id="brought by group_left"),
        pytest.param('label_replace(vector(1), "thing", "x", "", "")', TEXT, id="made by label_replace"),
        pytest.param('label_join(up, "thing", "-", "job")', TEXT, id="made by label_join"),
        pytest.param('count_values("thing", up)', TEXT, id="made by count_values"),
        pytest.param('absent(done{thing="x"})', TEXT, id="fixed by the selector of absent"),
        pytest.param('count_values by (job) ("thing", up)', TEXT, id="made beside by()"),
        pytest.param("up * ignoring (thing) group_right () done", TEXT, id="of the many on the right"),
        pytest.param("max_over_time(max by (thing) (done)[1h:5m])", TEXT, id="through a subquery"),
        pytest.param("sum(up)", "It is $labels.thing late, {{ $values.A.Value }}.", id="no template, no label"),
    ],
)
def test_it_stays_quiet(run_lints: RunLints, expr: str, text: str) -> None:
    assert run_lints(LINT, expr=expr, annotations={"summary": text}) == []


@pytest.mark.parametrize(
    ("expr", "others"),
    [
        pytest.param("max by (job) (done)", ", or show one of job", id="summed away by by()"),
        pytest.param("max without (thing, instance) (done)", ", or show one of environment, job", id="by without()"),
        pytest.param("sum(done)", "", id="by a sum of all"),
        pytest.param("max by (thing) (done) or max by (job) (up)", "", id="on one side of or alone"),
        pytest.param("done * on (job) age", ", or show one of job", id="not matched on"),
        pytest.param("done * ignoring (thing, instance) age", ", or show one of environment, job", id="ignored"),
        pytest.param("up and on (job) done", ", or show one of environment, instance, job", id="on the right of and"),
        pytest.param('absent(done{thing=~"x.*",job="a"})', ", or show one of job", id="a pattern in absent"),
        pytest.param("vector(1)", "", id="a constant"),
        pytest.param('absent(done{thing="x",thing="y"})', "", id="fixed twice in absent"),
        pytest.param(
            "histogram_quantile(0.9, sum by (le, code) (took_bucket))", ", or show one of code", id="a quantile"
        ),
    ],
)
def test_it_fires(run_lints: RunLints, expr: str, others: str) -> None:
    assert run_lints(LINT, expr=expr, annotations={"summary": TEXT}) == [
        (
            'stack production: too-hot.summary: shows the label "thing", which the expression does not always return; '
            f"keep it in the expression's by (…){others} [label-aggregated-away]"
        )
    ]


@pytest.mark.parametrize(
    "text", ['{{ index $labels "thing" }}', "{{ .Labels.thing }}", "{{ with $labels.thing }}x{{ end }}"]
)
def test_every_way_to_show_a_label_is_seen(run_lints: RunLints, text: str) -> None:
    assert len(run_lints(LINT, expr="sum(up)", annotations={"impact": text})) == 1


def test_the_labels_of_the_rule_itself_are_not_in_the_query(run_lints: RunLints) -> None:
    assert len(run_lints(LINT, expr="sum(up)", annotations={"summary": "{{ $labels.owner }}"})) == 1
