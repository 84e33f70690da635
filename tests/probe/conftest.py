"""Doubles of GitHub's issues and Slack's webhooks on the loopback; they fail on demand."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

TOKEN = "ghs_canaryOfTheProbe"
MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
ServerReply = tuple[int, dict[str, str], object]


class LoopbackServer:
    """A server whose `override` may answer instead of it; `now` is its clock."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.override: Callable[[str, str], ServerReply | None] = lambda _method, _path: None
        self.lock = threading.RLock()
        self.asked: list[tuple[str, str]] = []
        service = self

        class LoopbackHandler(BaseHTTPRequestHandler):
            """Passes every request to the server."""

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"null")
                with service.lock:
                    service.asked.append((self.command, self.path))
                    reply = service.override(self.command, self.path)
                    status, headers, content = reply or service.answer(self.command, self.path, body, self.headers)
                text = content if isinstance(content, str) else json.dumps(content)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            do_POST = do_PATCH = do_GET  # noqa: N815  # names that the library requires

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), LoopbackHandler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.base = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, method: str, path: str, body: Any, headers: Any) -> ServerReply:
        """Status, headers and body."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()


class GitHubDouble(LoopbackServer):
    """Issues and comments of one repository; lists come in pages of two, newest issue first unless asked otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.page = 2
        self._last = 0

    def answer(self, method: str, path: str, body: Any, headers: Any) -> ServerReply:  # noqa: PLR0911  # one an endpoint
        """The endpoints of api.github.com that the probe uses."""
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}, {"message": "Bad credentials"}
        where = urlsplit(path)
        match method, where.path.removeprefix("/repos/acme/infra/issues").strip("/").split("/"):
            case "GET", [""]:
                return self._listed(parse_qs(where.query), path)
            case "POST", [""]:
                return self._opened(body)
            case "PATCH", [number] if int(number) in self.issues:
                self.issues[int(number)] |= body
                return 200, {}, self.issues[int(number)]
            case "GET", [number, "comments"]:
                found = [one for _, one in sorted(self.comments.items()) if one["issue"] == int(number)]
                return self._paged(found, parse_qs(where.query), path)
            case "POST", [number, "comments"] if int(number) in self.issues:
                comment = self._made() | {"issue": int(number), "body": body["body"]}
                self.comments[comment["id"]] = comment
                return 201, {}, comment
        return 404, {}, {"message": "Not Found"}

    def _made(self) -> dict[str, Any]:
        self._last += 1
        stamp = self.now.isoformat().replace("+00:00", "Z")
        return {"id": self._last, "created_at": stamp, "updated_at": stamp, "user": {"login": "github-actions[bot]"}}

    def _opened(self, body: dict[str, Any]) -> ServerReply:
        if not body.get("title"):
            return 422, {}, {"message": "Validation Failed"}
        issue = self._made() | body | {"state": "open", "labels": [{"name": name} for name in body["labels"]]}
        issue["number"] = len(self.issues) + 1
        self.issues[issue["number"]] = issue
        return 201, {}, issue

    def _listed(self, query: dict[str, list[str]], path: str) -> ServerReply:
        (label,) = query["labels"]
        found = [
            issue
            for _, issue in sorted(self.issues.items(), reverse=query.get("direction") != ["asc"])
            if issue["state"] == "open" and {"name": label} in issue["labels"]
        ]
        return self._paged(found, query, path)

    def _paged(self, found: list[dict[str, Any]], query: dict[str, list[str]], path: str) -> ServerReply:
        page = int(query.get("page", ["1"])[0])
        rest = path.partition("&page=")[0]
        more = len(found) > page * self.page
        link = (
            {"Link": f'<{self.base}{rest}&page={page + 1}>; rel="next", <{self.base}{rest}>; rel="last"'}
            if more
            else {}
        )
        return 200, link, found[(page - 1) * self.page : page * self.page]

    def open(self, label: str = "incident") -> list[dict[str, Any]]:
        """Open issues with a label."""
        return [one for one in self.issues.values() if one["state"] == "open" and {"name": label} in one["labels"]]


class SlackDouble(LoopbackServer):
    """Two incoming webhooks; `posted` has the time, channel and text of each message."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[tuple[datetime, str, str]] = []

    def answer(self, method: str, path: str, body: Any, _headers: Any) -> ServerReply:
        """As hooks.slack.com does."""
        if method != "POST" or path not in ("/services/alerts", "/services/deploys"):
            return 404, {}, "no_service"
        if not isinstance(body, dict) or not body.get("text"):
            return 400, {}, "no_text"
        self.posted.append((self.now, path.rpartition("/")[2], body["text"]))
        return 200, {}, "ok"

    def headlines(self, channel: str) -> list[str]:
        """First lines of the messages in a channel, in order."""
        return [text.splitlines()[0] for _, where, text in self.posted if where == channel]


@pytest.fixture
def github() -> Iterator[GitHubDouble]:
    """The double of GitHub."""
    service = GitHubDouble()
    yield service
    service.stop()


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    """The double of Slack."""
    service = SlackDouble()
    yield service
    service.stop()


@pytest.fixture
def env(github: GitHubDouble, slack: SlackDouble) -> dict[str, str]:
    """The variables that the workflow sets."""
    return {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_API_URL": github.base,
        "SLACK_WEBHOOK_ALERTS": f"{slack.base}/services/alerts",
        "SLACK_WEBHOOK_DEPLOYS": f"{slack.base}/services/deploys",
        "CF_ACCESS_CLIENT_ID": "canaryClient.access",
        "CF_ACCESS_CLIENT_SECRET": "canaryClientSecret",
    }


@pytest.fixture
def at(github: GitHubDouble, slack: SlackDouble) -> Callable[..., datetime]:
    """Set the clock of both services to so many days, hours and minutes after Monday, 0:00 UTC."""

    def moment(days: int = 0, hours: float = 0, minutes: float = 0) -> datetime:
        now = MONDAY + timedelta(days=days, hours=hours, minutes=minutes)
        github.now = slack.now = now
        return now

    return moment


class Platform(LoopbackServer):
    """A healthy platform."""

    def answer(self, _method: str, path: str, _body: Any, _headers: Any) -> ServerReply:
        """As the API does."""
        return 200, {}, {"meta": {"total_count": 3}} if "findings" in path else {"status": "ready"}


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A healthy platform; `port` is where it listens."""
    service = Platform()
    yield service
    service.stop()
