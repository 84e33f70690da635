"""A plan for tests: the real limits, with targets and owners of its own."""

from dataclasses import replace

from probe.targets import OwnerHours, Plan, Target

READY = Target(
    name="production-ready",
    environment="production",
    owner="ann",
    runbook="production-unreachable",
    url="https://app.example.com/ready",
    expects="ready",
    worst="P1",
)
DATA = replace(
    READY,
    name="production-data",
    runbook="smoke-test-failing",
    url="https://app.example.com/api/v1/findings?limit=1",
    expects="findings",
    worst="P2",
    explained_by="production-ready",
)
DEV = replace(READY, name="dev-ready", environment="dev", url="https://dev.example.com/ready", worst="P3")
PLAN = replace(
    Plan.load(),
    targets=(READY, DATA, DEV),
    owners={"ann": OwnerHours("Europe/Berlin", "monday:friday", "09:00", "18:00")},
    runbooks="https://example.com/runbooks",
)
