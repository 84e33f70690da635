"""80,000 hostile answers: none raises, none speaks for Cloudflare in a body of 200, and every fact is harmless."""

import json
import random
import re
from collections import Counter
from dataclasses import replace

import pytest

from probe.classifier import classify
from probe.fetch import FetchFailure, Phase, Response
from tests.probe.plan import DATA, DEV, PLAN, READY

ANSWERS = 80_000
TARGETS = (READY, DATA, DEV)
STATUSES = (
    100,
    101,
    103,
    200,
    204,
    301,
    302,
    308,
    401,
    403,
    404,
    418,
    429,
    500,
    502,
    503,
    504,
    520,
    521,
    530,
    599,
    999,
)
BY_CLOUDFLARE = ("tunnel-down", "access-refused", "origin-down")
ACTIVE = re.compile(r"[<>`@\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\ud800-\udfff]|::|##\[|://")
PIECES = (
    *("http://", "https://", "//", "[", "]", "[::1", "::1]", ":", ":99999", ":x", "@", "%", "%zz", "?", "#", "/", "\\"),
    *("<!-- sv0-probe {", "} -->", "-->", "\n::error::", "##[error]", "@acme/team", "https://evil.example.com/a"),
    *("</details>", "``````", "|", "*x*", "[a](b)", "#1", "error 1033", "Cloudflare Ray ID: 8a", "cf-error-details"),
    *("unable to reach the origin service", "cloudflareaccess", "error code: 1033", ".cloudflareaccess.com", "1" * 99),
    *(
        "\u202e",
        "\u200b",
        "\u2028",
        "\ud800",
        "\x00",
        "\x1b[31m",
        "\r\n",
        "ä",
        "\uff0e",
        "\uff0f",
        "℀",
        " ",
        "\t",
        "",
        "status",
    ),
)
PHASES = tuple(Phase)
NAN = float("nan")
DAYS = (None, None, 3.0, 10.0, 60.0, NAN, float("inf"), -float("inf"))
HEADERS = ("location", "www-authenticate", "cf-mitigated", "server", "content-type", "retry-after", "x")
KEYS = ("status", "ok", "ready", "reasons", "errors", "checks", "services", "meta", "total_count", "cloudflare_error")
DEEP = [b'{"reasons":' + b"[" * depth + b"]" * depth + b"}" for depth in range(940, 1000, 12)]
BODIES: tuple[bytes, ...] = (
    *(b"", b" ", b"{", b"[]", b"null", b"1e999", b"\xff\xfe", b"\x00", b'{"meta":{"total_count":1e999}}'),
    *(b'{"status":"down"}', b'{"a":"\\ud800"}', b'{"meta":{"total_count":' + b"9" * 4300 + b"}}", b"9" * 5000, *DEEP),
    b"[" * 5000,
)


def text(source: random.Random) -> str:
    return "".join(source.choices(PIECES, k=source.randrange(6)))


def thing(source: random.Random, depth: int = 0) -> object:
    """A JSON value; the deeper, the simpler."""
    match source.randrange(9 if depth < 3 else 6):
        case 0:
            return source.choice((None, True, False, 0, -1, 7, 10**30, 0.5, float("inf"), float("nan")))
        case 6:
            return [thing(source, depth + 1) for _ in range(source.randrange(4))]
        case 7 | 8:
            keys = source.choices(KEYS, k=source.randrange(4))
            return {key: thing(source, depth + 1) for key in keys}
        case _:
            return text(source)


def body(source: random.Random) -> bytes:
    match source.randrange(8):
        case 0:
            return source.choice(BODIES)
        case 1:
            return source.randbytes(source.randrange(40))
        case 2:
            return text(source).encode(errors="replace")
        case 3:
            return json.dumps({key: thing(source, 1) for key in source.choices(KEYS, k=3)}).encode("utf-16")
        case _:
            return json.dumps({key: thing(source, 1) for key in source.choices(KEYS, k=3)}).encode()


class AnswerGenerator:
    """Combines bodies, texts and headers from pools: making each anew would take most of the time."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self.texts = [text(self.source) for _ in range(3000)]
        self.bodies = [body(self.source) for _ in range(5000)]
        self.bodies += [json.dumps({"meta": {"total_count": count}}).encode() for count in (0, 1) for _ in range(50)]

    def answer(self) -> Response | FetchFailure:
        """One answer, or a failure with a reason from outside."""
        choice, chance = self.source.choice, self.source.random
        if chance() < 0.05:
            return FetchFailure(choice(PHASES), choice(self.texts), 0.1, certificate=chance() < 0.3)
        headers = {choice(HEADERS): choice(self.texts), choice(HEADERS): choice(self.texts)}
        return Response(
            choice(STATUSES), headers, choice(self.bodies), chance() < 0.95, choice((0.1, 9.0, NAN)), choice(DAYS)
        )


def test_80000_answers_raise_nothing_and_every_fact_is_one_harmless_line() -> None:
    answers = AnswerGenerator(16)
    kinds: Counter[str] = Counter()
    for number in range(ANSWERS):
        outcome = answers.answer()
        one = classify(PLAN, TARGETS[number % 3], outcome)
        kinds[one.kind] += 1
        assert not ACTIVE.search(one.fact), one.fact
        assert len(one.fact) <= 165
        if isinstance(outcome, Response) and outcome.status == 200:
            assert one.kind not in BY_CLOUDFLARE, outcome

    assert set(kinds) == set(PLAN.kinds) - {"unclassified"}  # it reaches every verdict


QUOTES = (
    "error 1033",
    "error code: 1033",
    "Cloudflare Ray ID: 8a1b: unable to reach the origin service",
    '<div id="cf-error-details">Error code 530</div><div id="cf-wrapper">',
    "https://acme.cloudflareaccess.com/cdn-cgi/access/login",
    "Cloudflare Access",
    "_cf_chl_opt",
)


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "healthy"),
        (503, "degraded"),
        (500, "origin-down"),
        (502, "origin-down"),
        (403, "wrong-answer"),
        (404, "wrong-answer"),
    ],
)
def test_what_the_platform_s_own_json_quotes_decides_nothing(quote: str, status: int, kind: str) -> None:
    content = {"data": [{"title": quote}], "meta": {"total_count": 1}, "reasons": [quote]}
    one = Response(status, {"location": quote}, json.dumps(content).encode(), whole=True, seconds=0.1)

    for target in TARGETS:
        assert classify(PLAN, target, one).kind == kind
        assert classify(PLAN, target, replace(one, body=json.dumps(content).encode("utf-16"))).kind == kind


@pytest.mark.parametrize("quote", QUOTES)
def test_words_of_a_200_that_is_no_json_decide_nothing_either(quote: str) -> None:
    one = Response(200, {}, quote.encode(), whole=True, seconds=0.1)

    assert classify(PLAN, READY, one).fact == "200, but the body is not JSON"
