"""What is missing for a real `pulumi up`, and how to fix each; nothing is changed.

What could not be checked (`Finding.known` is false) does not fail the command.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from resilience.account.doctor import backend, declared, github, machine, production, secret_values
from resilience.account.doctor.finding import Finding
from resilience.account.doctor.given import DoctorInput
from resilience.account.doctor.grafana import grafana_com

__all__ = ["Finding", "as_json", "as_text", "examine", "failed"]


def examine(stack: str, root: Path, *, online: bool = True) -> list[Finding]:
    """Check everything; offline, neither grafana.com nor Grafana nor GitHub is contacted."""
    of_backend = list(backend.findings(stack, root))
    findings = [*machine.findings(), *of_backend]
    found, problems = declared.read(stack, root)
    findings += problems
    if found is None:
        return findings
    given = DoctorInput.gather(found, root, of_backend)
    passphrase = backend.needs_passphrase(of_backend)
    findings += secret_values.findings(found.settings, found.file, given.values, passphrase=passphrase)
    findings += [*declared.limits(given.budget), *production.findings(given)]
    if online:
        findings += [*grafana_com.findings(given), *github.findings(given)]
    return findings


def failed(findings: Iterable[Finding]) -> bool:
    """Whether something is known to be missing."""
    return any(not finding.good and finding.known for finding in findings)


def as_json(findings: Iterable[Finding]) -> str:
    """A list of findings."""
    return json.dumps([finding.as_json() for finding in findings], indent=2)


def as_text(findings: Iterable[Finding]) -> str:
    """One line for each: its state, what was found, and how to fix it."""
    return "\n".join(str(finding) for finding in findings)
