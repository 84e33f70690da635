"""Runs the `pulumi` on PATH, with a deadline and without prompts."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from resilience.core import json_texts
from resilience.core.problems import BadInputError

_SECONDS = 20


def output(*arguments: str, root: Path | None = None) -> str | None:
    """Its output without the last newline; None if there is no `pulumi`, it fails, or takes too long."""
    binary = shutil.which("pulumi")
    if binary is None:
        return None
    command = [binary, *arguments, "--non-interactive"] if arguments != ("version",) else [binary, "version"]
    try:
        done = subprocess.run(  # noqa: S603  # found on PATH
            command, cwd=root, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def loaded(*arguments: str, root: Path) -> Any:
    """Its output as JSON; None if there is none."""
    try:
        return json_texts.loaded(output(*arguments, root=root) or "", "pulumi", "")
    except BadInputError:
        return None


def json_object(*arguments: str, root: Path) -> dict[str, Any]:
    """Its output, which is a JSON object; empty if it is not."""
    found = loaded(*arguments, root=root)
    return found if isinstance(found, dict) else {}
