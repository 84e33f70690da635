"""`deploy/observability.sh` writes the tokens to files, and `docker compose` does not get them."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT

SCRIPT = ROOT / "deploy" / "observability.sh"
GIVEN = {"SV0_ENVIRONMENT": "dev", "GRAFANA_LOKI_TOKEN": "glc_$LOKI 'x'", "GRAFANA_PROM_TOKEN": "glc_PROM"}


def start(tmp_path: Path, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the script with a `docker` that prints its arguments and its environment."""
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nenv\n')
    docker.chmod(0o755)
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path), **given}
    return subprocess.run(["sh", SCRIPT, "up", "-d"], env=environment, capture_output=True, text=True, check=False)


def test_the_tokens_become_files_that_only_their_owner_can_read(tmp_path: Path) -> None:
    assert start(tmp_path, GIVEN).returncode == 0

    folder = tmp_path / ".sv0-dev"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "grafana_loki_token": "glc_$LOKI 'x'",
        "grafana_prom_token": "glc_PROM",
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_compose_gets_both_files_its_arguments_and_no_token(tmp_path: Path) -> None:
    lines = start(tmp_path, GIVEN).stdout.splitlines()

    overlay = ROOT / "deploy/compose/observability.yml"
    assert lines[:7] == ["compose", "-f", "docker-compose.deploy.yml", "-f", str(overlay), "up", "-d"]
    assert {f"SV0_RESILIENCE={ROOT}", f"SV0_SECRETS={tmp_path}/.sv0-dev"} <= set(lines)
    assert "glc_" not in "".join(lines)


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_a_missing_variable_is_named_and_nothing_starts(tmp_path: Path, missing: str) -> None:
    done = start(tmp_path, {name: text for name, text in GIVEN.items() if name != missing})

    assert (done.returncode, done.stdout) != (0, "")
    assert re.search(rf"{missing}: set it with resilience env", done.stderr)
    assert done.stdout == ""
