"""Another spelling of the same time is a difference in every preview."""

from typing import Any

import pytest

from resilience.lint.rules.duration_spelling import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize("wait", ["5m", "0s", "1h30m", "1d", None])
def test_it_stays_quiet(run_lints: RunLints, wait: str | None) -> None:
    assert run_lints(LINT, **{"for": wait, "keepFiringFor": wait}) == []


@pytest.mark.parametrize(
    ("key", "value", "reported"),
    [
        pytest.param("for", "300s", '"300s" is not how Grafana spells it; write 5m', id="seconds"),
        pytest.param("keepFiringFor", "24h", '"24h" is not how Grafana spells it; write 1d', id="hours"),
        pytest.param("for", "soon", '"soon" is not a duration; write it as 30s, 5m, 1h30m or 1d', id="no duration"),
    ],
)
def test_it_fires_on_a_rule(run_lints: RunLints, key: str, value: str, reported: str) -> None:
    assert run_lints(LINT, **{key: value}) == [f"stack production: too-hot.{key}: {reported} [duration-spelling]"]


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        pytest.param({"groupWait": "120s"}, "groupWait", id="the root"),
        pytest.param(
            {"policies": [{"policies": [{"groupWait": "120s"}]}]}, "policies[0].policies[0].groupWait", id="deep"
        ),
    ],
)
def test_it_fires_on_a_route(run_lints: RunLints, tree: dict[str, Any], path: str) -> None:
    assert run_lints(LINT, tree=tree) == [
        (
            f'stack production: notificationpolicy.{path}: "120s" is not how Grafana spells it; '
            "write 2m [duration-spelling]"
        )
    ]
