"""Compare the messages that arrived with those that a scenario expects, in both directions.

Every expected message must arrive within its window, in its channel, with its tier. Nothing else may
arrive: no other alert, no second message of the same alert, no recovery that is not expected.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from resilience.core.durations import clock_face
from resilience.rehearsal.report.parsed_message import ParsedMessage
from resilience.rehearsal.scenario.scenario import Expectation, Scenario


@dataclass(frozen=True)
class Tolerance:
    """Virtual seconds by which a message may miss its window."""

    early: float = 0.0
    late: float = 0.0
    late_recovery: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """Good when there are no differences; each one is a line of text."""

    differences: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Return whether exactly the expected messages arrived."""
        return not self.differences


EXACT = Tolerance()


def compare(scenario: Scenario, received: Iterable[ParsedMessage], tolerance: Tolerance = EXACT) -> Comparison:
    """Compare received messages with what the scenario expects; pure."""
    left = sorted(received, key=lambda parsed: parsed.message.at)
    differences: list[str] = []
    for wanted in [one for expected in scenario.expect for one in _copies(expected)]:
        differences += _match(wanted, left, wanted.arrival, tolerance, resolved=False)
        if wanted.resolved:
            differences += _match(wanted, left, wanted.resolved, tolerance, resolved=True)
    differences += [_unexpected(parsed) for parsed in left]
    return Comparison(tuple(differences))


def _copies(wanted: Expectation) -> Iterator[Expectation]:
    """Yield the message of the tier and, of an event, the one that is posted at once; none of what is not announced."""
    if not wanted.announced:
        return
    yield wanted
    if wanted.event_channel:
        yield wanted.model_copy(update={"channel": wanted.event_channel, "delivered": None})


def _match(
    wanted: Expectation,
    left: list[ParsedMessage],
    window: tuple[float, float],
    tolerance: Tolerance,
    *,
    resolved: bool,
) -> list[str]:
    """Remove the expected message from `left` and return what is wrong with it."""
    name = f"{wanted.key} {'resolved' if resolved else 'firing'}"
    same = [r for r in left if r.key == wanted.key and r.resolved is resolved]
    # One alert may send a message for each of two tiers or channels; a wrong one is still this alert's.
    found = max(same, key=lambda r: (r.tier == wanted.tier) + (r.message.channel == wanted.channel), default=None)
    if found is None:
        span = f"{clock_face(window[0])} to {clock_face(window[1])}"
        return [f"{name}: did not arrive; expected in #sv0-{wanted.channel} from {span}"]
    left.remove(found)
    return [f"{name}: {difference}" for difference in _differences(wanted, found, window, tolerance)]


def _differences(
    wanted: Expectation, found: ParsedMessage, window: tuple[float, float], tolerance: Tolerance
) -> Iterable[str]:
    at, (earliest, latest) = found.message.at, window
    if at < earliest - tolerance.early:
        yield f"arrived at {clock_face(at)}, before {clock_face(earliest)}"
    if at > latest + (tolerance.late_recovery if found.resolved else tolerance.late):
        yield f"arrived at {clock_face(at)}, after {clock_face(latest)}"
    if found.message.channel != wanted.channel:
        yield f"arrived in #sv0-{found.message.channel}, not in #sv0-{wanted.channel}"
    if found.resolved and found.recovered != (wanted.ends == "recovered"):
        yield f"does not say that it ends as {wanted.ends}"
    if not found.resolved and found.tier != wanted.tier:
        yield f"says {found.tier or 'no tier'}, not {wanted.tier}"


def _unexpected(parsed: ParsedMessage) -> str:
    at, channel = clock_face(parsed.message.at), parsed.message.channel
    return f"{parsed.subject} {parsed.state}: arrived at {at} in #sv0-{channel}, unexpected"
