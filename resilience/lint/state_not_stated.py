"""Grafana's default for errors is Alerting: one hiccup of a data source would page for every rule."""

from collections.abc import Iterator

from resilience.lint.declared import Declared, Lint
from resilience.model.conventions import NoData, OnError
from resilience.model.faults import Fault, shown

_KEYS = {"noDataState": ("no_data", NoData), "execErrState": ("on_error", OnError)}


def _faults(declared: Declared) -> Iterator[Fault]:
    for rule in declared.rules:
        for key, (name, states) in _KEYS.items():
            value, wanted = rule.inputs.get(key), f"write one of {', '.join(states)}"
            if not value:
                yield rule.fault(name, "is not stated", wanted)
            elif value not in set(states):
                yield rule.fault(name, f"{shown(value)} is no state that Grafana knows", wanted)


LINT = Lint(
    "state-not-stated",
    "`no_data` or `on_error` is left to Grafana, whose default for an error is to fire.",
    "Both, in every alert, with a comment that says why.",
    _faults,
)
