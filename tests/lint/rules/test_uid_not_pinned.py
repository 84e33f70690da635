"""A rule keeps its uid, or it loses its history and its silences."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.lint.rules.uid_not_pinned import LINT

Judge = Callable[..., list[str]]


def test_uids_of_two_stacks_that_differ_are_quiet(judge: Judge) -> None:
    assert judge(LINT, stacks=("production", "dev")) == []


@pytest.mark.parametrize(
    ("uid", "said"),
    [
        pytest.param(None, "is missing: Grafana would make a new one; pin it", id="missing"),
        pytest.param("", "is missing: Grafana would make a new one; pin it", id="empty"),
        pytest.param("1234", '"1234" is not right; write 40 of a-z, 0-9 and dashes at most', id="a legacy id"),
        pytest.param("a" * 41, f'"{"a" * 41}" is not right; write 40 of a-z, 0-9 and dashes at most', id="too long"),
    ],
)
def test_it_fires(judge: Judge, uid: Any, said: str) -> None:
    assert judge(LINT, uid=uid) == [f"stack production: too-hot.uid: {said} [uid-not-pinned]"]


def test_rules_without_a_uid_are_not_called_twins(judge: Judge) -> None:
    assert judge(LINT, stacks=("production", "dev"), uid=None) == [
        "stack production, stack dev: too-hot.uid: is missing: Grafana would make a new one; pin it [uid-not-pinned]"
    ]


def test_the_uid_of_another_stack_is_taken(judge: Judge) -> None:
    assert judge(LINT, stacks=("production", "dev"), uid="sv0-too-hot") == [
        'stack dev: too-hot.uid: "sv0-too-hot" is the uid of another rule already; write another [uid-not-pinned]'
    ]
