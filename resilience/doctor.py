"""What a real `pulumi up` needs and this machine lacks; works offline, asks no service."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from resilience.model.catalogue import Catalogue
from resilience.model.faults import BadInputError
from resilience.model.settings import StackSettings
from resilience.model.stack_file import StackFile, file_of

_SECONDS = 20


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, and the command that mends it."""

    subject: str
    good: bool
    found: str
    remedy: str = ""


def examine(stack: str, root: Path) -> list[Finding]:
    """Look at everything; nothing is changed and no secret is read."""
    return [_engine(), _toolchain(), *_input(stack, root)]


def _engine() -> Finding:
    binary = shutil.which("pulumi")
    if binary is None:
        return Finding(
            "engine", good=False, found="no `pulumi` on PATH", remedy="see pulumi.com/docs/iac/download-install"
        )
    try:
        done = subprocess.run([binary, "version"], capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603  # found on PATH
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(
            "engine", good=False, found=f"`pulumi version` fails ({type(error).__name__})", remedy="reinstall it"
        )
    return Finding("engine", done.returncode == 0, done.stdout.strip() or "`pulumi version` fails", "reinstall it")


def _toolchain() -> Finding:
    """Pulumi installs the locked packages with uv, and looks for it on PATH."""
    good = shutil.which("uv") is not None
    found = "uv is on PATH" if good else "no `uv` on PATH"
    return Finding("toolchain", good, found, "run `make preview` or `make up`, which bring their own")


def _input(stack: str, root: Path) -> list[Finding]:
    try:
        Catalogue.load(root)
        file = StackFile.read(stack, root)
        settings = file.settings()
    except BadInputError as error:
        return [Finding("input", good=False, found=str(fault), remedy="resilience check") for fault in error.faults]
    return [
        Finding("input", good=True, found=f"{file_of(stack)} and the catalogue are right"),
        *_secrets(settings, file),
    ]


def _secrets(settings: StackSettings, file: StackFile) -> Iterable[Finding]:
    for secret in settings.required_secrets():
        good = file.is_encrypted(secret) or bool(os.environ.get(secret.variable or ""))
        yield Finding(str(secret), good, "is set" if good else "is missing", "" if good else secret.remedy(file.stack))


def as_json(findings: Iterable[Finding]) -> str:
    """A list of findings."""
    return json.dumps([asdict(finding) for finding in findings], indent=2)


def as_text(findings: Iterable[Finding]) -> str:
    """A line each: what, how it stands, and the remedy."""
    lines = []
    for finding in findings:
        remedy = "" if finding.good or not finding.remedy else f"; {finding.remedy}"
        lines.append(f"{'ok     ' if finding.good else 'MISSING'}  {finding.subject}: {finding.found}{remedy}")
    return "\n".join(lines)
