"""`make up-local`: every stack on the real engine, without an account.

Where `pulumi` has its provider plugins, the real providers apply to a stand-in, which then runs until
Ctrl-C. Elsewhere doubles of the providers take their place.
"""

import json
import os
import shutil
import sys
import threading
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from resilience.manifest.model import STACK_TYPE
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import stacks
from tests.engine import live
from tests.engine.binary import find
from tests.engine.doubled import doubled
from tests.engine.project import CANARIES, Project, missing, settings
from tests.standin.__main__ import options
from tests.standin.server import running

FOLDER = ROOT / "build/local"


def main() -> int:
    """Apply every stack, show what was applied; return 1 if there is no engine."""
    console = Console()
    if (engine := find(os.environ)) is None:
        print("Not applied: there is no `pulumi`; run `make engine-cli`", file=sys.stderr)  # noqa: T201  # this is a command
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    if reason := missing(os.environ):
        console.print(f"Doubles take the place of the providers: {reason}")
        with doubled(FOLDER, engine) as project:
            _apply(project, console)
            with live.copied(project) as grafana:
                _verify(project, grafana, console)
    else:
        _serve(console)
    return 0


def _serve(console: Console) -> None:
    with running(options(ROOT, None)) as standin:
        project = Project.cloned(FOLDER, standin.state.base)
        _apply(project, console)
        _verify(project, live.of(standin), console)
        console.print(f"Everything is at {standin.state.base} until Ctrl-C, and its state at /_state.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def _apply(project: Project, console: Console) -> None:
    names = stacks(project.folder)
    for name in names:
        with console.status(f"pulumi up --stack {name}"):
            secrets = settings(name).required_secrets()
            project.init(name, {one: CANARIES.get(one, "https://hooks.example.invalid/x") for one in secrets})
            project.good("up", "--yes", "--skip-preview", "--stack", name)
        console.print(f"Applied {name}.")
    console.print(applied(project, names), *(outputs(project, name) for name in names))
    console.print(_where(project), soft_wrap=True)


def _verify(project: Project, grafana: live.LiveGrafana, console: Console) -> None:
    """The last step of `make up`, too."""
    found = live.differences(project, grafana)
    console.print("\n".join(map(str, found)) or "What is live is what is declared.", markup=False, soft_wrap=True)


def applied(project: Project, names: list[str]) -> Table:
    """How many resources of each type each stack has."""
    table = Table("resource", *names, title="What was applied", title_justify="left")
    counts = {name: Counter(_types(project, name)) for name in names}
    for type_ in sorted({one for found in counts.values() for one in found}):
        table.add_row(type_, *(str(counts[name][type_] or "") for name in names))
    table.add_section()
    table.add_row("all", *(str(counts[name].total()) for name in names))
    return table


def _types(project: Project, name: str) -> list[str]:
    """The types of a stack's resources, without components and providers."""
    listed = json.loads(project.good("stack", "export", "--stack", name))["deployment"]["resources"]
    apart = (STACK_TYPE.partition(":")[0], "sv0")
    return [one["type"].rpartition(":")[2] for one in listed if not one["type"].startswith(apart)]


def outputs(project: Project, name: str) -> Table:
    """The outputs of a stack, secrets masked; of links and lists only how many there are."""
    table = Table("output", title=f"Outputs of {name}", title_justify="left")
    table.add_column("value", overflow="fold")
    for key, value in project.json("stack", "output", "--stack", name).items():
        table.add_row(key, escape(value) if isinstance(value, str) else f"{len(value)} values")
    return table


def _where(project: Project) -> str:
    """How to ask the engine about what was applied."""
    engine = shutil.which("pulumi", path=project.environment["PATH"])
    variables = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_HOME")
    shell = " ".join(f"{key}='{project.environment[key]}'" for key in variables if key in project.environment)
    folder = os.path.relpath(project.folder, Path.cwd())
    return f"Look at the state: (cd {folder} && {shell} {engine} stack --show-urns --stack dev)"


if __name__ == "__main__":
    sys.exit(main())
