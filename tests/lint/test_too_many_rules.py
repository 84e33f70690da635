"""Rules of all environments together count against one Grafana."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.lint.too_many_rules import LINT

Judge = Callable[..., list[str]]


@pytest.mark.parametrize("limit", [2, 3])
def test_as_many_as_the_plan_allows_are_quiet(judge: Judge, limit: int) -> None:
    assert judge(LINT, stacks=("production", "dev"), limit=limit) == []


def test_one_more_fires(judge: Judge) -> None:
    found: Any = judge(LINT, stacks=("production", "dev"), limit=1)

    assert found == [
        "catalogue/alerts: (all stacks): 2 rules, but the free tier allows 1; declare fewer [too-many-rules]"
    ]
