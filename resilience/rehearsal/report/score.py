"""How a set of rules does on the scenarios: alerts caught, alerts missed, false alerts."""

from dataclasses import dataclass

from resilience.rehearsal.report.results import Result
from resilience.rehearsal.scenario.scenario import AlertKey, Expectation, Scenario


@dataclass(frozen=True)
class Score:
    """The alerts of one scenario in virtual time.

    Attributes:
        caught: virtual seconds from the start of the fault to the first firing, by alert.
        missed: alerts that did not fire in their window.
        false: alerts that are not expected. One that fires too long is not false; the comparison finds it.
    """

    scenario: Scenario
    caught: dict[AlertKey, float]
    missed: tuple[AlertKey, ...]
    false: tuple[AlertKey, ...]


def score(result: Result) -> Score:
    """Return the score of a result in virtual time."""
    wanted: dict[AlertKey, Expectation] = {}
    for one in result.scenario.expect:
        wanted.setdefault(one.key, one)
    caught = {
        key: result.detected[key] - result.scenario.begins
        for key, one in wanted.items()
        if key in result.detected and one.firing[0] <= result.detected[key] <= one.firing[1]
    }
    false = tuple(sorted(set(result.detected) - set(wanted)))
    return Score(result.scenario, caught, tuple(sorted(set(wanted) - set(caught))), false)


def recall(scores: list[Score]) -> tuple[int, int]:
    """Return how many of the expected alerts were caught, and how many there were."""
    caught = sum(len(one.caught) for one in scores)
    return caught, caught + sum(len(one.missed) for one in scores)


def slowest(scores: list[Score], waits: dict[tuple[str, str, str], float]) -> dict[str, tuple[float, Scenario]]:
    """Return for each alert id the longest time to its first message, and the scenario with it.

    `waits` are the routes' group waits in seconds, by alert id, tier and environment. Left out are
    scenarios with `slower`, and alerts that fired before the scenario began.
    """
    found: dict[str, tuple[float, Scenario]] = {}
    for one in scores:
        for wanted in one.scenario.expect:
            if one.scenario.slower or wanted.firing[0] < 0 or wanted.key not in one.caught:
                continue
            at = one.caught[wanted.key] + one.scenario.begins
            after = since_its_fault(one.scenario, wanted, at) + waits[_labels(wanted)]
            if after > found.get(wanted.alert_id, (-1.0, one.scenario))[0]:
                found[wanted.alert_id] = (after, one.scenario)
    return found


def _labels(wanted: Expectation) -> tuple[str, str, str]:
    return wanted.alert_id, wanted.tier, wanted.environment


def since_its_fault(scenario: Scenario, wanted: Expectation, at: float) -> float:
    """Return the seconds from the start of the alert's own fault, the last before it fires, to the moment `at`."""
    return at - max((f.since for f in scenario.faults if 0 < f.since < wanted.firing[0]), default=scenario.begins)
