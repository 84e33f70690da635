"""After the bootstrap, and for another account, the tests pass too: they depend on none of our names and secrets."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.core.conventions import Tier
from resilience.model.catalogue import Catalogue
from resilience.model.stack_file import file_of, stacks
from resilience.tools.alertmanager import receivers
from tests.clone import Clone

GENERATED = ("probe/targets.toml", "README.md")

_COMMANDS = f"""
import json, sys
from functools import cache
from click.testing import CliRunner
from cogapp import Cog
from resilience.cli import main
from resilience.manifest import program
program.declare = cache(program.declare)
assert Cog().main(["cog", "-r", "--verbosity=0", {", ".join(map(repr, GENERATED))}]) == 0
done = [CliRunner().invoke(main, command.split()) for command in sys.argv[1:]]
print(json.dumps([{{"code": one.exit_code, "out": one.stdout, "err": one.stderr}} for one in done]))
"""
"""Most of the time of a command is its start and the program, so both happen once: nothing changes meanwhile."""

# The files that failed most often on such a clone. All of them would take minutes.
CORE = [
    "tests/golden/test_golden.py",
    "tests/program/test_outputs.py",
    "tests/program/test_canaries.py::test_a_secret_that_is_written_in_clear_is_rejected_without_being_shown",
    "tests/model/test_stack_file.py",
    "tests/docs/test_links.py",
]


@pytest.mark.integration
def test_the_tests_pass_with_other_names_and_people_and_with_encrypted_secrets(tmp_path: Path) -> None:
    clone = Clone.of_checkout(tmp_path / "clone")
    clone.rename()
    clone.encrypt()
    clone.rewrite_golden()

    without = [part for name in ("cacheprovider", "xdist", "randomly") for part in ("-p", f"no:{name}")]
    clone.run(sys.executable, "-m", "pytest", "-q", *without, *CORE)


@pytest.mark.integration
def test_an_environment_is_added_with_one_file_and_removed_with_it(tmp_path: Path) -> None:
    """`tests/engine/test_environments.py` applies and destroys one."""
    clone = Clone.of_checkout(tmp_path / "clone")
    clone.add_environment("staging")

    commands = ("stacks --json", "check", "manifest --json", "budget --json", f"export --out {tmp_path / 'out'}")
    listed, checked, manifest, budget, _ = resilience(clone, *commands)
    assert json.loads(listed) == [*stacks(), "staging"]
    assert checked == "No problems found.\n"
    assert {one["stack"] for one in json.loads(manifest)} == {*stacks(), "staging"}
    counted = [one["contributions"] for one in json.loads(budget)]
    assert {"name": "sv0-staging-ready", "amount": 4464} in [one for line in counted for one in line]
    alerts = [
        {"tier": tier, "environment": "staging", "owner": owner} for tier in Tier for owner in Catalogue.load().owners
    ]
    tree = yaml.safe_load((tmp_path / "out/alertmanager.yml").read_text(encoding="utf-8"))["route"]
    assert receivers(tree, alerts) == [["slack-deploys"]] * len(alerts)
    assert '"https://staging.example.com/ready"' in (clone.folder / GENERATED[0]).read_text(encoding="utf-8")

    (clone.folder / file_of("staging")).unlink()
    assert json.loads(*resilience(clone, "stacks --json")) == stacks()
    assert clone.run("git", "diff", "--stat") == ""


def resilience(clone: Clone, *commands: str) -> list[str]:
    """What each command prints after cog wrote the generated blocks, in one process of the clone."""
    found: list[dict[str, Any]] = json.loads(clone.run(sys.executable, "-c", _COMMANDS, *commands))
    assert [one["code"] for one in found] == [0] * len(commands), found
    return [str(one["out"]) for one in found]
