"""A series or label that nothing promises to expose: the rule would be silent for ever.

The catalogue refuses it when it is read; here the expressions that are really declared are judged.
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
    "`without`, `on` and `ignoring`. LogQL is not judged.",
    "A name of the contract; or the contract first, and then what exposes it.",
    _problems,
)
