"""Which `pulumi` the tests use, and what is said where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from resilience.account.doctor import machine
from tests.engine.binary import OLDEST, ROOT, built, find, version


def command(folder: Path, printed: str) -> dict[str, str]:
    """A PATH with a `pulumi` that prints this."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pulumi").write_text(f"#!/bin/sh\necho {printed}\n")
    (folder / "pulumi").chmod(0o755)
    return {"PATH": str(folder)}


@pytest.mark.parametrize("printed", ["v3.259.0", "v3.274.1", "v4.0.0", "v3.300.0-alpha.1"])
def test_a_new_enough_engine_on_the_path_is_used(tmp_path: Path, printed: str) -> None:
    assert find(command(tmp_path / "bin", printed), tmp_path) == tmp_path / "bin/pulumi"


@pytest.mark.parametrize("printed", ["v3.258.9", "v2.999.0", "nothing known"])
def test_an_older_one_is_not(tmp_path: Path, printed: str) -> None:
    assert find(command(tmp_path / "bin", printed), tmp_path) is None


def test_the_built_one_is_used_where_the_path_has_none(tmp_path: Path) -> None:
    command(built(tmp_path).parent, "anything")

    assert find({"PATH": ""}, tmp_path) == tmp_path / f"pulumi-{version()}/pulumi"


def test_without_an_engine_and_without_go_one_sentence_says_what_is_missing(tmp_path: Path) -> None:
    for name in ("tests/engine/binary.py", "tests/engine/cli/go.mod"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    script = [sys.executable, "tests/engine/binary.py"]
    done = subprocess.run(
        script, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert done.stderr == "The engine needs `pulumi` 3.259 or newer on PATH, or Go to build it: see go.dev/dl\n"


def test_the_oldest_engine_is_the_one_that_the_doctor_demands() -> None:
    assert machine.OLDEST == OLDEST
