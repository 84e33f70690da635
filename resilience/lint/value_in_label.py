"""A label that holds a value changes with it: a new alert each time, and `for` begins again."""

from collections.abc import Iterator

from resilience.lint.declared import Declared, Lint
from resilience.model.faults import Fault, shown


def _faults(declared: Declared) -> Iterator[Fault]:
    for rule in declared.rules:
        for name, value in sorted(rule.labels.items()):
            if "{{" in value or "$" in value:
                yield rule.fault(f"labels.{name}", f"{shown(value)} is not fixed", "write it into the summary")


LINT = Lint(
    "value-in-label",
    "A label of a rule that is a template or holds a placeholder: it changes with the value, which makes a new "
    "alert each time and begins `for` anew.",
    "Fixed text in labels; values in `summary`.",
    _faults,
)
