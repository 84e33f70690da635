"""From an answer, or its absence, to one diagnosis: what it is, how urgent, in words.

Told apart are above all the things with different remedies. Cloudflare answers for a platform that
it cannot reach, and Cloudflare Access answers a probe with a wrong token; neither answer is the
platform's, and the second says nothing about it.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from probe.fetch import Failure, Phase, Response
from probe.targets import Plan, Target

_LONGEST = 160
_OWN_CODES = {521, 522, 523, 524, 525, 526, 530}
"""Statuses that nobody but Cloudflare uses: the origin is unreachable, refuses, or is too slow."""
_PAGE = re.compile(rb"cf-error-details|cf-wrapper|cloudflare ray id|error code: \d{3,4}|error 1\d{3}", re.IGNORECASE)
_CODE = re.compile(rb"error(?: code)?:?\s*(1\d{3})", re.IGNORECASE)
_TUNNEL_LIVES = b"unable to reach the origin service"
_GOOD = {"ok", "up", "healthy", "ready", "connected", "pass", "true", "running"}


@dataclass(frozen=True)
class Diagnosis:
    """A kind of `kinds.toml`, its tier for this target ("" when healthy), and the observed fact."""

    kind: str
    tier: str
    fact: str
    seconds: float = 0.0

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.tier

    @property
    def serves(self) -> bool:
        """Whether the platform does its work: what is slow or has an old certificate explains no other failure."""
        return self.kind in ("healthy", "slow", "certificate-ending", "certificate-urgent")


def classify(plan: Plan, target: Target, outcome: Response | Failure) -> Diagnosis:
    """The diagnosis on one try."""
    kind, fact = _failed(outcome) if isinstance(outcome, Failure) else _answered(plan, target, outcome)
    # P3 is less urgent than P1: the larger name wins.
    tier = plan.kinds[kind].tier and max(plan.kinds[kind].tier, target.worst)
    return Diagnosis(kind, tier, fact, outcome.seconds)


def _failed(failure: Failure) -> tuple[str, str]:
    fact = f"{failure.phase}: {failure.reason}"
    if failure.certificate:
        return "certificate", fact
    return ("dns" if failure.phase is Phase.NAME else "origin-down"), fact


def _answered(plan: Plan, target: Target, answer: Response) -> tuple[str, str]:
    if found := _by_cloudflare(answer):
        return found
    if answer.status != 200:  # noqa: PLR2004  # the one good status
        return _other(answer)
    found = _findings(answer) if target.expects == "findings" else _ready(answer)
    if found[0] != "healthy":
        return found
    if answer.seconds > plan.slow:
        return "slow", f"200 after {answer.seconds:.1f} s; {plan.slow:g} s are allowed"
    # One target an environment tells the end of their common certificate.
    return (_certificate(plan, answer) if target.expects == "ready" else None) or found


def _by_cloudflare(answer: Response) -> tuple[str, str] | None:
    """What Cloudflare says in place of the platform, if it does."""
    if refused := _refused(answer):
        return "access-refused", refused
    page = _PAGE.search(answer.body) is not None
    code = _CODE.search(answer.body)
    told = f"{answer.status}" + (f", error {code[1].decode()}" if code else "")
    if page and _TUNNEL_LIVES in answer.body.lower():
        return "origin-down", f"{told}: the tunnel lives, but the platform behind it does not answer"
    if answer.status in _OWN_CODES or (code and code[1] == b"1033"):
        return "tunnel-down", f"Cloudflare answers {told} in its place"
    if page and answer.status in (502, 504):
        return "tunnel-down", f"Cloudflare answers {told} in its place"
    if page and answer.status in (403, 429, 503):
        return "access-refused", f"Cloudflare's firewall answers {told}"
    return None


def _refused(answer: Response) -> str:
    """How Cloudflare Access turned the probe away, or nothing."""
    where = urlsplit(answer.headers.get("location", ""))
    host = where.hostname or ""
    login = host.endswith(".cloudflareaccess.com") or where.path.startswith("/cdn-cgi/access/")
    if answer.status in (301, 302, 303, 307, 308) and login:
        return f"{answer.status} to the login of Cloudflare Access"
    by_access = "cloudflare-access" in answer.headers.get("www-authenticate", "").lower() or (
        b"cloudflareaccess" in answer.body.lower() or b"cloudflare access" in answer.body.lower()
    )
    return f"{answer.status} of Cloudflare Access" if answer.status in (401, 403) and by_access else ""


def _other(answer: Response) -> tuple[str, str]:
    if answer.status == 503:  # noqa: PLR2004  # how /ready says that a part is missing
        reasons = _json(answer)
        if isinstance(reasons, dict):
            return "degraded", f"503: {_told(reasons)}"
    if answer.status >= 500:  # noqa: PLR2004  # the server's own failures
        return "origin-down", f"it answers {answer.status}"
    if "location" in answer.headers:
        return "wrong-answer", f"{answer.status} to {_line(urlsplit(answer.headers['location']).hostname or 'itself')}"
    return "wrong-answer", f"it answers {answer.status}"


def _ready(answer: Response) -> tuple[str, str]:
    found = _json(answer)
    return ("healthy", "200") if isinstance(found, dict) else ("unreadable", f"200, but {found}")


def _findings(answer: Response) -> tuple[str, str]:
    found = _json(answer)
    if not isinstance(found, dict):
        return "unreadable", f"200, but {found}"
    meta = found.get("meta")
    count = meta.get("total_count") if isinstance(meta, dict) else None
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        return "unreadable", "200, but meta.total_count is no count"
    return ("healthy", f"200, {count} findings") if count else ("data-empty", "200, but meta.total_count is 0")


def _certificate(plan: Plan, answer: Response) -> tuple[str, str] | None:
    if answer.days is None or answer.days >= plan.soon:
        return None
    kind = "certificate-urgent" if answer.days < plan.urgent else "certificate-ending"
    return kind, f"it ends in {answer.days:.0f} days"


def _json(answer: Response) -> dict[str, Any] | str:
    """The JSON object of the body, or what is wrong with it."""
    if not answer.whole:
        return "the body is longer than anything expected"
    if not answer.body.strip():
        return "the body is empty"
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return "the body is no JSON"
    return found if isinstance(found, dict) else "the body is no JSON object"


def _told(reasons: dict[str, Any]) -> str:
    """What the platform names as its reasons: a list, or those of its checks that are not good."""
    listed = reasons.get("reasons") or reasons.get("errors")
    if isinstance(listed, list) and listed:
        return _line(", ".join(str(one) for one in listed))
    checks = next((reasons[key] for key in ("checks", "dependencies", "services") if key in reasons), reasons)
    if isinstance(checks, dict):
        bad = [f"{name}: {_state(state)}" for name, state in checks.items() if _state(state).lower() not in _GOOD]
        return _line(", ".join(bad)) or "it names no reason"
    return _line(str(checks))


def _state(state: object) -> str:
    return str(state.get("status", state)) if isinstance(state, dict) else str(state)


def _line(text: str) -> str:
    """One short line of printable letters: it came from outside."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
