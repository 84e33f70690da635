"""Incidents on GitHub: one open issue for each target, and one comment for each thing that was told.

GitHub has no compare-and-set, so two runs that overlap are kept apart by order: numbers of issues and
ids of comments rise. Each run writes first, then reads; whoever finds a lower one than its own
withdraws. A claim that was never told is void after ten minutes: its run died.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from probe.http_client import HttpClient

LABEL = "incident"
LEASE = timedelta(minutes=10)
"""Longer than the workflow lets a run live."""
_MARK = re.compile(r"<!-- sv0-probe (\{.*?\}) -->", re.DOTALL)
_NEXT = re.compile(r'<([^<>]+)>;\s*rel="next"')


@dataclass(frozen=True)
class Event:
    """One comment: what was, or is being, told. `told` is "" until Slack took it."""

    id: int
    number: int
    kind: str
    tier: str
    run: str
    told: str
    written: datetime


@dataclass(frozen=True)
class Incident:
    """An open issue and its events in order."""

    number: int
    target: str
    since: datetime
    author: str
    events: tuple[Event, ...] = field(default=())
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> tuple[Event, ...]:
        """The events that Slack knows of."""
        return tuple(event for event in self.events if event.told)


class IssueStore:
    """The issues of one repository; `run` names this run and no other."""

    def __init__(self, wire: HttpClient, api: str, repository: str, run: str) -> None:
        """Touch nothing yet."""
        self._wire, self._run = wire, run
        self._issues = f"{api.rstrip('/')}/repos/{repository}/issues"

    def incidents(self, label: str = LABEL) -> dict[str, Incident]:
        """Open incidents by target, without events; of two for one target the newer is closed.

        Raises UndeliveredError, as all methods here do.
        """
        found: dict[str, Incident] = {}
        # Oldest first: what is opened or closed meanwhile as a duplicate moves no page before it.
        query = f"state=open&labels={label}&sort=created&direction=asc"
        for issue in list(self._pages(f"{self._issues}?{query}")):
            notes = _marked(issue)
            if "pull_request" in issue or not notes.get("target"):
                continue
            incident = _incident(issue, notes)
            if incident.target in found:
                self.close(incident, "not_planned")
            else:
                found[incident.target] = incident
        return found

    def opened(self, target: str, title: str, text: str, label: str = LABEL, **notes: Any) -> Incident | None:
        """A new incident, or None when another run opened one before this."""
        body = _with_mark(text, {"target": target, **notes})
        issue, _ = self._wire.read("POST", self._issues, {"title": title, "body": body, "labels": [label]})
        mine = _incident(issue, _marked(issue))
        # GitHub's lists may lag behind: what is not listed yet is there all the same.
        if self.incidents(label).get(target, mine).number == mine.number:
            return mine
        self.close(mine, "not_planned")
        return None

    def noted(self, incident: Incident, text: str, **notes: Any) -> None:
        """Write another text and other notes into the issue."""
        body = _with_mark(text, {"target": incident.target, **notes})
        self._wire.call("PATCH", f"{self._issues}/{incident.number}", {"body": body})

    def with_events(self, incident: Incident) -> Incident:
        """The same incident with its events."""
        comments = self._pages(f"{self._issues}/{incident.number}/comments?")
        # A comment of anybody else proves nothing, whatever it holds.
        own = [one for one in comments if (one.get("user") or {}).get("login", "") == incident.author]
        events = sorted(_events(own), key=lambda event: event.id)
        return replace(incident, events=tuple(events))

    def claimed(self, incident: Incident, kind: str, tier: str, text: str, now: datetime) -> Event | None:
        """The right to tell the next event of an incident; None when another run has it."""
        number = len(incident.told)
        marks = {"number": number, "kind": kind, "tier": tier, "run": self._run, "told": ""}
        where = f"{self._issues}/{incident.number}/comments"
        comment, _ = self._wire.read("POST", where, {"body": _with_mark(text, marks)})
        (mine,) = _events([comment])
        rivals = {event.id: event for event in self.with_events(incident).events if event.number == number}
        explained = [one for one in rivals.values() if one.told or now - one.written < LEASE]
        first = min([*explained, mine], key=lambda event: event.id)
        # A post that was repeated because its answer was lost leaves two claims of one run.
        if first.id == mine.id or (first.run == self._run and not first.told):
            return first
        self.withdrawn(mine)
        return None

    def told(self, event: Event, text: str, now: datetime) -> None:
        """Slack took it."""
        marks = {"number": event.number, "kind": event.kind, "tier": event.tier, "run": event.run}
        body = _with_mark(text, {**marks, "told": now.isoformat()})
        self._wire.call("PATCH", f"{self._issues}/comments/{event.id}", {"body": body})

    def withdrawn(self, event: Event) -> None:
        """Slack did not take it: the next run may."""
        self._wire.call("DELETE", f"{self._issues}/comments/{event.id}")

    def remark(self, incident: Incident, text: str) -> None:
        """A comment that is no event: Slack hears nothing of it."""
        self._wire.call("POST", f"{self._issues}/{incident.number}/comments", {"body": text})

    def close(self, incident: Incident, reason: str = "completed") -> None:
        """The incident is over."""
        self._wire.call("PATCH", f"{self._issues}/{incident.number}", {"state": "closed", "state_reason": reason})

    def _pages(self, url: str) -> Iterator[dict[str, Any]]:
        following: str | None = f"{url}&per_page=100"
        while following:
            found, answer = self._wire.read("GET", following)
            yield from found
            link = _NEXT.search(answer.headers.get("link", ""))
            following = link[1] if link else None


def _with_mark(text: str, marks: dict[str, Any]) -> str:
    # A ">" would end the comment early.
    return f"{text}\n\n<!-- sv0-probe {json.dumps(marks, sort_keys=True).replace('>', chr(92) + 'u003e')} -->"


def _marked(thing: dict[str, Any]) -> dict[str, Any]:
    found = _MARK.findall(thing.get("body") or "")
    try:
        marks = json.loads(found[-1]) if found else {}
    except ValueError:
        return {}
    return marks if isinstance(marks, dict) else {}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _incident(issue: dict[str, Any], notes: dict[str, Any]) -> Incident:
    author = (issue.get("user") or {}).get("login", "")
    return Incident(issue["number"], notes["target"], _moment(issue["created_at"]), author, notes=notes)


def _events(comments: list[dict[str, Any]]) -> Iterator[Event]:
    for comment in comments:
        marks = _marked(comment)
        if isinstance(marks.get("number"), int):
            yield Event(
                comment["id"],
                marks["number"],
                str(marks.get("kind")),
                str(marks.get("tier")),
                str(marks.get("run")),
                str(marks.get("told") or ""),
                _moment(comment["created_at"]),
            )
