"""Results for a report: real scenarios, with invented messages that hold hostile text."""

from itertools import cycle

from resilience.rehearsal.report.comparison import Comparison
from resilience.rehearsal.report.parsed_message import Message, ParsedMessage
from resilience.rehearsal.report.results import Result, Results
from resilience.rehearsal.scenario.scenario import Expectation, Scenario

BAD = Comparison(("it did not <arrive>", "x" * 300))
HOSTILE = "<script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>"
_LINK = f"https://example.com/explore?panes={'%7B' * 100}"
_TEXT = f":rotating_light: <!channel> *14 jobs wait.* {HOSTILE}\n<{_LINK}|Explore> {'y' * 300}"
COLOURS = ("danger", "good", "#439FE0", "red;}*{display:none")
"""The last one is no colour."""


def played(scenarios: tuple[Scenario, ...]) -> list[Results]:
    """A live run and one in virtual time; every tenth scenario is bad."""
    with_messages = (one for one in scenarios if one.live and one.expect)
    live = [_live(*pair) for pair in zip(with_messages, cycle(COLOURS), strict=False)]
    virtual = [_virtual(one, BAD if index % 10 == 3 else Comparison(())) for index, one in enumerate(scenarios)]
    return [
        Results(tuple(live), live=True, speed=60, seconds=70),
        Results(tuple(virtual), live=False, speed=1, seconds=20),
    ]


def _live(scenario: Scenario, colour: str) -> Result:
    received = tuple(_message(wanted, colour) for wanted in scenario.expect)
    return Result(scenario, Comparison(()), received, rejected=1)


def _message(wanted: Expectation, colour: str) -> ParsedMessage:
    attachment = {"title": f"{wanted.tier}: {wanted.key} {HOSTILE}", "text": _TEXT, "color": colour}
    message = Message(wanted.arrival[1], wanted.channel, "slack", {"text": HOSTILE, "attachments": [attachment]})
    return ParsedMessage(message, wanted.key, wanted.tier, resolved=False)


def _virtual(scenario: Scenario, comparison: Comparison) -> Result:
    detected = {wanted.key: wanted.firing[1] for wanted in scenario.expect}
    return Result(scenario, comparison, detected=detected, live=False)
