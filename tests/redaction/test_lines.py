"""One table of lines for the collector, the command and the probe; the service kit reads it in its own tests.

The collector's expressions are read from its configuration and tried with RE2, whose syntax and rules Go's regexp has
(`make redaction` tries them with Go itself).
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from probe import redaction as of_the_probe
from resilience.core import redaction as of_the_command
from resilience.core.problems import without_secrets
from resilience.model.catalogue import ROOT
from tests.collector.alloy import Block, read
from tests.collector.evaluator import replaced
from tests.redaction.table import BECOMES, STAYS

PROCESS = read(ROOT / "deploy" / "alloy" / "config.alloy").one("loki.process", "logs")
Redact = Callable[[str], str]


def by_the_collector(line: str) -> str:
    """The line after the collector's own expressions."""
    return replaced(line, PROCESS)


USERS: dict[str, tuple[str, Redact]] = {
    "collector": ("[REDACTED]", by_the_collector),
    "command": ("[hidden]", of_the_command.redacted),
    "problems": ("[hidden]", without_secrets),
    "probe": ("[hidden]", of_the_probe.redacted),
}
# What an expression could read again and again: its own beginnings, and runs of what it repeats.
UNITS = (
    "a", "0", "A", "-", "_", " ", "\\", "'", "a.", "a-", "a@", "@a.", "eyJ", "eyJ-", "a://a:", "://x:@", "api", "pass",
    "token", "token=", "password: ", "password=a,", "password=$pass", "password)", '"token":"', '\\"token\\":\\"',
    "password:['a',", "<password ", "Bearer a", "basic a1", "4111 ", "4111", "1.", "curl -u ", "--password ", "?code=1",
    "cookie=a", "authorization: digest ", "-----BEGIN PRIVATE KEY-----\nAAAAAAAAAAAA", "xoxb-", "MIIEvAIBAD", "\n",
)  # fmt: skip
SHORT, LONG = 2_048, 8_192
# Four times the length takes four times as long if time is linear, and 16 times if it is quadratic.
MOST_TIMES = 12


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> tuple[str, Redact]:
    return USERS[request.param]


def test_what_is_secret_is_replaced_and_nothing_else(user: tuple[str, Redact]) -> None:
    mark, redacted = user

    wrong = [(one.line, found) for one in BECOMES if (found := redacted(one.line)) != one.clean(mark)]

    assert wrong == []


def test_a_line_that_only_looks_as_if_it_held_a_credential_stays(user: tuple[str, Redact]) -> None:
    _, redacted = user

    assert [(line, found) for line in STAYS if (found := redacted(line)) != line] == []


def test_what_is_redacted_once_stays_as_it_is(user: tuple[str, Redact]) -> None:
    mark, redacted = user

    assert [line for one in BECOMES if redacted(line := one.clean(mark)) != line] == []


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert (len(set(BECOMES)) >= 100, len(set(STAYS)) >= 80) == (True, True)


def test_every_expression_is_needed_by_some_line() -> None:
    unneeded = []
    for dropped in PROCESS.all("stage.replace"):
        rest = Block("", "", {}, tuple(block for block in PROCESS.blocks if block is not dropped))
        if all(replaced(one.line, rest) == one.clean("[REDACTED]") for one in BECOMES):
            unneeded.append(dropped.attributes["expression"][:60])

    assert unneeded == []


@pytest.mark.parametrize("unit", UNITS)
def test_the_time_grows_with_the_length_of_a_line(unit: str) -> None:
    short, long = (_seconds((unit * length)[:length]) for length in (SHORT, LONG))

    assert long < MOST_TIMES * max(short, 0.002), f"{short:.4f} s, then {long:.4f} s"


def _seconds(text: str) -> float:
    """Of this process, the better of two: other work on the machine makes one slower."""
    return min(_once(text) for _ in range(2))


def _once(text: str) -> float:
    of_the_probe.redacted.cache_clear()  # else the second time is that of remembering
    begin = time.process_time()
    of_the_probe.redacted(text)
    return time.process_time() - begin


def test_a_private_key_over_several_lines_is_gone_in_one_text_and_line_by_line(user: tuple[str, Redact]) -> None:
    _, redacted = user
    body = ["MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF0qJDr9oDk1bbmCVqZ3VS5JJcds3"] * 3 + ["VS5JJcds3xfnyg=="]
    lines = ["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----"]

    for found in (redacted("\n".join(lines)), "\n".join(redacted(line) for line in lines)):
        assert [line for line in body if line in found] == []


@pytest.mark.parametrize("name", ["password", "grafanaToken", "DB_PASSWORD", "x-api-key", "privateKey", "set-cookie"])
def test_a_name_of_a_secret_is_known(name: str) -> None:
    assert of_the_command.is_secret_name(name)


@pytest.mark.parametrize("name", ["passwordless", "nextToken", "tokenCount", "monkey", "secretary", "token_file", ""])
def test_a_name_that_only_resembles_one_is_none(name: str) -> None:
    assert not of_the_command.is_secret_name(name)


def test_the_probes_list_is_beside_it() -> None:
    assert Path(of_the_probe.__file__).with_suffix(".json").exists()
