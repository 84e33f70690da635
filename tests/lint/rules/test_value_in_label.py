"""A label that changes with the value makes a new alert each time."""

import pytest

from resilience.lint.rules.value_in_label import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize("labels", [{}, {"team": "sre"}])
def test_it_stays_quiet(run_lints: RunLints, labels: dict[str, str]) -> None:
    assert run_lints(LINT, labels=labels, annotations={"summary": "{{ $values.A.Value }}"}) == []


@pytest.mark.parametrize("value", ["{{ $values.A.Value }}", "$environment", "{{ .Labels.job }}"])
def test_it_fires(run_lints: RunLints, value: str) -> None:
    assert run_lints(LINT, labels={"level": value}) == [
        f'stack production: too-hot.labels.level: "{value}" is not fixed; write it into the summary [value-in-label]'
    ]
