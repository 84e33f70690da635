"""The outside checks of an environment. What they cost, `resilience budget` counts where they are declared."""

from dataclasses import dataclass

from resilience.core.durations import seconds
from resilience.model.settings import StackSettings

TIMEOUT = 10
"""Seconds that a check may take; every begun minute of it would count as an execution."""

READY = "/ready"
FINDINGS = "/api/v1/findings?limit=1"


@dataclass(frozen=True, kw_only=True)
class OutsideCheck:
    """One check; `every` in seconds, `tenant` only where data is read."""

    kind: str
    job: str
    url: str
    every: int
    places: tuple[str, ...]
    tenant: str = ""


def outside_checks(settings: StackSettings) -> tuple[OutsideCheck, ...]:
    """What is asked from outside; the rules know the checks by `job`."""
    url, data = settings.uptime.url, settings.uptime.data
    plans = [("ready", READY, settings.ready, ""), *([("data", FINDINGS, data, data.tenant)] if data else [])]
    return tuple(
        OutsideCheck(
            kind=kind,
            job=f"{settings.uid}-{kind}",
            url=url + path,
            every=int(seconds(schedule.every)),
            places=schedule.places,
            tenant=tenant,
        )
        for kind, path, schedule, tenant in plans
    )
