"""The slowest first message of each alert, beside the time that the catalogue promises for it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from resilience.core.durations import clock_face
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.report.score import since_its_fault
from resilience.rehearsal.scenario.scenario import AlertKey, Expectation, Scenario


@dataclass(frozen=True)
class SlowestMessage:
    """The longest time in seconds from a fault to the message, or where none is played, to the rule that fires."""

    after: float
    scenario: Scenario
    is_message: bool

    @property
    def text(self) -> str:
        """Return the time, and what it was until."""
        return f"{clock_face(self.after)}{'' if self.is_message else ' (rule fired)'}"


@dataclass(frozen=True)
class PromisedAlert:
    """An alert that fired in some scenario; `within` is what the catalogue promises, in seconds."""

    alert_id: str
    within: float
    slowest: SlowestMessage

    @property
    def share(self) -> float:
        """Return the used part of the promised time in percent, 100 at most."""
        return round(min(self.slowest.after / self.within, 1.0) * 100, 1)

    @property
    def kept(self) -> bool:
        """Return whether the slowest one was in time."""
        return self.slowest.after <= self.within


def promised_alerts(results: Iterable[Result], within: Mapping[str, float]) -> list[PromisedAlert]:
    """Return the alerts whose first message was measured, those that used most of their time first.

    `within` are the promised seconds by alert id. Left out are scenarios with `slower`, alerts that fired before
    their scenario or their fault began, and messages that wait for business hours or for Slack: the promise is not
    about them.
    """
    slowest: dict[str, SlowestMessage] = {}
    for alert_id, found in _measured(results):
        if alert_id not in slowest or found.after > slowest[alert_id].after:
            slowest[alert_id] = found
    alerts = [PromisedAlert(name, within[name], found) for name, found in slowest.items() if name in within]
    return sorted(alerts, key=lambda alert: alert.slowest.after / alert.within, reverse=True)


def _measured(results: Iterable[Result]) -> Iterator[tuple[str, SlowestMessage]]:
    for result in results:
        firsts = _firsts(result)
        for wanted in result.scenario.expect:
            if wanted.key in firsts and _is_promised(result, wanted):
                after = since_its_fault(result.scenario, wanted, firsts[wanted.key])
                if after < 0:
                    continue  # it fires for something that was so before
                yield wanted.alert_id, SlowestMessage(after, result.scenario, bool(result.received))


def _is_promised(result: Result, wanted: Expectation) -> bool:
    is_delayed = bool(result.received) and wanted.delivered is not None
    return not (result.scenario.slower or is_delayed or wanted.firing[0] < 0)


def _firsts(result: Result) -> dict[AlertKey, float]:
    """Return the virtual second of each alert's first message, or in virtual time of its first firing."""
    firsts = {} if result.received else dict(result.detected)
    for parsed in sorted(result.received, key=lambda one: one.message.at):
        if parsed.key and not parsed.resolved:
            firsts.setdefault(parsed.key, parsed.message.at)
    return firsts
