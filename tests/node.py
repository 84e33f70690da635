"""Tests that need Node are skipped without it; in CI they fail."""

import os
import shutil
import subprocess

import pytest

OLDEST = (20, 19)


def need_node(who: str) -> None:
    """Return if Node 20.19 or newer is on PATH."""
    if _version() >= OLDEST:
        return
    reason = f"{who} need Node 20.19 or newer"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _version() -> tuple[int, ...]:
    """Empty when Node is not there."""
    node = shutil.which("node")
    if node is None:
        return ()
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in version.strip().lstrip("v").split(".")[:2])
