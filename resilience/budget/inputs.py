"""The input of the budget: read and checked once, all problems together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from resilience.budget.workflows import Workflow, read_workflows
from resilience.core.problems import BadInputError, Problem, collected
from resilience.manifest import Manifest, declare_all
from resilience.model.catalogue import Catalogue
from resilience.model.settings import StackSettings
from resilience.model.stack_file import StackFile, stacks
from resilience.model.usage import Usage


@dataclass(frozen=True)
class BudgetInput:
    """Everything that a count may read; `settings` by the stack's name."""

    manifests: Sequence[Manifest]
    settings: dict[str, StackSettings]
    catalogue: Catalogue
    usage: Usage
    workflows: Sequence[Workflow]

    @classmethod
    def gather(cls, root: Path) -> Self:
        """Read the checkout and run its program for every stack.

        Raises:
            BadInputError: the checkout has problems.
            pulumi.RunError: the program rejects its configuration.
        """
        problems: list[Problem] = []
        catalogue = collected(problems, lambda: Catalogue.load(root))
        usage = collected(problems, lambda: Usage.load(root))
        workflows = collected(problems, lambda: read_workflows(root))
        settings = collected(problems, lambda: {name: StackFile.read(name, root).settings() for name in stacks(root)})
        if catalogue is None or usage is None or workflows is None or settings is None:
            raise BadInputError(problems)
        return cls(declare_all(tuple(settings), root), settings, catalogue, usage, workflows)
