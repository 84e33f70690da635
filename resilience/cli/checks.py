"""Everything that can be checked without an account, all problems together."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pulumi

from resilience import budget, lint
from resilience.budget.workflows import read_workflows
from resilience.core.conventions import WATCHDOG
from resilience.core.problems import BadInputError, Problem, collected
from resilience.export import rendered, write
from resilience.manifest import declare_all
from resilience.model import agreement
from resilience.model.catalogue import Catalogue
from resilience.model.dated import clock
from resilience.model.logs.redaction import Redaction
from resilience.model.settings import SETTINGS_KEY, StackSettings
from resilience.model.stack_file import StackFile, file_of, stacks
from resilience.model.usage import Usage
from resilience.rehearsal.agreement import disagreements, misnamed_boundaries
from resilience.rehearsal.scenario.scenario import SCENARIOS, load_scenarios
from resilience.rehearsal.virtual.boundary import BOUNDARIES, incomplete, load_boundaries
from resilience.tools.binaries import find


def problems_and_warnings(root: Path) -> tuple[list[Problem], list[Problem]]:
    """Of the whole checkout, sorted by place; the program runs only if its input has no problem."""
    found: list[Problem] = []
    catalogue = collected(found, lambda: Catalogue.load(root))
    usage = collected(found, lambda: Usage.load(root))
    collected(found, lambda: Redaction.load(root))
    workflows = collected(found, lambda: read_workflows(root))
    scenarios = collected(found, lambda: load_scenarios(root / SCENARIOS))
    boundaries = collected(found, lambda: load_boundaries(root / BOUNDARIES))
    names = collected(found, lambda: stacks(root)) or []
    loaded = {file_of(name): one for name in names if (one := _settings(name, root, found))}
    found += _other_grafanas(loaded, all_read=len(loaded) == len(names))
    unpinned: list[Problem] = []
    if catalogue and boundaries is not None:
        # The watchdog compares nothing: no fault makes it fire or keeps it quiet.
        pinnable = [alert for alert in catalogue.alerts if alert.id != WATCHDOG]
        unpinned = [problem for alert in pinnable for problem in incomplete(alert, boundaries.get(alert.id))]
    ended: list[Problem] = []
    if catalogue:
        now = clock.now()
        found += [*agreement.long_trials(catalogue, now), *agreement.ended_trials(catalogue, now)]
        if len(loaded) == len(names):
            found += agreement.unknown_environments(catalogue, {one.environment for one in loaded.values()})
        ended = list(agreement.ended_windows(catalogue, now))
        found += [problem for file, one in loaded.items() for problem in agreement.problems(one, catalogue, file)]
    if found or not (catalogue and usage) or scenarios is None or boundaries is None or workflows is None:
        return sorted({*found, *unpinned}), ended
    settings = {name: loaded[file_of(name)] for name in names}
    known = {alert.id for alert in catalogue.alerts}, {one.environment for one in settings.values()}
    misnamed = {*disagreements(scenarios, *known), *misnamed_boundaries(boundaries, *known)}
    declared, warnings = _declared(root, budget.BudgetInput((), settings, catalogue, usage, workflows))
    return sorted({*declared, *unpinned, *misnamed}), sorted([*warnings, *ended])


def _settings(name: str, root: Path, problems: list[Problem]) -> StackSettings | None:
    file = collected(problems, lambda: StackFile.read(name, root))
    return collected(problems, file.settings) if file else None


def _declared(root: Path, read: budget.BudgetInput) -> tuple[list[Problem], list[Problem]]:
    """Problems and warnings that only the program itself and the real tools can find."""
    try:
        with clock.standing(None):  # what is found does not depend on the hour
            manifests = declare_all(tuple(read.settings), root)
    except BadInputError as error:
        return list(error.problems), []
    except pulumi.RunError as error:
        return [Problem("__main__.py", "(whole program)", str(error), "correct what it names")], []
    found = lint.problems(lint.Context(root, read.catalogue, tuple(manifests)))
    exceeded, warnings = budget.problems(replace(read, manifests=manifests))
    found += exceeded
    files = collected(found, lambda: rendered(manifests))
    return found + (list(_tools(files)) if files else []), warnings


def _other_grafanas(found: dict[str, StackSettings], *, all_read: bool) -> Iterator[Problem]:
    """The stacks that name another Grafana than the shared one; a stack that cannot be read may be the shared one."""
    owner = next((file for file, settings in found.items() if settings.shared), None)
    if owner is None:
        if all_read:
            what = "no stack has shared: true"
            yield Problem("Pulumi.production.yaml", SETTINGS_KEY, what, "write it for production")
        return
    for file, settings in found.items():
        for key in ("org", "stack", "region", "api_url"):
            here, there = getattr(settings.grafana, key), getattr(found[owner].grafana, key)
            if here != there and here:
                what = f'"{here}" is not the Grafana of {owner}, "{there}"'
                yield Problem(file, f"{SETTINGS_KEY}.grafana.{key}", what, "write the same")


def _tools(files: dict[str, str]) -> Iterator[Problem]:
    """Problems that promtool and amtool find in the exported files."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(files, folder)
        for command in (("promtool", "check", "rules", "rules.yml"), ("amtool", "check-config", "alertmanager.yml")):
            tool, *arguments = command
            done = subprocess.run([find(tool), *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  # our own files
            if done.returncode:
                what = " ".join((done.stderr or done.stdout).split())
                yield Problem(f"exported {command[-1]}", "(whole file)", what, "correct the catalogue or the component")
