"""After the bootstrap, and for another account, the tests pass too: they depend on none of our names and secrets."""

import json
import sys
from pathlib import Path

import pytest

from resilience.core.conventions import Tier
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import Catalogue
from resilience.model.stack_file import file_of, stacks
from resilience.tools.alertmanager import receivers
from tests.clone import Clone

GENERATED = ("probe/targets.toml", "README.md")

# Most of the time of a command is its start and the program, so both happen once for all of a test.
_ONCE = """
import json, runpy, shlex, sys
from functools import cache
from pathlib import Path
import pytest
from click.testing import CliRunner
from cogapp import Cog
from resilience.cli import main
from resilience import manifest
from resilience.manifest import program
declare, declared = program.declare, cache(program.declare)
def once(name, root=program.ROOT, **other):
    return declare(name, root, **other) if other else declared(name, root)
manifest.declare = program.declare = once
def cog(*arguments):
    assert Cog().main(["cog", *arguments]) == 0
"""
_GOLDEN_AND_TESTS = f"""{_ONCE}
for line in sys.argv[1].splitlines():
    match shlex.split(line):
        case [".venv/bin/python", "-m", module]:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case [".venv/bin/cog", *arguments]:
            cog(*arguments)
sys.exit(pytest.main(sys.argv[2:]))
"""
_ADDED_AND_REMOVED = f"""{_ONCE}
def printed(command):
    done = CliRunner().invoke(main, shlex.split(command))
    assert done.exit_code == 0, (command, done.output)
    return done.stdout
def generated():
    cog("-r", "--verbosity=0", {", ".join(map(repr, GENERATED))})
    return Path({GENERATED[0]!r}).read_text("utf-8")
found = [generated(), *map(printed, sys.argv[2:])]
Path(sys.argv[1]).unlink()
del sys.modules["resilience.docgen.blocks"]  # it keeps what it has read
generated()
print(json.dumps([*found, printed("stacks --json")]))
"""

# The files that failed most often on such a clone. All of them would take minutes.
CORE = [
    "tests/golden/test_golden.py",
    "tests/program/test_outputs.py",
    "tests/program/test_canaries.py::test_a_secret_that_is_written_in_clear_is_rejected_without_being_shown",
    "tests/model/test_stack_file.py",
    "tests/docs/test_links.py",
]
# Hypothesis would be imported for its summary alone.
_WITHOUT = [f"-pno:{name}" for name in ("cacheprovider", "xdist", "randomly", "hypothesispytest")]


@pytest.mark.integration
def test_the_tests_pass_with_other_names_and_people_and_with_encrypted_secrets(tmp_path: Path) -> None:
    clone = Clone.of_checkout(tmp_path / "clone")
    clone.rename()
    clone.encrypt()

    clone.run(sys.executable, "-c", _GOLDEN_AND_TESTS, clone.golden(), "-q", *_WITHOUT, *CORE)
    assert clone.run("git", "diff", "--name-only", "tests/golden/files")


@pytest.mark.integration
def test_an_environment_is_added_with_one_file_and_removed_with_it(tmp_path: Path) -> None:
    """`tests/engine/test_environments.py` applies and destroys one."""
    clone = Clone.of_checkout(tmp_path / "clone")
    clone.add_environment("staging")

    commands = ("stacks --json", "check", "manifest --json", "budget --json", f"export --out {tmp_path / 'out'}")
    targets, listed, checked, manifest, budget, _, left = json.loads(
        clone.run(sys.executable, "-c", _ADDED_AND_REMOVED, file_of("staging"), *commands)
    )
    assert json.loads(listed) == [*stacks(), "staging"]
    assert checked == "No problems found.\n"
    assert {one["stack"] for one in json.loads(manifest)} == {*stacks(), "staging"}
    counted = [one["contributions"] for one in json.loads(budget)]
    assert {"name": "sv0-staging-ready", "amount": 4464} in [one for line in counted for one in line]
    alerts = [
        {"tier": tier, "environment": "staging", "owner": owner} for tier in Tier for owner in Catalogue.load().owners
    ]
    tree = read_own((tmp_path / "out/alertmanager.yml").read_text(encoding="utf-8"))["route"]
    assert receivers(tree, alerts) == [["slack-deploys"]] * len(alerts)
    assert '"https://staging.example.com/ready"' in targets

    assert json.loads(left) == stacks()
    assert clone.run("git", "diff", "--stat") == ""
