"""absent() right after a start of Prometheus or of the collector is true of everything."""

from collections.abc import Iterator

from resilience.lint.declared import Declared, Lint
from resilience.model.faults import Fault
from resilience.model.syntax import calls

_NO_WAIT = (None, "", "0s")


def _faults(declared: Declared) -> Iterator[Fault]:
    for rule in declared.rules:
        if rule.inputs.get("for") in _NO_WAIT:
            for found in [call for tree in rule.trees for call in calls(tree, "absent", "absent_over_time")]:
                yield rule.fault("for", f"{found.func.name}() fires at once", "write how long nothing may be heard")


LINT = Lint(
    "absent-without-for",
    "`absent()` or `absent_over_time()` in a rule that does not wait: it fires when a restart leaves a gap.",
    "`for:` with the time for which nothing may be heard, 2m or more.",
    _faults,
)
