"""Incidents as GitHub issues: one open issue for each target, one comment for each message that Slack accepted.

The workflow runs one probe at a time, so nothing here guards against a second run.

What a run must remember stands in marks: JSON in an HTML comment, signed with a key that only the workflow has.
Anybody may comment, and who may write may edit what the bot wrote. GitHub's API shows that a comment was edited
(`updated_at`), but not who edited the text of an issue. So a mark counts if the workflow's own bot wrote the issue or
comment, the comment was not edited, and the signature fits; any other mark is as if it were not there. The text around
a mark may be edited. When the key changes, open incidents begin anew.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from probe.http_client import HttpClient, UndeliveredError
from probe.targets import TIERS

LABEL = "incident"
BOT = "github-actions[bot]"
"""Who writes with a workflow's GITHUB_TOKEN; nobody can register a name with brackets."""
_MARK = re.compile(r"<!-- sv0-probe (\{[^<>\n]*\}) -->")
_NEXT = re.compile(r'<([^<>]+)>;\s*rel="next"')
_LESS, _GREATER = r"\u003c", r"\u003e"
_MOST_PAGES = 10
"""Of 100 each. Events after the first 1000 comments are not seen: then a P1 is repeated by every run."""


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
    notes: dict[str, Any]
    events: tuple[Event, ...] = ()


class IssueStore:
    """The issues of one repository; every method raises UndeliveredError."""

    def __init__(self, client: HttpClient, api: str, repository: str, key: bytes) -> None:
        """Send nothing yet; `key` signs the marks."""
        self._client, self._key = client, key
        self._url = f"{api.rstrip('/')}/repos/{repository}/issues"

    def incidents(self, label: str = LABEL) -> dict[str, Incident]:
        """Open incidents by target, without events; if a target has two, close the newer."""
        found: dict[str, Incident] = {}
        # Oldest first, so that the second issue of a target is the newer one.
        query = f"state=open&labels={label}&sort=created&direction=asc"
        for issue in list(self._pages(f"{self._url}?{query}")):
            incident = self._incident(issue)
            if incident is None:
                continue
            if incident.target in found:
                self.close(incident, "not_planned")
            else:
                found[incident.target] = incident
        return found

    def open(self, target: str, title: str, text: str, label: str = LABEL, **notes: Any) -> Incident:
        """Open a new incident."""
        body = self._with_mark(text, {"target": target, **notes})
        issue, _ = self._client.read("POST", self._url, {"title": title, "body": body, "labels": [label]})
        if (incident := self._incident(issue)) is None:
            raise UndeliveredError(f"{self._client.name}: a new issue came back without its number, author or text")
        return incident

    def update(self, incident: Incident, text: str, **notes: Any) -> None:
        """Replace the text and the notes of an issue."""
        body = self._with_mark(text, {"target": incident.target, **notes})
        self._client.call("PATCH", f"{self._url}/{incident.number}", {"body": body})

    def with_events(self, incident: Incident) -> Incident:
        """The same incident with its events."""
        comments = self._pages(f"{self._url}/{incident.number}/comments?")
        return replace(incident, events=tuple(self._events(comments, incident.number)))

    def record(self, incident: Incident, kind: str, tier: str, text: str) -> None:
        """Add an event: Slack accepted this message."""
        # The number keeps a mark from counting in another issue.
        self.comment(incident, self._with_mark(text, {"kind": kind, "tier": tier, "issue": incident.number}))

    def comment(self, incident: Incident, text: str) -> None:
        """Add a comment; without a mark it is no event."""
        self._client.call("POST", f"{self._url}/{incident.number}/comments", {"body": text})

    def close(self, incident: Incident, reason: str = "completed") -> None:
        """Close the issue."""
        self._client.call("PATCH", f"{self._url}/{incident.number}", {"state": "closed", "state_reason": reason})

    def _pages(self, url: str) -> Iterator[dict[str, Any]]:
        following = f"{url}&per_page=100"
        for _ in range(_MOST_PAGES):
            found, response = self._client.read("GET", following)
            if not isinstance(found, list):
                raise UndeliveredError(f"{self._client.name}: the answer is no list")
            yield from (one for one in found if isinstance(one, dict))
            link = _NEXT.search(response.headers.get("link", ""))
            if link is None:
                return
            following = self._own(link[1])

    def _own(self, link: str) -> str:
        """The address of the next page: the token goes to no other server than the first one."""
        with suppress(ValueError):
            url = urljoin(self._url, link)
            if urlsplit(url)[:2] == urlsplit(self._url)[:2]:
                return url
        raise UndeliveredError(f"{self._client.name}: the next page is on another server, which does not get the token")

    def _incident(self, issue: Any) -> Incident | None:
        """An issue as an incident, if it is one of ours."""
        notes = self._mark(issue)
        with suppress(KeyError, TypeError, ValueError):
            number, since = issue["number"], datetime.fromisoformat(issue["created_at"])
            if "pull_request" not in issue and isinstance(number, int) and since.tzinfo and notes["target"]:
                return Incident(number, str(notes["target"]), since, notes)
        return None

    def _events(self, comments: Iterable[dict[str, Any]], number: int) -> Iterator[Event]:
        for comment in comments:
            marks = self._mark(comment)
            created = comment.get("created_at")
            unedited = comment.get("updated_at", created) == created
            with suppress(KeyError, TypeError, ValueError):
                posted = datetime.fromisoformat(str(created))
                if unedited and posted.tzinfo and marks["issue"] == number and marks["tier"] in TIERS:
                    yield Event(str(marks["kind"]), marks["tier"], posted)

    def _with_mark(self, text: str, marks: dict[str, Any]) -> str:
        noted = json.dumps(marks | {"signed": self._signature(marks)}, sort_keys=True)
        # A "<" or ">" would end the comment early.
        return f"{text}\n\n<!-- sv0-probe {noted.replace('<', _LESS).replace('>', _GREATER)} -->"

    def _mark(self, thing: Any) -> dict[str, Any]:
        """The last mark of an issue or a comment of the workflow's bot whose signature fits; else nothing."""
        author = thing.get("user") if isinstance(thing, dict) else None
        if not isinstance(author, dict) or author.get("login") != BOT:
            return {}
        for noted in reversed(_MARK.findall(str(thing.get("body")))):
            with suppress(ValueError, RecursionError):
                marks = json.loads(noted)
                if hmac.compare_digest(ascii(marks.pop("signed", "")), repr(self._signature(marks))):
                    return cast("dict[str, Any]", marks)
        return {}

    def _signature(self, marks: dict[str, Any]) -> str:
        return hmac.new(self._key, json.dumps(marks, sort_keys=True).encode(), hashlib.sha256).hexdigest()
