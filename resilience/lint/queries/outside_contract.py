"""A series or label that is not in the telemetry contract: the rule would never fire.

The catalogue is checked for it when it is read; this lint checks the expressions that are really declared.
"""

from collections.abc import Iterator

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.promql.labels import unknown_series


def _problems(context: Context) -> Iterator[Problem]:
    for rule in context.rules:
        for tree in rule.trees:
            for what, instead in unknown_series(tree, context.series):
                yield rule.problem("expr", what, instead)


LINT = Lint(
    "outside-contract",
    "A series that is not in `catalogue/telemetry.yaml`, or a label that it does not have there; also in `by`, "
    "`without`, `on` and `ignoring`. LogQL is not checked.",
    "A name in the contract; or add it to the contract first, then to what exposes it.",
    _problems,
)
