"""What a rule does without data, or with an error, is chosen and not left to Grafana."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.lint.rules.state_not_stated import LINT

Judge = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("no_data_state", "exec_err_state"), [("OK", "Error"), ("NoData", "OK"), ("Alerting", "KeepLast")]
)
def test_it_stays_quiet(judge: Judge, no_data_state: str, exec_err_state: str) -> None:
    assert judge(LINT, noDataState=no_data_state, execErrState=exec_err_state) == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("noDataState", None, "no_data_state: is not stated; write one of OK, NoData, Alerting, KeepLast"),
        ("execErrState", None, "exec_err_state: is not stated; write one of OK, Error, Alerting, KeepLast"),
        (
            "noDataState",
            "Ok",
            ('no_data_state: "Ok" is no state that Grafana knows; write one of OK, NoData, Alerting, KeepLast'),
        ),
    ],
)
def test_it_fires(judge: Judge, key: str, value: Any, said: str) -> None:
    assert judge(LINT, **{key: value}) == [f"stack production: too-hot.{said} [state-not-stated]"]
