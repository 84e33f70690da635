"""Classify a response or a failure: one kind, its tier, and the observed fact.

Kinds differ where remedies differ. Cloudflare answers for a platform that it cannot reach, and
Cloudflare Access answers a probe with a wrong token. Neither response comes from the platform,
and the second says nothing about it.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from probe.fetch import FetchFailure, Phase, Response
from probe.targets import Plan, Target

_LONGEST = 160
_OWN_CODES = {521, 522, 523, 524, 525, 526, 530}
"""Statuses that only Cloudflare uses: the origin is unreachable, rejects the connection, or is too slow."""
_PAGE = re.compile(rb"cf-error-details|cf-wrapper|cloudflare ray id|error code: \d{3,4}|error 1\d{3}", re.IGNORECASE)
_CODE = re.compile(rb"error(?: code)?:?\s*(1\d{3})", re.IGNORECASE)
_TUNNEL_WORKS = b"unable to reach the origin service"
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
        """Whether there is nothing to report."""
        return not self.tier

    @property
    def serves(self) -> bool:
        """Whether the platform works: a slow response or an old certificate explains no other failure."""
        return self.kind in ("healthy", "slow", "certificate-ending", "certificate-urgent")


def classify(plan: Plan, target: Target, outcome: Response | FetchFailure) -> Diagnosis:
    """The diagnosis of one try."""
    kind, fact = _of_failure(outcome) if isinstance(outcome, FetchFailure) else _of_response(plan, target, outcome)
    # P3 is less urgent than P1: the larger name wins.
    tier = plan.kinds[kind].tier and max(plan.kinds[kind].tier, target.worst)
    return Diagnosis(kind, tier, fact, outcome.seconds)


def _of_failure(failure: FetchFailure) -> tuple[str, str]:
    fact = f"{failure.phase}: {failure.reason}"
    if failure.certificate:
        return "certificate", fact
    return ("dns" if failure.phase is Phase.NAME else "origin-down"), fact


def _of_response(plan: Plan, target: Target, response: Response) -> tuple[str, str]:
    if found := _by_cloudflare(response):
        return found
    if response.status != 200:  # noqa: PLR2004  # the one good status
        return _other(response)
    found = _findings(response) if target.expects == "findings" else _ready(response)
    if found[0] != "healthy":
        return found
    if response.seconds > plan.slow:
        return "slow", f"200 after {response.seconds:.1f} s; the limit is {plan.slow:g} s"
    # The targets of an environment share a certificate; one of them reports it.
    return (_certificate(plan, response) if target.expects == "ready" else None) or found


def _by_cloudflare(response: Response) -> tuple[str, str] | None:
    """What Cloudflare answers instead of the platform, if it does."""
    if rejected := _rejected_by_access(response):
        return "access-refused", rejected
    page = _PAGE.search(response.body) is not None
    code = _CODE.search(response.body)
    status = f"{response.status}" + (f", error {code[1].decode()}" if code else "")
    if page and _TUNNEL_WORKS in response.body.lower():
        return "origin-down", f"{status}: the tunnel works, but the platform behind it does not answer"
    if response.status in _OWN_CODES or (code and code[1] == b"1033"):
        return "tunnel-down", f"Cloudflare answers {status} instead of the platform"
    if page and response.status in (502, 504):
        return "tunnel-down", f"Cloudflare answers {status} instead of the platform"
    if page and response.status in (403, 429, 503):
        return "access-refused", f"Cloudflare's firewall answers {status}"
    return None


def _rejected_by_access(response: Response) -> str:
    """How Cloudflare Access rejected the probe, or ""."""
    where = urlsplit(response.headers.get("location", ""))
    host = where.hostname or ""
    login = host.endswith(".cloudflareaccess.com") or where.path.startswith("/cdn-cgi/access/")
    if response.status in (301, 302, 303, 307, 308) and login:
        return f"{response.status} redirect to the login of Cloudflare Access"
    by_access = "cloudflare-access" in response.headers.get("www-authenticate", "").lower() or (
        b"cloudflareaccess" in response.body.lower() or b"cloudflare access" in response.body.lower()
    )
    return f"{response.status} from Cloudflare Access" if response.status in (401, 403) and by_access else ""


def _other(response: Response) -> tuple[str, str]:
    if response.status == 503:  # noqa: PLR2004  # how /ready reports a missing part
        reasons = _json(response)
        if isinstance(reasons, dict):
            return "degraded", f"503: {_reasons(reasons)}"
    if response.status >= 500:  # noqa: PLR2004  # the server's own failures
        return "origin-down", f"HTTP {response.status}"
    if "location" in response.headers:
        host = urlsplit(response.headers["location"]).hostname or "itself"
        return "wrong-answer", f"{response.status} redirect to {_line(host)}"
    return "wrong-answer", f"HTTP {response.status}"


def _ready(response: Response) -> tuple[str, str]:
    found = _json(response)
    return ("healthy", "200") if isinstance(found, dict) else ("unreadable", f"200, but {found}")


def _findings(response: Response) -> tuple[str, str]:
    found = _json(response)
    if not isinstance(found, dict):
        return "unreadable", f"200, but {found}"
    meta = found.get("meta")
    count = meta.get("total_count") if isinstance(meta, dict) else None
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        return "unreadable", "200, but meta.total_count is not a count"
    return ("healthy", f"200, {count} findings") if count else ("data-empty", "200, but meta.total_count is 0")


def _certificate(plan: Plan, response: Response) -> tuple[str, str] | None:
    if response.days is None or response.days >= plan.soon:
        return None
    kind = "certificate-urgent" if response.days < plan.urgent else "certificate-ending"
    return kind, f"the certificate expires in {response.days:.0f} days"


def _json(response: Response) -> dict[str, Any] | str:
    """The JSON object of the body, or what is wrong with it."""
    if not response.whole:
        return "the body is too long"
    if not response.body.strip():
        return "the body is empty"
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return "the body is not JSON"
    return found if isinstance(found, dict) else "the body is not a JSON object"


def _reasons(found: dict[str, Any]) -> str:
    """The reasons that the platform gives: a list, or the checks that failed."""
    listed = found.get("reasons") or found.get("errors")
    if isinstance(listed, list) and listed:
        return _line(", ".join(str(one) for one in listed))
    checks = next((found[key] for key in ("checks", "dependencies", "services") if key in found), found)
    if isinstance(checks, dict):
        bad = [f"{name}: {_state(state)}" for name, state in checks.items() if _state(state).lower() not in _GOOD]
        return _line(", ".join(bad)) or "no reason given"
    return _line(str(checks))


def _state(state: object) -> str:
    return str(state.get("status", state)) if isinstance(state, dict) else str(state)


def _line(text: str) -> str:
    """One short line of printable characters: the text came from outside."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
