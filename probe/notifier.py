"""What has to be told now, and to whom: once when it begins, on change, hourly for a P1, once when it ends.

At least once, as Alertmanager delivers: should a run die between Slack's `ok` and the note of it,
the next one tells again. Nothing is noted as told that Slack did not take.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from probe.http_client import HttpClient, UndeliveredError
from probe.issues import Incident, IssueStore
from probe.messages import Messages
from probe.probing import ProbeResult
from probe.targets import Plan


@dataclass(frozen=True)
class SlackChannels:
    """The two channels, by their incoming webhooks: P1 and P2 call people, P3 informs."""

    wire: HttpClient
    alerts: str
    deploys: str

    def tell(self, tier: str, text: str) -> None:
        """Post to the channel of a tier.

        Raises:
            UndeliveredError: Slack did not take it.
        """
        # Links unfurl into previews that nobody asked for.
        self.wire.call("POST", self.deploys if tier == "P3" else self.alerts, {"text": text, "unfurl_links": False})


@dataclass(frozen=True)
class Notifier:
    """One run's way from what is seen to what is told; every method raises UndeliveredError."""

    plan: Plan
    board: IssueStore
    slack: SlackChannels
    words: Messages
    now: datetime

    def settle(self, result: ProbeResult, incident: Incident | None) -> None:
        """Bring one target's incident up to date."""
        if result.explained:
            return
        if incident:
            incident = self._known(incident, ended=result.diagnosis.healthy)
        if result.diagnosis.healthy:
            if incident:
                self._recover(result, incident)
            return
        if incident is None:
            text, tier = self.words.bad(result), result.diagnosis.tier
            incident = self.board.opened(result.target.name, self.words.title(result), text, tier=tier)
        if incident:
            self._announce(result, incident)

    def _known(self, incident: Incident, *, ended: bool) -> Incident | None:
        """The incident with its events; one whose end was told but which stayed open is closed first."""
        known = self.board.with_events(incident)
        if not ended and known.told and known.told[-1].kind == "healthy":
            self.board.close(known)
            return None
        return known

    def _announce(self, result: ProbeResult, incident: Incident) -> None:
        last = incident.told[-1] if incident.told else None
        diagnosis = result.diagnosis
        changed = last is None or (last.kind, last.tier) != (diagnosis.kind, diagnosis.tier)
        silent = self.now - datetime.fromisoformat(last.told) if last else timedelta()
        if not changed and (diagnosis.tier != "P1" or silent.total_seconds() < self.plan.reminder):
            return
        if diagnosis.tier == "P2" and not self.plan.owners[result.target.owner].hold(self.now):
            return  # it keeps until somebody works; then the run of that moment finds it untold
        since = None if changed else self.now - incident.since
        text, slack = self.words.bad(result, since), self.words.slack_bad(result, incident.number, since)
        self.tell(incident, diagnosis.kind, diagnosis.tier, text, slack)

    def _recover(self, result: ProbeResult, incident: Incident) -> None:
        told, lasted = incident.told, self.now - incident.since
        # What nobody heard of need not be taken back, but a P1 that Slack missed is told late.
        tier = min((event.tier for event in told), default=incident.notes.get("tier", "P3"))
        ended = bool(told) and told[-1].kind == "healthy"
        text = self.words.good(result, lasted, late=not told)
        if not ended and (told or tier == "P1"):
            slack = self.words.slack_good(result, lasted, incident.number, late=not told)
            ended = self.tell(incident, "healthy", tier, text, slack)
            if not ended:
                return  # another run is telling it, and will close it
        elif not ended:
            self.board.remark(incident, text)
        self.board.close(incident)

    def tell(self, incident: Incident, kind: str, tier: str, text: str, slack: str) -> bool:
        """Tell an event to Slack and note it; False when another run has claimed it."""
        event = self.board.claimed(incident, kind, tier, text, self.now)
        if event is None:
            return False
        try:
            self.slack.tell(tier, slack)
        except UndeliveredError:
            self.board.withdrawn(event)
            raise
        self.board.told(event, text, self.now)
        return True
