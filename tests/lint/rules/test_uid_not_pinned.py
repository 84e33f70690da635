"""A rule that gets a new uid loses its history and its silences."""

from typing import Any

import pytest

from resilience.lint.rules.uid_not_pinned import LINT
from tests.lint.conftest import RunLints


def test_uids_of_two_stacks_that_differ_are_quiet(run_lints: RunLints) -> None:
    assert run_lints(LINT, stacks=("production", "dev")) == []


@pytest.mark.parametrize(
    ("uid", "reported"),
    [
        pytest.param(None, "is missing: Grafana would make a new one; write one", id="missing"),
        pytest.param("", "is missing: Grafana would make a new one; write one", id="empty"),
        pytest.param("1234", '"1234" is not right; write at most 40 of a-z, 0-9 and dashes', id="a legacy id"),
        pytest.param("a" * 41, f'"{"a" * 41}" is not right; write at most 40 of a-z, 0-9 and dashes', id="too long"),
    ],
)
def test_it_fires(run_lints: RunLints, uid: Any, reported: str) -> None:
    assert run_lints(LINT, uid=uid) == [f"stack production: too-hot.uid: {reported} [uid-not-pinned]"]


def test_rules_without_a_uid_are_not_reported_as_duplicates(run_lints: RunLints) -> None:
    assert run_lints(LINT, stacks=("production", "dev"), uid=None) == [
        "stack production, stack dev: too-hot.uid: is missing: Grafana would make a new one; write one [uid-not-pinned]"
    ]


def test_the_uid_of_another_stack_is_taken(run_lints: RunLints) -> None:
    assert run_lints(LINT, stacks=("production", "dev"), uid="sv0-too-hot") == [
        'stack dev: too-hot.uid: "sv0-too-hot" is already the uid of another rule; write another [uid-not-pinned]'
    ]
