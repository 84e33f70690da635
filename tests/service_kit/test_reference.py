"""The reference API in Node keeps the telemetry contract."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from resilience.cli import main

STOP_SECONDS = 10


@pytest.fixture
def address(reference: Path) -> Iterator[str]:
    """The address of a running reference API."""
    command = ["node", str(reference / "main.js")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        yield f"http://127.0.0.1:{json.loads(program.stdout.readline())['port']}"
        program.terminate()
        program.wait(STOP_SECONDS)


def test_it_keeps_the_telemetry_contract(address: str) -> None:
    for path in ("/health", "/ready", "/api/v1/findings"):
        with urllib.request.urlopen(f"{address}{path}", timeout=STOP_SECONDS) as answer:  # noqa: S310 - the loopback
            assert answer.status == 200

    result = CliRunner().invoke(main, ["contract", f"{address}/metrics"])

    assert (result.exit_code, result.stderr) == (0, "")
