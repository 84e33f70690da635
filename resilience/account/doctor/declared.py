"""The checkout: settings, catalogue, secrets by name, and the limits of the free plans."""

import os
from collections.abc import Iterator
from pathlib import Path

import pulumi as sdk

from resilience.account.doctor import pulumi
from resilience.account.doctor.finding import Finding, unknown
from resilience.budget import BudgetInput, lines
from resilience.budget.lines import amount
from resilience.core.problems import BadInputError
from resilience.model.catalogue import Catalogue
from resilience.model.settings import Secret, StackSettings
from resilience.model.stack_file import StackFile, file_of


def read(stack: str, root: Path) -> tuple[StackSettings | None, StackFile | None, list[Finding]]:
    """Settings and file, or the problems of them."""
    try:
        Catalogue.load(root)
        file = StackFile.read(stack, root)
        settings = file.settings()
    except BadInputError as error:
        problems = [
            Finding("input", good=False, found=str(problem), remedy="run `resilience check`")
            for problem in error.problems
        ]
        return None, None, problems
    return settings, file, [Finding("input", good=True, found=f"{file_of(stack)} and the catalogue are right")]


def secrets(settings: StackSettings, file: StackFile) -> Iterator[Finding]:
    """Each secret by name; no value is read."""
    for secret in settings.required_secrets():
        good = file.is_encrypted(secret) or bool(os.environ.get(secret.variable or ""))
        yield Finding(str(secret), good, "is set" if good else "is not set", "" if good else secret.remedy(file.stack))


def value_of(secret: Secret, file: StackFile, root: Path) -> str:
    """The secret itself, for a request to its service; empty if it is not available here."""
    if file.is_encrypted(secret):
        return pulumi.output("config", "get", str(secret), "--stack", file.stack, root=root) or ""
    return os.environ.get(secret.variable or "", "")


def limits(root: Path) -> Iterator[Finding]:
    """What is declared against the limits of the free plans; beyond them an `up` fails or data is lost."""
    try:
        found = lines(BudgetInput.gather(root))
    except (BadInputError, sdk.RunError):
        yield unknown("limits", "the input of another stack is wrong; run `resilience check`")
        return
    exceeded = [one for one in found if one.exceeded]
    if not exceeded:
        yield Finding("limits", good=True, found=f"all {len(found)} limits of the free plans are kept")
    for one in exceeded:
        used = f"{amount(one.used)} of {one.limit.limit} {one.limit.unit}"
        yield Finding("limits", good=False, found=used, remedy=one.count.instead)
