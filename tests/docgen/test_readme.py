"""The README is true: its commands exist and its links lead to files."""

import re
import subprocess

import pytest

from resilience.cli import main
from resilience.model.catalogue import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_make_command_in_it_is_a_target() -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.MULTILINE))

    assert named - TARGETS == set()


def test_every_resilience_command_in_it_exists() -> None:
    assert set(re.findall(r"`resilience ([a-z]+)", README)) - set(main.commands) == set()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_every_link_into_the_repository_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).exists()


def test_make_help_lists_every_target_with_what_it_does() -> None:
    # Under `make test` the inner make would announce its folders.
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    listed = dict(line.split(maxsplit=2)[1:] for line in done.stdout.splitlines())
    assert set(listed) == TARGETS >= {"help", "demo", "test", "check", "bench", "preview", "up"}


def test_the_two_commands_are_targets_that_need_nothing_prepared() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.search(r"^demo: \$\(READY\)", makefile, re.MULTILINE)
    assert re.search(r"^test: \$\(READY\)", makefile, re.MULTILINE)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_a_help_text(command: str) -> None:
    assert main.commands[command].help
