"""Every rule states what it does without data and on an error."""

from typing import Any

import pytest

from resilience.lint.rules.state_not_stated import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize(
    ("no_data_state", "exec_err_state"), [("OK", "Error"), ("NoData", "OK"), ("Alerting", "KeepLast")]
)
def test_it_stays_quiet(run_lints: RunLints, no_data_state: str, exec_err_state: str) -> None:
    assert run_lints(LINT, noDataState=no_data_state, execErrState=exec_err_state) == []


@pytest.mark.parametrize(
    ("key", "value", "reported"),
    [
        ("noDataState", None, "no_data_state: is not stated; write one of OK, NoData, Alerting, KeepLast"),
        ("execErrState", None, "exec_err_state: is not stated; write one of OK, Error, Alerting, KeepLast"),
        (
            "noDataState",
            "Ok",
            ('no_data_state: "Ok" is not a state of Grafana; write one of OK, NoData, Alerting, KeepLast'),
        ),
    ],
)
def test_it_fires(run_lints: RunLints, key: str, value: Any, reported: str) -> None:
    assert run_lints(LINT, **{key: value}) == [f"stack production: too-hot.{reported} [state-not-stated]"]
