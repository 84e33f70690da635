"""What to post now, and where: when an incident begins, when it changes, now and then for a P1, and when it ends.

Every message is delivered at least once, as by Alertmanager: Slack first, then the comment that records it.
If a run ends between the two, the next run posts again. What Slack did not accept is never recorded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from probe.http_client import HttpClient
from probe.issues import Incident, IssueStore
from probe.messages import Messages
from probe.probing import ProbeResult
from probe.targets import Plan


@dataclass(frozen=True)
class SlackChannels:
    """The incoming webhooks of two channels: P1 and P2 go to `alerts`, P3 to `deploys`."""

    client: HttpClient
    alerts: str
    deploys: str

    def post(self, tier: str, text: str) -> None:
        """Post to the channel of a tier.

        Raises:
            UndeliveredError: Slack did not accept it.
        """
        # Without this, Slack adds a preview of every link.
        self.client.call("POST", self.deploys if tier == "P3" else self.alerts, {"text": text, "unfurl_links": False})


@dataclass(frozen=True)
class Notifier:
    """Updates incidents from the results of one run; every method raises UndeliveredError."""

    plan: Plan
    issues: IssueStore
    slack: SlackChannels
    messages: Messages
    now: datetime

    def update(self, result: ProbeResult, incident: Incident | None) -> None:
        """Open, change or close the incident of one target, and notify of it."""
        if result.explained or self.plan.work_on(result.target.name, self.now):
            return  # after announced work the next run reports what is left, and the end of what began before it
        current = self._current(incident, failing=not result.diagnosis.healthy) if incident else None
        if not result.diagnosis.healthy:
            self._report_failure(result, current or self._open(result))
        elif current:
            self._report_recovery(result, current)

    def notify(self, incident: Incident, kind: str, tier: str, text: str, slack: str) -> None:
        """Post to Slack, then record it."""
        self.slack.post(tier, slack)
        self.issues.record(incident, kind, tier, text)

    def _current(self, incident: Incident, *, failing: bool) -> Incident | None:
        """The incident with its events; None if it ended earlier and only its closing failed, which is done now."""
        known = self.issues.with_events(incident)
        if failing and known.events and known.events[-1].kind == "healthy":
            self.issues.close(known)
            return None
        return known

    def _open(self, result: ProbeResult) -> Incident:
        title, text = self.messages.title(result), self.messages.failure(result)
        return self.issues.open(result.target.name, title, text, tier=result.diagnosis.tier)

    def _report_failure(self, result: ProbeResult, incident: Incident) -> None:
        last = incident.events[-1] if incident.events else None
        kind, tier = result.diagnosis.kind, result.diagnosis.tier
        changed = last is None or (last.kind, last.tier) != (kind, tier)
        silent = self.now - last.posted if last else timedelta()
        if not changed and (tier != "P1" or silent.total_seconds() < self.plan.reminder):
            return
        if tier == "P2" and not self.plan.owners[result.target.owner].contains(self.now):
            return  # the first run within business hours finds no event of it, and posts
        since = None if changed else self.now - incident.since
        text, slack = self.messages.failure(result, since), self.messages.slack_failure(result, incident.number, since)
        self.notify(incident, kind, tier, text, slack)

    def _report_recovery(self, result: ProbeResult, incident: Incident) -> None:
        events, lasted = incident.events, self.now - incident.since
        tier = min((event.tier for event in events), default=incident.notes.get("tier", "P3"))
        text = self.messages.recovery(result, lasted, late=not events)
        if not events and tier != "P1":
            self.issues.comment(incident, text)  # Slack never had its beginning, so it needs no end
        elif not events or events[-1].kind != "healthy":
            slack = self.messages.slack_recovery(result, lasted, incident.number, late=not events)
            self.notify(incident, "healthy", tier, text, slack)
        self.issues.close(incident)
