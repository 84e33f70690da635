"""What a real `pulumi up` needs and is not there, each with what mends it; nothing is changed.

Attributes:
    Finding.known: false when nobody could be asked; that alone fails no examination.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from resilience.account.doctor import backend, declared, github, grafana_com, machine
from resilience.account.doctor.finding import Finding

__all__ = ["Finding", "as_json", "as_text", "examine", "failed"]


def examine(stack: str, root: Path, *, online: bool = True) -> list[Finding]:
    """Look at everything. Offline, no service is asked, and no secret is read."""
    findings = [*machine.findings(), *backend.findings(stack, root)]
    settings, file, judged = declared.read(stack, root)
    findings += judged
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
    """A line each: what, how it stands, and the remedy."""
    return "\n".join(str(finding) for finding in findings)
