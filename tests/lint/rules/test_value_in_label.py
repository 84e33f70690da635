"""A label that changes with the value makes a new alert each time."""

from collections.abc import Callable

import pytest

from resilience.lint.rules.value_in_label import LINT

Judge = Callable[..., list[str]]


@pytest.mark.parametrize("labels", [{}, {"team": "sre"}])
def test_it_stays_quiet(judge: Judge, labels: dict[str, str]) -> None:
    assert judge(LINT, labels=labels, annotations={"summary": "{{ $values.A.Value }}"}) == []


@pytest.mark.parametrize("value", ["{{ $values.A.Value }}", "$environment", "{{ .Labels.job }}"])
def test_it_fires(judge: Judge, value: str) -> None:
    assert judge(LINT, labels={"level": value}) == [
        f'stack production: too-hot.labels.level: "{value}" is not fixed; write it into the summary [value-in-label]'
    ]
