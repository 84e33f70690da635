"""What is missing for a real `pulumi up`, and how to fix each; nothing is changed.

What could not be checked (`Finding.known` is false) does not fail the command.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from resilience.account.doctor import backend, declared, github, grafana_com, machine
from resilience.account.doctor.finding import Finding

__all__ = ["Finding", "as_json", "as_text", "examine", "failed"]


def examine(stack: str, root: Path, *, online: bool = True) -> list[Finding]:
    """Check everything; offline, no service is contacted and no secret is read."""
    findings = [*machine.findings(), *backend.findings(stack, root)]
    settings, file, found = declared.read(stack, root)
    findings += found
    if settings is None or file is None:
        return findings
    findings += [*declared.secrets(settings, file), *declared.limits(root)]
    if online:
        findings += [*grafana_com.findings(settings, file, root), *github.findings(settings, file, root)]
    return findings


def failed(findings: Iterable[Finding]) -> bool:
    """Whether something is known to be missing."""
    return any(not finding.good and finding.known for finding in findings)


def as_json(findings: Iterable[Finding]) -> str:
    """A list of findings."""
    return json.dumps([asdict(finding) for finding in findings], indent=2)


def as_text(findings: Iterable[Finding]) -> str:
    """One line for each: its state, what was found, and how to fix it."""
    return "\n".join(str(finding) for finding in findings)
