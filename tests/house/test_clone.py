"""After the bootstrap, and for another account, the tests pass too: they depend on none of our names and secrets."""

import json
import sys
from typing import Any

import pytest

from resilience.core.conventions import Tier
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import Catalogue
from resilience.model.stack_file import stacks
from resilience.tools.alertmanager import receivers
from tests.clone import Clone

# The files that failed most often on such a clone. All of them would take minutes.
CORE = [
    "tests/golden/test_golden.py",
    "tests/program/test_outputs.py",
    "tests/program/test_canaries.py::test_a_secret_that_is_written_in_clear_is_rejected_without_being_shown",
    "tests/model/test_stack_file.py",
    "tests/docs/test_links.py",
]
# Hypothesis would be imported for its summary alone.
WITHOUT = [f"-pno:{name}" for name in ("cacheprovider", "randomly", "hypothesispytest")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone with other names and people, and with encrypted secrets."""
    made = Clone.of_checkout(tmp_path_factory.mktemp("clone") / "clone")
    made.rename()
    made.encrypt()
    return made


@pytest.fixture(scope="module")
def done(clone: Clone) -> dict[str, Any]:
    """What `clone_steps.py` prints; that the tests pass there, too."""
    command = (sys.executable, "-m", "tests.house.clone_steps", "-q", *WITHOUT, *CORE)
    found: dict[str, Any] = json.loads(clone.run(*command).splitlines()[-1])
    return found


@pytest.mark.integration
def test_the_tests_pass_with_other_names_and_people_and_with_encrypted_secrets(done: dict[str, Any]) -> None:
    assert done["golden"]


@pytest.mark.integration
def test_an_environment_is_added_with_one_file_and_removed_with_it(clone: Clone, done: dict[str, Any]) -> None:
    """`tests/engine/test_environments.py` applies and destroys one."""
    added, removed = done["added"], done["removed"]
    assert json.loads(added["stacks"]) == [*stacks(), "staging"]
    assert added["check"] == "No problems found.\n"
    assert {one["stack"] for one in json.loads(added["manifest"])} == {*stacks(), "staging"}
    counted = [one["contributions"] for one in json.loads(added["budget"])]
    assert {"name": "sv0-staging-ready", "amount": 4464} in [one for line in counted for one in line]
    owners = Catalogue.load(clone.folder).owners
    alerts = [{"tier": tier, "environment": "staging", "owner": owner} for tier in Tier for owner in owners]
    tree = read_own((clone.folder / "build/exported/alertmanager.yml").read_text(encoding="utf-8"))["route"]
    assert receivers(tree, alerts) == [["slack-deploys"]] * len(alerts)
    assert '"https://staging.example.com/ready"' in added["targets"]

    assert json.loads(removed["stacks"]) == stacks()
    assert removed["difference"] == ""
