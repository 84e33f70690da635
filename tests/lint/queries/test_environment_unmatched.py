"""A rule for production must never read the data of dev."""

import pytest

from resilience.lint.queries.environment_unmatched import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param(
            'up{environment="production"} and changes(done{environment="production"}[5m]) > 0', id="its own environment"
        ),
        pytest.param('outside{job="x"}', id="series that have no environment"),
        pytest.param("vector(1)", id="no series"),
    ],
)
def test_it_stays_quiet(run_lints: RunLints, expr: str) -> None:
    assert run_lints(LINT, expr=expr) == []


@pytest.mark.parametrize(
    ("expr", "name"),
    [
        pytest.param('up{job="x"}', "up", id="no matcher"),
        pytest.param('up{environment="dev"}', "up", id="another environment"),
        pytest.param('up{environment=~"production"}', "up", id="a pattern"),
        pytest.param('up{environment="production" or job="x"}', "up", id="an alternative"),
        pytest.param('up{environment="production"} and depth', "depth", id="one of two selectors"),
    ],
)
def test_a_series_of_any_environment_fires(run_lints: RunLints, expr: str, name: str) -> None:
    assert run_lints(LINT, expr=expr) == [
        (
            f'stack production: too-hot.expr: "{name}" is read without the environment of the rule; '
            'write environment="$environment" in its braces [environment-unmatched]'
        )
    ]


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param(
            'sum(count_over_time({environment="production",service="api"} |= "{" [5m]))', id="a brace in a text"
        ),
        pytest.param(
            '{environment="production"} | json m="m" | line_format "{{.m}} }" # {job="x"}', id="templates and comments"
        ),
        pytest.param('{environment=`production`} |~ `{x="y"}`', id="backticks"),
    ],
)
def test_a_stream_of_its_own_environment_is_quiet(run_lints: RunLints, expr: str) -> None:
    assert run_lints(LINT, kind="loki", expr=expr) == []


@pytest.mark.parametrize(
    ("expr", "reported"),
    [
        pytest.param(
            '{service="api"} |= "{environment=\\"production\\"}"',
            'logs are read without the environment of the rule; write environment="$environment" in its braces',
            id="only a text names it",
        ),
        pytest.param(
            'rate({environment="production"}[5m]) / rate({environment="dev"}[5m])',
            'logs are read without the environment of the rule; write environment="$environment" in its braces',
            id="one of two streams",
        ),
        pytest.param(
            "vector(1)",
            'LogQL has no stream selector; write environment="$environment" in its braces',
            id="no stream",
        ),
    ],
)
def test_a_stream_of_any_environment_fires(run_lints: RunLints, expr: str, reported: str) -> None:
    assert run_lints(LINT, kind="loki", expr=expr) == [
        f"stack production: too-hot.expr: {reported} [environment-unmatched]"
    ]


def test_a_stream_that_cannot_be_read_fires(run_lints: RunLints) -> None:
    (line,) = run_lints(LINT, kind="loki", expr="{environment=}")

    assert line.startswith("stack production: too-hot.expr: a stream selector is not right: ")
    assert line.endswith("; correct what is in its braces [environment-unmatched]")
