"""A label that holds a value changes with it: each change makes a new alert, and `for` starts again."""

from collections.abc import Iterator

from resilience.core.problems import Problem, shown
from resilience.lint.context import Context, Lint


def _problems(context: Context) -> Iterator[Problem]:
    for rule in context.rules:
        for name, value in sorted(rule.labels.items()):
            if "{{" in value or "$" in value:
                yield rule.problem(f"labels.{name}", f"{shown(value)} is not fixed", "write it into the summary")


LINT = Lint(
    "value-in-label",
    "A label of a rule is a template or holds a placeholder: it changes with the value, which makes a new alert "
    "each time and starts `for` again.",
    "Fixed text in labels; values in `summary`.",
    _problems,
)
