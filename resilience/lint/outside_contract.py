"""A series or label that nothing promises to expose: the rule would be silent for ever.

The catalogue refuses it when it is read; here the expressions that are really declared are judged.
"""

from collections.abc import Iterator

from resilience.lint.declared import Declared, Lint
from resilience.model.faults import Fault
from resilience.model.labels import strays


def _faults(declared: Declared) -> Iterator[Fault]:
    for rule in declared.rules:
        for tree in rule.trees:
            for problem, instead in strays(tree, declared.series):
                yield rule.fault("expr", problem, instead)


LINT = Lint(
    "outside-contract",
    "A series that is not in `catalogue/telemetry.yaml`, or a label that it does not have there; also in `by`, "
    "`without`, `on` and `ignoring`. LogQL is not judged.",
    "A name of the contract; or the contract first, and then what exposes it.",
    _faults,
)
