"""Incidents as GitHub issues: one open issue for each target, one comment for each message that Slack accepted.

The workflow runs one probe at a time, so nothing here guards against a second run.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from probe.http_client import HttpClient

LABEL = "incident"
_MARKER = re.compile(r"<!-- sv0-probe (\{.*?\}) -->", re.DOTALL)
_NEXT = re.compile(r'<([^<>]+)>;\s*rel="next"')


@dataclass(frozen=True)
class Event:
    """A message that Slack accepted, as its comment records it."""

    kind: str
    tier: str
    posted: datetime


@dataclass(frozen=True)
class Incident:
    """An open issue, the notes in its marker, and its events, oldest first."""

    number: int
    target: str
    since: datetime
    author: str
    notes: dict[str, Any]
    events: tuple[Event, ...] = ()


class IssueStore:
    """The issues of one repository; every method raises UndeliveredError."""

    def __init__(self, client: HttpClient, api: str, repository: str) -> None:
        """Send nothing yet."""
        self._client = client
        self._url = f"{api.rstrip('/')}/repos/{repository}/issues"

    def incidents(self, label: str = LABEL) -> dict[str, Incident]:
        """Open incidents by target, without events; if a target has two, close the newer."""
        found: dict[str, Incident] = {}
        # Oldest first, so that the second issue of a target is the newer one.
        query = f"state=open&labels={label}&sort=created&direction=asc"
        for issue in list(self._pages(f"{self._url}?{query}")):
            notes = _marker(issue)
            if "pull_request" in issue or not notes.get("target"):
                continue
            incident = _incident(issue, notes)
            if incident.target in found:
                self.close(incident, "not_planned")
            else:
                found[incident.target] = incident
        return found

    def open(self, target: str, title: str, text: str, label: str = LABEL, **notes: Any) -> Incident:
        """Open a new incident."""
        body = _with_marker(text, {"target": target, **notes})
        issue, _ = self._client.read("POST", self._url, {"title": title, "body": body, "labels": [label]})
        return _incident(issue, _marker(issue))

    def update(self, incident: Incident, text: str, **notes: Any) -> None:
        """Replace the text and the notes of an issue."""
        body = _with_marker(text, {"target": incident.target, **notes})
        self._client.call("PATCH", f"{self._url}/{incident.number}", {"body": body})

    def with_events(self, incident: Incident) -> Incident:
        """The same incident with its events."""
        comments = self._pages(f"{self._url}/{incident.number}/comments?")
        # Anybody can write a comment with a marker; only those of the issue's own author count.
        own = (one for one in comments if (one.get("user") or {}).get("login", "") == incident.author)
        return replace(incident, events=tuple(_events(own)))

    def record(self, incident: Incident, kind: str, tier: str, text: str) -> None:
        """Add an event: Slack accepted this message."""
        self.comment(incident, _with_marker(text, {"kind": kind, "tier": tier}))

    def comment(self, incident: Incident, text: str) -> None:
        """Add a comment; without a marker it is no event."""
        self._client.call("POST", f"{self._url}/{incident.number}/comments", {"body": text})

    def close(self, incident: Incident, reason: str = "completed") -> None:
        """Close the issue."""
        self._client.call("PATCH", f"{self._url}/{incident.number}", {"state": "closed", "state_reason": reason})

    def _pages(self, url: str) -> Iterator[dict[str, Any]]:
        following: str | None = f"{url}&per_page=100"
        while following:
            found, response = self._client.read("GET", following)
            yield from found
            link = _NEXT.search(response.headers.get("link", ""))
            following = link[1] if link else None


def _with_marker(text: str, marks: dict[str, Any]) -> str:
    # A ">" would end the comment early.
    return f"{text}\n\n<!-- sv0-probe {json.dumps(marks, sort_keys=True).replace('>', chr(92) + 'u003e')} -->"


def _marker(thing: dict[str, Any]) -> dict[str, Any]:
    """The last marker: the text before it may quote one that a server sent."""
    found = _MARKER.findall(thing.get("body") or "")
    try:
        marks = json.loads(found[-1]) if found else {}
    except ValueError:
        return {}
    return marks if isinstance(marks, dict) else {}


def _incident(issue: dict[str, Any], notes: dict[str, Any]) -> Incident:
    author = (issue.get("user") or {}).get("login", "")
    return Incident(issue["number"], notes["target"], datetime.fromisoformat(issue["created_at"]), author, notes)


def _events(comments: Iterator[dict[str, Any]]) -> Iterator[Event]:
    for comment in comments:
        marks = _marker(comment)
        if "kind" in marks:
            posted = datetime.fromisoformat(comment["created_at"])
            yield Event(str(marks["kind"]), str(marks.get("tier")), posted)
