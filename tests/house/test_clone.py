"""After the bootstrap, and for another account, the tests pass too: they depend on none of our names and secrets."""

import sys
from pathlib import Path

import pytest

from tests.clone import Clone

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

    clone.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CORE)


@pytest.mark.integration
def test_a_new_environment_is_one_file_for_the_probe_too(tmp_path: Path) -> None:
    clone = Clone.of_checkout(tmp_path / "clone")
    clone.add_environment("staging")

    clone.run(sys.executable, "-m", "cogapp", "-r", "probe/targets.toml")

    assert '"https://staging.example.com/ready"' in (clone.folder / "probe/targets.toml").read_text(encoding="utf-8")
