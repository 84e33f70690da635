"""The built service kit: without Node its tests are skipped, and in CI they fail."""

import subprocess
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT
from tests.node import need_node

REFERENCE = ROOT / "service-kit" / "build" / "reference"
BUILD_SECONDS = 300


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of the reference programs, built."""
    need_node("tests of the service kit")
    command = ["make", "--no-print-directory", "service-kit/build/.ready"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return REFERENCE
