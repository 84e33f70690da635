"""Everything that can be judged without an account, all faults at once."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pulumi

from resilience.export import rendered, write
from resilience.export.rules import RULE_GROUP
from resilience.manifest import Manifest, declare, stacks
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.faults import BadInputError, Fault
from resilience.model.settings import SETTINGS_KEY, StackSettings
from resilience.model.yaml_files import read_yaml
from resilience.rehearsal.binaries import run




def faults(root: Path = ROOT) -> list[Fault]:
    """All faults of the checkout, sorted by place; later checks wait until what they need is right."""
    found = [*_catalogue(root), *_stacks(root)]
    if found:
        return sorted(set(found))
    try:
        declared = [declare(name, root) for name in stacks(root)]
        files = rendered(declared)
    except BadInputError as error:
        return list(error.faults)
    except pulumi.RunError as error:
        return [Fault("__main__.py", "(whole program)", str(error), "correct what it names")]
    return sorted({*_limits(declared, Catalogue.load(root)), *_tools(files)})


def _catalogue(root: Path) -> tuple[Fault, ...]:
    try:
        Catalogue.load(root)
    except BadInputError as error:
        return error.faults
    return ()


def _stacks(root: Path) -> Iterator[Fault]:
    """Each stack's settings, and what all of them must say alike."""
    found: dict[str, StackSettings] = {}
    for name in stacks(root):
        file = f"Pulumi.{name}.yaml"
        try:
            config = read_yaml(root / file, file).get("config")
            found[file] = StackSettings.load((config or {}).get(SETTINGS_KEY), file)
        except BadInputError as error:
            yield from error.faults
    yield from _alike(found)


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


def _limits(declared: list[Manifest], catalogue: Catalogue) -> Iterator[Fault]:
    rules = sum(len(group.inputs["rules"]) for manifest in declared for group in manifest.of_type(RULE_GROUP))
    allowed = catalogue.limits["rules"]
    if rules > allowed.limit:
        problem = f"{rules} {allowed.unit}, but the free tier allows {allowed.limit}"
        yield Fault("catalogue/alerts", "(all stacks)", problem, "declare fewer")


def _tools(files: dict[str, str]) -> Iterator[Fault]:
    """What promtool and amtool say of the exported files."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(files, folder)
        for command in (("promtool", "check", "rules", "rules.yml"), ("amtool", "check-config", "alertmanager.yml")):
            done = run(*command, cwd=folder)
            if done.returncode:
                said = " ".join((done.stderr or done.stdout).split())
                yield Fault(f"exported {command[-1]}", "(whole file)", said, "correct the catalogue or the component")
