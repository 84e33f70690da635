"""The built service kit: without Node its tests are skipped, and in CI they fail."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT

REFERENCE = ROOT / "service-kit" / "build" / "reference"
BUILD_SECONDS = 300
OLDEST = (20, 19)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of the reference programs, built."""
    if _node() < OLDEST:
        _skip_or_fail("the service kit needs Node 20.19 or newer")
    # Two pytest workers must not build at the same time.
    (ROOT / ".tools").mkdir(exist_ok=True)
    with (ROOT / ".tools" / "service-kit.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = ["make", "--no-print-directory", "service-kit/build/.ready"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return REFERENCE


def _node() -> tuple[int, ...]:
    """The version of Node; empty if it is not installed."""
    node = shutil.which("node")
    if node is None:
        return ()
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in version.strip().lstrip("v").split(".")[:2])


def _skip_or_fail(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
