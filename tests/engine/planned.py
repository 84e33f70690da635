"""`make plan-local BASE=…`: what the real engine would change after another checkout was applied, without an account.

Doubles of the providers apply every stack of the base; then the engine plans this checkout on the same state. So a pull
request of anybody gets a plan, in the engine's words: what is replaced, in which order, and what is deleted.
"""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import yaml

from resilience.model.catalogue import ROOT
from resilience.model.settings import SETTINGS_KEY
from resilience.model.stack_file import file_of, stacks
from resilience.review.comment import body
from tests.engine.binary import find
from tests.engine.doubled import NOWHERE, DoubledProject, doubled, hosted
from tests.engine.project import redirected

FOLDER = ROOT / "build/planned"
HEAD = "### What the engine would change, with doubles of every API in place of the account\n"


def main(base: Path) -> int:
    """Print the plan as Markdown; return 1 if there is no engine."""
    if (engine := find(os.environ)) is None:
        print("Not planned: there is no `pulumi`; run `make engine-cli`", file=sys.stderr)  # noqa: T201  # this is a command
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    with doubled(FOLDER, engine) as project:
        print(planned(base, project))  # noqa: T201  # this is a command
    return 0


def planned(base: Path, project: DoubledProject) -> str:
    """What the project would change of what the base declares."""
    old = applied(base, project)
    plans = [(stack, plan(stack, old, project)) for stack in stacks(project.folder)]
    return HEAD + body(plans).partition("\n")[2]


def applied(base: Path, project: DoubledProject) -> DoubledProject:
    """Every stack of the base, applied to the doubles and the state of the project."""
    folder = project.state.parent / "base"
    redirected(folder, base, NOWHERE)
    with hosted(folder, project.environment) as port:
        old = replace(project, folder=folder, client=f"127.0.0.1:{port}")
        for stack in stacks(folder):
            old.start(stack)
            old.up(stack)
    return old


def plan(stack: str, old: DoubledProject, project: DoubledProject) -> Path:
    """The file with the engine's plan for a stack."""
    if stack in stacks(old.folder):
        keep_secrets(old.folder / file_of(stack), project.folder / file_of(stack))
    else:
        project.start(stack)
    path = project.state.parent / f"plan-{stack}.json"
    path.write_text(project.pulumi("preview", "--json", "--stack", stack).out, encoding="utf-8")
    return path


def keep_secrets(old: Path, new: Path) -> None:
    """Give the new file of a stack the secrets, and their key, that were set in the old one."""
    before, after = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (old, new))
    config = before["config"] | {SETTINGS_KEY: after["config"][SETTINGS_KEY]}
    new.write_text(yaml.safe_dump(before | {"config": config}, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
