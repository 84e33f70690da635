"""A gauge that only an event refreshes does not move when the events stop."""

import json
from pathlib import Path

import pytest

from resilience.lint import Context
from resilience.lint.queries.event_gauge_unguarded import LINT
from resilience.manifest import Manifest, Resource
from resilience.model.catalogue import Catalogue
from tests.lint.conftest import RunLints


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param("depth > 5", id="another gauge"),
        pytest.param("max by (thing) (changes(age[2h]))", id="its movement alone"),
        pytest.param("age > 9 and changes(age[15m]) > 0", id="guarded by and"),
        pytest.param(
            "changes(age[15m]) > 0 and age > 9",
            id="guarded on the left",
        ),
        pytest.param(
            "age unless changes(age[15m]) == 0",
            id="guarded by unless",
        ),
        pytest.param(
            "max_over_time((timestamp(age) - 60 * age unless (changes(age[15m]) == 0 and age offset 15m))[1d:5m]) > 1",
            id="guarded inside a subquery",
        ),
        pytest.param(
            "age > 9 or time() - done > 540",
            id="another series of the same thing",
        ),
        pytest.param(
            "depth > 5 and on (environment) age",
            id="only its existence matters",
        ),
        pytest.param(
            "group by (thing) (age) and count by (thing) (age)",
            id="grouped and counted",
        ),
        pytest.param("absent(age)", id="its absence"),
    ],
)
def test_it_stays_quiet(run_lints: RunLints, expr: str) -> None:
    assert run_lints(LINT, expr=expr) == []


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param("age", id="the threshold of the rule compares it"),
        pytest.param("max(age) > 1440", id="a comparison"),
        pytest.param("up and on (environment) (age > 1440)", id="a comparison behind and"),
        pytest.param("timestamp(age) - 60 * age > 5", id="the scrape time is no guard"),
        pytest.param("age > 9 or depth > 5", id="another thing is no guard"),
        pytest.param("age > 9 or age > 5", id="the gauge itself is no guard"),
        pytest.param("age > 9 and on (environment) up == 1", id="that the API answers is no guard"),
        pytest.param("age > 9 and changes(done[15m]) > 0", id="the movement of another gauge is no guard"),
    ],
)
def test_it_fires(run_lints: RunLints, expr: str) -> None:
    assert set(run_lints(LINT, expr=expr)) == {
        (
            'stack production: too-hot.expr: "age" is compared, but only an event refreshes it: it does not move when '
            "events stop; check changes(age[…]) too, as connector-stale does [event-gauge-unguarded]"
        )
    }


def test_a_gauge_without_labels_of_its_own_is_guarded_by_no_other_series(run_lints: RunLints) -> None:
    assert len(run_lints(LINT, expr="idle > 9 or depth > 5")) == 1


def test_the_lint_fires_on_the_committed_rules_without_their_guard(root: Path, production: Manifest) -> None:
    def problem_paths(change: tuple[str, str]) -> set[str]:
        inside = json.loads(json.dumps([vars(one) for one in production.resources]).replace(*change))
        manifest = Manifest("production", tuple(Resource(**one) for one in inside))
        return {problem.path for problem in LINT.problems(Context(root, Catalogue.load(), (manifest,)))}

    assert problem_paths(("", "")) == set()
    assert problem_paths(("changes(", "rate(")) >= {"connector-stale.expr"}
