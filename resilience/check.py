"""Everything that can be judged without an account, all faults at once."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pulumi

from resilience import budget
from resilience.budget.workflows import read_workflows
from resilience.export import rendered, write
from resilience.lint import Declared, findings
from resilience.manifest import declare_all
from resilience.model.agreement import refusals
from resilience.model.catalogue import Catalogue
from resilience.model.faults import BadInputError, Fault, collected
from resilience.model.settings import SETTINGS_KEY, StackSettings
from resilience.model.stack_file import StackFile, file_of, stacks
from resilience.model.usage import Usage
from resilience.rehearsal.binaries import find


def faults(root: Path) -> list[Fault]:
    """All faults of the checkout, sorted by place; later checks wait until what they need is right."""
    found: list[Fault] = []
    catalogue = collected(found, lambda: Catalogue.load(root))
    usage = collected(found, lambda: Usage.load(root))
    workflows = collected(found, lambda: read_workflows(root))
    names = collected(found, lambda: stacks(root)) or []
    loaded = {file_of(name): one for name in names if (one := _settings(name, root, found))}
    found += _alike(loaded)
    if catalogue:
        found += [fault for file, one in loaded.items() for fault in refusals(one, catalogue, file)]
    if found or not (catalogue and usage) or workflows is None:
        return sorted(set(found))
    settings = {name: loaded[file_of(name)] for name in names}
    return sorted(set(_declared(root, budget.Facts((), settings, catalogue, usage, workflows))))


def _settings(name: str, root: Path, faults: list[Fault]) -> StackSettings | None:
    file = collected(faults, lambda: StackFile.read(name, root))
    return collected(faults, file.settings) if file else None


def _declared(root: Path, read: budget.Facts) -> list[Fault]:
    """What only the program itself and the real tools can tell."""
    try:
        manifests = declare_all(tuple(read.settings), root)
    except BadInputError as error:
        return list(error.faults)
    except pulumi.RunError as error:
        return [Fault("__main__.py", "(whole program)", str(error), "correct what it names")]
    found = findings(Declared(root, read.catalogue, tuple(manifests)))
    found += budget.faults(replace(read, manifests=manifests))
    files = collected(found, lambda: rendered(manifests))
    return found + (list(_tools(files)) if files else [])


def _alike(found: dict[str, StackSettings]) -> Iterator[Fault]:
    owner = next((file for file, settings in found.items() if settings.shared), None)
    if owner is None:
        yield Fault("Pulumi.production.yaml", SETTINGS_KEY, "no stack has shared: true", "write it for production")
        return
    for file, settings in found.items():
        for key in ("org", "stack", "region", "api_url"):
            here, there = getattr(settings.grafana, key), getattr(found[owner].grafana, key)
            if here != there:
                problem = f'"{here}" is another Grafana than "{there}" in {owner}'
                yield Fault(file, f"{SETTINGS_KEY}.grafana.{key}", problem, "write the same")


def _tools(files: dict[str, str]) -> Iterator[Fault]:
    """What promtool and amtool say of the exported files."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(files, folder)
        for command in (("promtool", "check", "rules", "rules.yml"), ("amtool", "check-config", "alertmanager.yml")):
            tool, *arguments = command
            done = subprocess.run([find(tool), *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  # our own files
            if done.returncode:
                said = " ".join((done.stderr or done.stdout).split())
                yield Fault(f"exported {command[-1]}", "(whole file)", said, "correct the catalogue or the component")
