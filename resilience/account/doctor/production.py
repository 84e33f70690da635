"""What another environment reads of production, which must be applied first."""

from collections.abc import Iterator

from resilience.account.doctor import backend, state
from resilience.account.doctor.finding import Finding, unknown
from resilience.account.doctor.given import DoctorInput
from resilience.core.conventions import CHECKS_TOKEN, PRODUCTION


def findings(given: DoctorInput) -> Iterator[Finding]:
    """Whether production has the output; its value is encrypted in the state, and not read."""
    settings, stack = given.stack.settings, given.stack.file.stack
    if settings.shared or not settings.uptime.outside:
        return
    organisation, slash, _ = stack.rpartition("/")
    name = f"{organisation}{slash}{PRODUCTION}"
    exists = backend.exists(name, given.root)
    held = state.read(name, given.root) if exists else None
    if exists is None or (exists and held is None):
        yield unknown("production", "Pulumi cannot be asked for its outputs")
        return
    good = held is not None and CHECKS_TOKEN in held.outputs
    found = f"has {'the' if good else 'no'} output {CHECKS_TOKEN}{'' if good else ' yet'}"
    yield Finding("production", good, found, f"run `make up STACK={PRODUCTION}`")
