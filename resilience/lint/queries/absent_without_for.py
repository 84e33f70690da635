"""Right after a start of Prometheus or of the collector, absent() is true for everything."""

from collections.abc import Iterator

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.promql.ast import calls

_NO_WAIT = (None, "", "0s")


def _problems(context: Context) -> Iterator[Problem]:
    for rule in context.rules:
        if rule.inputs.get("for") in _NO_WAIT:
            for found in [call for tree in rule.trees for call in calls(tree, "absent", "absent_over_time")]:
                yield rule.problem("for", f"{found.func.name}() fires at once", "write how long data may be missing")


LINT = Lint(
    "absent-without-for",
    "`absent()` or `absent_over_time()` in a rule that does not wait: it fires when a restart leaves a gap.",
    "`for:` with the time for which data may be missing, 2m or more.",
    _problems,
)
