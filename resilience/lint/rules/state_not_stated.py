"""Grafana's default for errors is Alerting: one short failure of a data source would fire every rule."""

from collections.abc import Iterator

from resilience.core.conventions import ExecErrState, NoDataState
from resilience.core.problems import Problem, shown
from resilience.lint.context import Context, Lint

_KEYS = {"noDataState": ("no_data_state", NoDataState), "execErrState": ("exec_err_state", ExecErrState)}


def _problems(context: Context) -> Iterator[Problem]:
    for rule in context.rules:
        for key, (name, states) in _KEYS.items():
            value, wanted = rule.inputs.get(key), f"write one of {', '.join(states)}"
            if not value:
                yield rule.problem(name, "is not stated", wanted)
            elif value not in set(states):
                yield rule.problem(name, f"{shown(value)} is not a state of Grafana", wanted)


LINT = Lint(
    "state-not-stated",
    "`no_data_state` or `exec_err_state` is left to Grafana, whose default for an error is to fire.",
    "Both, in every alert; a comment beside them says why.",
    _problems,
)
