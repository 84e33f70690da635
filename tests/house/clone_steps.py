"""What `test_clone.py` does within a clone: one process, because most of the time of a command is its start.

Its arguments are what pytest runs after `make golden`. Prints what happened as JSON in the last line.
"""

import json
import runpy
import shlex
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cogapp import Cog  # type: ignore[import-untyped]  # has no types

from resilience import manifest
from resilience.cli import main
from resilience.manifest import Manifest, program
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import file_of
from tests.clone import Clone

GENERATED = ("probe/targets.toml", "README.md")
COMMANDS = ("stacks --json", "check", "manifest --json", "budget --json", "export --out build/exported")


def once(declare: Callable[..., Manifest]) -> Callable[..., Manifest]:
    """Declares each stack once, as long as nothing is changed for it."""
    kept = cache(declare)

    def declared(name: str, root: Path = ROOT, **changed: Any) -> Manifest:
        return declare(name, root, **changed) if changed else kept(name, root)

    return declared


def make_golden(clone: Clone) -> None:
    """The commands of `make golden`, in this process."""
    for line in clone.golden().splitlines():
        match shlex.split(line):
            case [".venv/bin/python", "-m", module]:
                runpy.run_module(module, run_name="__main__", alter_sys=True)
            case [".venv/bin/cog", *arguments]:
                cog(*arguments)


def cog(*arguments: str) -> None:
    """Rewrite the generated parts of files."""
    sys.modules.pop("resilience.docgen.blocks", None)  # it keeps what it has read
    assert Cog().main(["cog", *arguments]) == 0


def printed(command: str) -> str:
    """What a command of `resilience` prints."""
    done = CliRunner().invoke(main, shlex.split(command))
    assert done.exit_code == 0, (command, done.output)
    return done.stdout


def targets() -> str:
    """The addresses that the probe asks, as they are generated now."""
    cog("-r", "--verbosity=0", *GENERATED)
    return Path(GENERATED[0]).read_text("utf-8")


def steps(clone: Clone) -> dict[str, Any]:
    """Let `make golden` and the tests run, then add an environment and remove it."""
    make_golden(clone)
    golden = clone.run("git", "diff", "--name-only", "tests/golden/files")
    if failed := pytest.main(sys.argv[1:]):
        sys.exit(failed)
    clone.run("git", "add", "--all")
    clone.add_environment("staging")
    added = {"targets": targets()} | {command.partition(" ")[0]: printed(command) for command in COMMANDS}
    (clone.folder / file_of("staging")).unlink()
    targets()
    removed = {"stacks": printed(COMMANDS[0]), "difference": clone.run("git", "diff", "--stat")}
    return {"golden": golden, "added": added, "removed": removed}


if __name__ == "__main__":
    manifest.declare = program.declare = once(program.declare)
    print(json.dumps(steps(Clone(ROOT))))  # noqa: T201  # the caller reads this line
