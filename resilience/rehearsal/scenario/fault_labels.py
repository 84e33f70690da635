"""A short label for each fault, for the report."""

from collections.abc import Callable
from typing import Any

from resilience.core.durations import clock_face
from resilience.rehearsal.scenario import faults
from resilience.rehearsal.scenario.faults import Fault, InEnvironment


def _shipping(fault: faults.LogShipping) -> str:
    lost = fault.dropped_per_minute + fault.limited_per_minute
    return f"logs {'sent' if fault.sends else 'not sent'}, {lost:g} lost/min"


_LABELS: dict[type, Callable[[Any], str]] = {
    faults.Traffic: lambda one: f"{one.per_minute:g} requests/min",
    faults.Errors: lambda one: f"{_share(one)} {one.status}",
    faults.SlowRequests: lambda one: f"{_share(one)} {'hang' if one.kind == 'hang' else 'are slow'}",
    faults.Queue: lambda one: f"queue {one.depth:g}",
    faults.Connector: lambda one: f"{one.id} ({one.wiring})",
    faults.ApiDown: lambda _: "API down",
    faults.NotReady: lambda _: "not ready",
    faults.Restarts: lambda one: f"restarts every {clock_face(one.every)}",
    faults.FailedScrapes: lambda one: f"a scrape fails every {clock_face(one.every)}",
    faults.ClockSkew: lambda one: f"clock {clock_face(one.ahead)} ahead",
    faults.Replica: lambda _: "second instance",
    faults.CollectorLoss: lambda one: f"collector {one.state}",
    faults.LogShipping: _shipping,
    faults.LogLines: lambda one: one.line,
    faults.ProbeFailure: lambda one: f"{', '.join(one.checks)} {one.state}",
    faults.CertificateExpiry: lambda one: f"certificate ends in {clock_face(one.left)}",
    faults.PlanUsage: lambda one: "messages not delivered" if one.failed_notifications else "plan usage",
    faults.StoreRestart: lambda _: "Prometheus restarts",
    faults.QueryFailure: lambda one: f"queries of {one.source} fail",
    faults.GrafanaStop: lambda _: "Grafana stopped",
    faults.RuleEdit: lambda one: f"{one.id} edited",
    faults.SlackOutage: lambda one: f"Slack answers {one.status}",
}


def _share(fault: faults.Measured) -> str:
    return f"{fault.per_minute:g}/min" if fault.share is None else f"{fault.share * 100:g} %"


def fault_label(fault: Fault) -> str:
    """Return the label of a fault."""
    where = f" · {fault.environment}" if isinstance(fault, InEnvironment) else ""
    return _LABELS[type(fault)](fault) + where
