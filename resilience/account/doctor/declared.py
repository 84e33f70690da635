"""The checkout: settings, catalogue, and the limits of the free plans."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi as sdk

from resilience.account.doctor.finding import Finding, unknown
from resilience.budget import BudgetInput, lines
from resilience.budget.lines import BudgetLine, amount
from resilience.core.problems import BadInputError
from resilience.model.catalogue import Catalogue
from resilience.model.settings import StackSettings
from resilience.model.stack_file import StackFile, file_of


@dataclass(frozen=True)
class DeclaredStack:
    """The stack's file with its settings, and the catalogue."""

    file: StackFile
    settings: StackSettings
    catalogue: Catalogue


def read(stack: str, root: Path) -> tuple[DeclaredStack | None, list[Finding]]:
    """Settings and catalogue, or the problems of them."""
    try:
        catalogue, file = Catalogue.load(root), StackFile.read(stack, root)
        checkout = DeclaredStack(file, file.settings(), catalogue)
    except BadInputError as error:
        problems = [
            Finding("input", good=False, found=str(problem), remedy="run `resilience check`")
            for problem in error.problems
        ]
        return None, problems
    return checkout, [Finding("input", good=True, found=f"{file_of(stack)} and the catalogue are right")]


def gathered(root: Path) -> BudgetInput | None:
    """Settings and manifests of all stacks; None if any is wrong."""
    try:
        return BudgetInput.gather(root)
    except (BadInputError, sdk.RunError):
        return None


def limits(given: BudgetInput | None) -> Iterator[Finding]:
    """What is declared against the limits of the free plans; beyond them an `up` fails or data is lost."""
    found = _lines(given)
    if found is None:
        yield unknown("limits", "the input of another stack is wrong; run `resilience check`")
        return
    above = [one for one in found if one.exceeded or one.doubtful]
    if not above:
        yield Finding("limits", good=True, found=f"all {len(found)} limits of the free plans are kept")
    for one in above:
        used = f"{amount(one.used)} of {one.limit.limit} {one.limit.unit}"
        if one.exceeded:
            yield Finding("limits", good=False, found=used, remedy=one.count.instead)
        else:
            yield unknown("limits", f"{used}, a limit that is only assumed")


def _lines(given: BudgetInput | None) -> list[BudgetLine] | None:
    """Without worst cases, which do not hinder an `up`."""
    try:
        return None if given is None else [one for one in lines(given) if not one.count.worst_of]
    except BadInputError:
        return None
