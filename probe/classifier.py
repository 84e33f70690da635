"""Classify a response or a failure: one kind, its tier, and the observed fact.

Kinds differ where remedies differ. Cloudflare answers for a platform that it cannot reach, and
Cloudflare Access answers a probe with a wrong token. Neither response comes from the platform,
and the second says nothing about it.

The words of a body show Cloudflare only in a response that is no success and no JSON object of the platform:
a finding or an error message may quote any page.
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from probe.fetch import FetchFailure, Phase, Response
from probe.outside import plain
from probe.targets import Plan, Target

_OWN_CODES = {521, 522, 523, 524, 525, 526, 530}
"""Statuses that only Cloudflare uses: the origin is unreachable, rejects the connection, or is too slow."""
_PAGE = re.compile(
    rb"cf-error-details|cf-wrapper|cloudflare ray id|_cf_chl_opt|\A\s*error code: \d{3,4}\s*\Z", re.IGNORECASE
)
_CODE = re.compile(rb"error(?: code)?:?\s{0,9}(1\d{3})(?!\d)", re.IGNORECASE)
_ACCESS = re.compile(rb"cloudflare ?access", re.IGNORECASE)
_TUNNEL_WORKS = b"unable to reach the origin service"
_GOOD = re.compile(
    r"ok|okay|up|healthy|ready|connected|pass|passed|true|running|green|good|(a)?live|available|operational"
    r"|serving|success|200|",
    re.IGNORECASE,
)
_STATES = ("status", "state", "health", "healthy", "ready", "ok")
"""Keys at the top of `/ready` whose value is its own verdict."""


@dataclass(frozen=True)
class Diagnosis:
    """A kind of `kinds.toml`, its tier for this target ("" when healthy), and the observed fact, made harmless."""

    kind: str
    tier: str
    fact: str
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """A server wrote parts of the fact, so no diagnosis exists with another text than a plain one."""
        object.__setattr__(self, "fact", plain(self.fact))

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to report."""
        return not self.tier

    @property
    def serves(self) -> bool:
        """Whether the platform works: a slow response or an old certificate explains no other failure."""
        return self.kind in ("healthy", "slow", "certificate-ending", "certificate-urgent")

    @property
    def fails(self) -> bool:
        """Whether the platform seems not to work: a fault of the probe explains nothing either."""
        return not self.serves and self.kind != "unclassified"


def classify(plan: Plan, target: Target, outcome: Response | FetchFailure) -> Diagnosis:
    """The diagnosis of one try."""
    kind, fact = _of_failure(outcome) if isinstance(outcome, FetchFailure) else _of_response(plan, target, outcome)
    return Diagnosis(kind, _tier(plan, target, kind), fact, outcome.seconds)


def unclassified(plan: Plan, target: Target, error: Exception) -> Diagnosis:
    """The diagnosis where the probe itself failed; the error's text may hold a header, so only its type is shown."""
    fact = f"the probe failed with {type(error).__name__}"
    return Diagnosis("unclassified", _tier(plan, target, "unclassified"), fact)


def _tier(plan: Plan, target: Target, kind: str) -> str:
    # P3 is less urgent than P1: the larger name wins.
    return plan.kinds[kind].tier and max(plan.kinds[kind].tier, target.worst)


def _of_failure(failure: FetchFailure) -> tuple[str, str]:
    fact = f"{failure.phase}: {failure.reason}"
    if failure.certificate:
        return "certificate", fact
    return ("dns" if failure.phase is Phase.NAME else "origin-down"), fact


def _of_response(plan: Plan, target: Target, response: Response) -> tuple[str, str]:
    body = _json(response)
    if response.status != 200:  # noqa: PLR2004  # the one good status
        return _by_cloudflare(response, body) or _other(response, body)
    found = _findings(body) if target.expects == "findings" else _ready(body)
    if found[0] != "healthy":
        return found
    if response.seconds > plan.slow:
        return "slow", f"200 after {response.seconds:.1f} s; the limit is {plan.slow:g} s"
    # The targets of an environment share a certificate; one of them reports it.
    return (_certificate(plan, response) if target.expects == "ready" else None) or found


def _by_cloudflare(response: Response, body: dict[str, Any] | str) -> tuple[str, str] | None:
    """What Cloudflare answers instead of the platform, if it does."""
    page = _page(response, body)
    if rejected := _rejected_by_access(response, page):
        return "access-refused", rejected
    code = _CODE.search(page)
    status = f"{response.status}" + (f", error {code[1].decode()}" if code else "")
    shown = _PAGE.search(page) is not None
    if shown and response.status >= 500 and _TUNNEL_WORKS in page.lower():  # noqa: PLR2004  # a server's failures
        return "origin-down", f"{status}: the tunnel works, but the platform behind it does not answer"
    if response.status in _OWN_CODES or (shown and response.status in (502, 504)):
        return "tunnel-down", f"Cloudflare answers {status} instead of the platform"
    if "challenge" in response.headers.get("cf-mitigated", ""):
        return "access-refused", f"Cloudflare answers {status} with a challenge for browsers"
    if shown and response.status in (403, 429, 503):
        return "access-refused", f"Cloudflare's firewall answers {status}"
    return None


def _page(response: Response, body: dict[str, Any] | str) -> bytes:
    """The body if Cloudflare may have written it: what is or begins like JSON is the platform's own, unless marked.

    Since 2026-03 Cloudflare writes JSON for who accepts it: https://blog.cloudflare.com/rfc-9457-agent-error-pages/
    """
    if isinstance(body, dict) and body.get("cloudflare_error") is True:
        code = body.get("error_code")
        return f"error code: {code if isinstance(code, int) else response.status}".encode()
    own = isinstance(body, dict) or response.body.lstrip().startswith((b"{", b"["))
    return b"" if own else response.body


def _rejected_by_access(response: Response, page: bytes) -> str:
    """How Cloudflare Access rejected the probe, or ""."""
    if response.status in (301, 302, 303, 307, 308):
        where = _location(response)
        login = _host(where).endswith(".cloudflareaccess.com") or where.path.startswith("/cdn-cgi/access/")
        return f"{response.status} redirect to the login of Cloudflare Access" if login else ""
    if response.status not in (401, 403):
        return ""
    by_header = "cloudflare-access" in response.headers.get("www-authenticate", "").lower()
    return f"{response.status} from Cloudflare Access" if by_header or _ACCESS.search(page) else ""


def _location(response: Response) -> SplitResult:
    """Where a redirect leads; a Location that is no URL leads nowhere."""
    with suppress(ValueError):
        return urlsplit(response.headers.get("location", ""))
    return urlsplit("")


def _host(where: SplitResult) -> str:
    with suppress(ValueError):
        return where.hostname or ""
    return ""


def _other(response: Response, body: dict[str, Any] | str) -> tuple[str, str]:
    if response.status == 503 and isinstance(body, dict):  # noqa: PLR2004  # how /ready reports a missing part
        return "degraded", f"503: {_reasons(body)}"
    if response.status >= 500:  # noqa: PLR2004  # the server's own failures
        return "origin-down", f"HTTP {response.status}"
    if "location" in response.headers:
        return "wrong-answer", f"{response.status} redirect to {_host(_location(response)) or 'itself'}"
    return "wrong-answer", f"HTTP {response.status}"


def _ready(body: dict[str, Any] | str) -> tuple[str, str]:
    if isinstance(body, str):
        return "unreadable", f"200, but {body}"
    bad = [f"{key}: {body[key]}" for key in _STATES if _is_bad(body.get(key))]
    return ("degraded", f"200, but {', '.join(bad)}") if bad else ("healthy", "200")


def _is_bad(state: object) -> bool:
    """Whether a state says that something is wrong; what is neither a word nor true or false says nothing."""
    return isinstance(state, str | bool) and not _GOOD.fullmatch(str(state).strip())


def _findings(body: dict[str, Any] | str) -> tuple[str, str]:
    if isinstance(body, str):
        return "unreadable", f"200, but {body}"
    meta = body.get("meta")
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
        return ", ".join(_text(one) for one in listed)
    checks = next((found[key] for key in ("checks", "dependencies", "services") if key in found), found)
    if isinstance(checks, dict):
        bad = [
            f"{name}: {_state(state)}" for name, state in checks.items() if not _GOOD.fullmatch(_state(state).strip())
        ]
        return ", ".join(bad) or "no reason given"
    return _text(checks)


def _state(state: object) -> str:
    return _text(state.get("status", state)) if isinstance(state, dict) else _text(state)


def _text(thing: object) -> str:
    try:
        return str(thing)
    except RecursionError:
        return "nested too deeply"  # what the parser just accepts may be too deep to print
