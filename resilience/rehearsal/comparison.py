"""Judge what arrived against what an incident promises, in both directions.

Everything wanted must arrive within its window, on its channel, with its tier; nothing else may
arrive: no other alert, no second message of the same, no recovery that nobody announced.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from resilience.core.durations import clock_face
from resilience.rehearsal.parsed_message import ParsedMessage
from resilience.rehearsal.scenario import Expectation, Scenario


@dataclass(frozen=True)
class Tolerance:
    """Virtual seconds by which a message may miss its window."""

    early: float = 0.0
    late: float = 0.0
    late_recovery: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """Good when there are no faults; each fault is one line."""

    differences: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Return whether the promise was kept."""
        return not self.differences


EXACT = Tolerance()


def compare(scenario: Scenario, received: Iterable[ParsedMessage], tolerance: Tolerance = EXACT) -> Comparison:
    """Compare messages with the incident's expectations; pure."""
    left = sorted(received, key=lambda reading: reading.message.at)
    differences: list[str] = []
    for wanted in scenario.expect:
        differences += _take(wanted, left, wanted.arrival, tolerance, resolved=False)
        if wanted.resolved:
            differences += _take(wanted, left, wanted.resolved, tolerance, resolved=True)
    differences += [_unexpected(reading) for reading in left]
    return Comparison(tuple(differences))


def _take(
    wanted: Expectation,
    left: list[ParsedMessage],
    window: tuple[float, float],
    tolerance: Tolerance,
    *,
    resolved: bool,
) -> list[str]:
    """Remove the wanted message from `left` and return what is wrong with it."""
    name = f"{wanted.key} {'resolved' if resolved else 'firing'}"
    same = [r for r in left if r.key == wanted.key and r.resolved is resolved]
    # Two tiers of one alert are two messages; a message of another tier is still the alert's.
    found = next((r for r in same if r.tier == wanted.tier), next(iter(same), None))
    if found is None:
        span = f"{clock_face(window[0])} to {clock_face(window[1])}"
        return [f"{name}: did not arrive; wanted in #sv0-{wanted.channel} from {span}"]
    left.remove(found)
    return [f"{name}: {fault}" for fault in _wrongs(wanted, found, window, tolerance)]


def _wrongs(
    wanted: Expectation, found: ParsedMessage, window: tuple[float, float], tolerance: Tolerance
) -> Iterable[str]:
    at, (earliest, latest) = found.message.at, window
    if at < earliest - tolerance.early:
        yield f"arrived at {clock_face(at)}, before {clock_face(earliest)}"
    if at > latest + (tolerance.late_recovery if found.resolved else tolerance.late):
        yield f"arrived at {clock_face(at)}, after {clock_face(latest)}"
    if found.message.channel != wanted.channel:
        yield f"arrived in #sv0-{found.message.channel}, not in #sv0-{wanted.channel}"
    if not found.resolved and found.tier != wanted.tier:
        yield f"says {found.tier or 'no tier'}, not {wanted.tier}"


def _unexpected(reading: ParsedMessage) -> str:
    at, channel = clock_face(reading.message.at), reading.message.channel
    return f"{reading.subject} {reading.state}: arrived at {at} in #sv0-{channel}, unexpected"
