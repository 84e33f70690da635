"""What a real `pulumi up` needs and this machine lacks; works offline, asks no service."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.faults import BadInputError
from resilience.model.settings import SETTINGS_KEY, StackSettings
from resilience.model.yaml_files import read_yaml

_SECONDS = 20


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, and the command that mends it."""

    subject: str
    good: bool
    found: str
    remedy: str = ""


def examine(stack: str, root: Path = ROOT) -> list[Finding]:
    """Look at everything; nothing is changed and no secret is read."""
    return [_engine(), *_input(stack, root)]


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


def _input(stack: str, root: Path) -> list[Finding]:
    file = f"Pulumi.{stack}.yaml"
    try:
        Catalogue.load(root)
        config = read_yaml(root / file, file).get("config") or {}
        settings = StackSettings.load(config.get(SETTINGS_KEY), file)
    except BadInputError as error:
        return [Finding("input", good=False, found=str(fault), remedy="resilience check") for fault in error.faults]
    return [
        Finding("input", good=True, found=f"{file} and the catalogue are right"),
        *_secrets(settings, config, stack),
    ]


def _secrets(settings: StackSettings, config: dict[str, object], stack: str) -> Iterable[Finding]:
    for secret in settings.required_secrets():
        good = _encrypted(config.get(secret)) or bool(os.environ.get(secret.variable or ""))
        yield Finding(str(secret), good, "is set" if good else "is missing", "" if good else secret.remedy(stack))


def _encrypted(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


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
