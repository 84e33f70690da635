"""A text that shows a label which the expression does not return has a gap in that place.

Grafana's `$labels` holds the labels that the query returns, without the rule's own.
"""

import re
from collections.abc import Iterator

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.promql.labels import LabelInference

# Go templates, not PromQL: inside {{ … }} a label is $labels.x, .Labels.x or index $labels "x".
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_LABEL = re.compile(r'(?:\$labels|\.Labels)(?:\.(\w+)|\s+"(\w+)")')


def _problems(context: Context) -> Iterator[Problem]:
    inference = LabelInference(context.series, surely=True)
    for rule in context.rules:
        for returned in [inference.of(tree) for tree in rule.trees]:
            for key, text in sorted(rule.annotations.items()):
                for name in sorted(_used(text) - returned):
                    what = f'shows the label "{name}", which the expression does not always return'
                    others = f", or show one of {', '.join(sorted(returned))}" if returned else ""
                    yield rule.problem(key, what, f"keep it in the expression's by (…){others}")


def _used(text: str) -> set[str]:
    actions = _ACTION.findall(text)
    return {dotted or quoted for action in actions for dotted, quoted in _LABEL.findall(action)}


LINT = Lint(
    "label-aggregated-away",
    "A text shows a label that the expression aggregates away, or that only one side of an `or` has: the text "
    "has a gap.",
    "The label in `by (…)` or `on (…)`, or a text without it.",
    _problems,
)
