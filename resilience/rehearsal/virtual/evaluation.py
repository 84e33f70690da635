"""Evaluate scenarios in virtual time: Prometheus evaluates the queries, the model of Grafana the rules' states.

Every scenario has its stretch of time in one Prometheus (storage.py). At each virtual minute, in several phases of
scrape and evaluation, exactly the expected alerts must be posted as firing. Within the window in which an alert may
start or end, that alert is left out. Routes, business hours and Slack are checked by live runs.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property

from resilience.core.conventions import WATCHDOG
from resilience.core.durations import HOUR, MINUTE, clock_face
from resilience.grafana import SentAlert
from resilience.promql.ast import parsed, selectors, series_name
from resilience.rehearsal.exported import EvaluatedRule, Exported
from resilience.rehearsal.report.comparison import EXACT, Comparison
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.scenario.faults import GrafanaStop, InEnvironment, QueryFailure, StoreRestart
from resilience.rehearsal.scenario.scenario import AlertKey, Expectation, Scenario
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.targets import EnvironmentPart, SimulatorFactory
from resilience.rehearsal.switch import Switch, differences
from resilience.rehearsal.virtual import storage
from resilience.rehearsal.virtual.answers import Ticks, answers, may_alert
from resilience.rehearsal.virtual.posts import Post, is_recovery, key_of, may_fail, posts
from resilience.rehearsal.virtual.reach import places_read, places_touched
from resilience.rehearsal.virtual.series import FIRST_SCRAPE, LEAD, WantedSeries, simulated
from resilience.rehearsal.virtual.storage import Storage
from resilience.tools import binaries

PARALLEL = 2
LONG = 4 * HOUR
COMMON = (GrafanaStop, QueryFailure, StoreRestart)
"""Faults of what all environments share."""
PHASES = (0.0, FIRST_SCRAPE)
"""Seconds from each full minute of virtual time to the evaluation: some time after a scrape, and at its very moment."""

Firing = Counter[tuple[AlertKey, str]]
"""How many alerts fire, by alert and tier."""
Step = Callable[[], None]
"""Called when a part of the work is done, of which each scenario has `STEPS`."""
STEPS = 2
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
"""A series by its name, and not by a pattern."""


@dataclass(frozen=True)
class Played:
    """A scenario, what Grafana would post in each phase, in the order of time, and who waits for the watchdog."""

    scenario: Scenario
    posts: dict[float, list[Post]]
    switch: Switch | None = None

    @property
    def first_phase(self) -> list[Post]:
        """Return the posts of the first phase."""
        return next(iter(self.posts.values()))


Exports = Callable[[Scenario], Exported]
"""Returns the export for a scenario: as declared, or with the scenario's `settings` changed."""


@dataclass(frozen=True)
class _Stretch:
    """A scenario, the sets of rules for it, and the Unix time at which its stretch begins."""

    exports: tuple[Exported, ...]
    scenario: Scenario
    begin: float

    @property
    def zero(self) -> float:
        """Return the Unix time of virtual zero."""
        return self.begin + LEAD

    def ticks(self, phase: float) -> Ticks:
        """Return the evaluations of a phase, from the first minute with a scrape to the end."""
        return Ticks(self.begin + MINUTE + phase, int((LEAD + self.scenario.length - phase) // MINUTE))

    @property
    def every(self) -> tuple[str, ...]:
        """Return all environments of the rules."""
        return self.exports[0].environments

    @cached_property
    def affected(self) -> frozenset[str]:
        """Return the environments that the scenario names; all if it names none, or what ends is common to them."""
        faults = self.scenario.faults
        named = {fault.environment for fault in faults if isinstance(fault, InEnvironment)}
        named |= {*self.scenario.settings, *(wanted.environment for wanted in self.scenario.expect)}
        return frozenset(self.every if not named or any(isinstance(one, COMMON) for one in faults) else named)

    @cached_property
    def touched(self) -> frozenset[EnvironmentPart]:
        """Return whose samples the scenario may change."""
        return places_touched(self.scenario.faults, self.every)

    @cached_property
    def wanted(self) -> WantedSeries:
        """Return what is simulated: what the evaluated rules read.

        Of a long scenario that of the affected environments alone: others double the time.
        """
        expressions = tuple(rule.expr for exported in self.exports for rule in self.rules(exported))
        read = frozenset().union(*(places_read(expr, self.every) for expr in expressions))
        near = self.affected | {""} if self.scenario.length > LONG else {"", *self.every}
        return WantedSeries(_series_read(expressions), frozenset(place for place in read if place[0] in near))

    @property
    def environments(self) -> tuple[str, ...]:
        """Return those that are simulated."""
        return tuple(one for one in self.every if any(one == name for name, _ in self.wanted.places))

    def rules(self, exported: Exported) -> tuple[EvaluatedRule, ...]:
        """Return the rules that can read what is touched, read nothing, or have changed settings.

        Others say what they say while all is well. The watchdog's only where somebody looks at it.
        """
        return tuple(one for one in exported.grafana if self._sees(one))

    def _sees(self, one: EvaluatedRule) -> bool:
        if one.rule.labels["alert_id"] == WATCHDOG:
            return self.scenario.watchdog_speaks is not None
        read = places_read(one.expr, self.every)
        if not read or one.rule.labels["environment"] in self.scenario.settings:
            return one.rule.labels["environment"] in self.affected
        return not read.isdisjoint(self.touched)


@cache
def _series_read(expressions: tuple[str, ...]) -> frozenset[str]:
    try:
        found = {series_name(one) for expr in expressions for one in selectors(parsed(expr))}
    except ValueError:
        return frozenset()  # Prometheus says what is wrong with it
    return frozenset(found) if all(map(_NAME.fullmatch, found)) else frozenset()


def evaluate(exported: Exported, scenario: Scenario, simulator_of: SimulatorFactory = ApiSimulator) -> Result:
    """Evaluate one scenario; raises RehearsalError when the rules cannot be evaluated."""
    ((result,),) = evaluate_each((lambda _: exported,), (scenario,), simulator_of)
    return result


def evaluate_each(
    sets: Sequence[Exports], scenarios: Sequence[Scenario], simulator_of: SimulatorFactory = ApiSimulator
) -> tuple[tuple[Result, ...], ...]:
    """Evaluate scenarios with each of several sets of rules; results are in the order of the scenarios."""
    return tuple(tuple(map(checked, played)) for played in play(sets, scenarios, simulator_of))


def play(
    sets: Sequence[Exports],
    scenarios: Sequence[Scenario],
    simulator_of: SimulatorFactory = ApiSimulator,
    phases: Sequence[float] = (),
    step: Step = lambda: None,
) -> tuple[tuple[Played, ...], ...]:
    """Return for each set of rules what Grafana would post in each scenario; samples are simulated once for all.

    `phases` are those of `usable_phases` if none is given.

    Raises:
        RehearsalError: the rules cannot be evaluated.
    """
    # Exported before threads start: the Pulumi SDK has a single event loop.
    pairs = [(tuple(declared(scenario) for declared in sets), scenario) for scenario in scenarios]
    found = [one for batch in _batches(pairs) for one in _played(batch, simulator_of, phases or usable_phases(), step)]
    by_id = {played[0].scenario.id: played for played in found}
    return tuple(zip(*(by_id[scenario.id] for scenario in scenarios), strict=True))


def usable_phases() -> tuple[float, ...]:
    """Return all phases; without the windows of Prometheus 3 that of a scrape is left out, as boundaries are."""
    return PHASES[:1] if binaries.semantics() else PHASES


def _batches(pairs: Sequence[tuple[tuple[Exported, ...], Scenario]]) -> Iterator[list[_Stretch]]:
    """Yield what shares a Prometheus: settings may have dates, which count from Unix 0, so each of these is alone."""
    yield from ([_Stretch(*pair, 0.0)] for pair in pairs if pair[1].settings)
    if together := [pair for pair in pairs if not pair[1].settings]:
        distance = storage.stretch(max(scenario.length for _, scenario in together) + LEAD)
        yield [_Stretch(*pair, index * distance) for index, pair in enumerate(together)]


def _played(
    batch: list[_Stretch], simulator_of: SimulatorFactory, phases: Sequence[float], step: Step
) -> Iterator[tuple[Played, ...]]:
    with storage.started() as prometheus, ThreadPoolExecutor(PARALLEL) as pool:

        def run(one: _Stretch) -> tuple[Played, ...]:
            return tuple(
                Played(
                    one.scenario,
                    {phase: _posted(one, exported, prometheus, phase) for phase in phases},
                    Switch.of(exported) if one.scenario.watchdog_speaks else None,
                )
                for exported in one.exports
            )

        running = []
        for one in batch:
            series = simulated(one.environments, one.scenario, simulator_of, one.begin, one.wanted)
            prometheus.write(list(series), one.begin + FIRST_SCRAPE)
            running.append(pool.submit(run, one))
            step()
        for future in running:
            yield future.result()
            step()


def _posted(one: _Stretch, exported: Exported, prometheus: Storage, phase: float) -> list[Post]:
    """Return what all rules post in one phase."""
    ticks, faults = one.ticks(phase), one.scenario.faults
    found: list[Post] = []
    for rule in one.rules(exported):
        if may_fail(rule, faults) or may_alert(prometheus, rule, ticks):
            found += posts(rule, answers(prometheus, rule, ticks), ticks.times(), one.zero, faults)
    return sorted(found, key=lambda post: post.at)


def checked(played: Played) -> Result:
    """Compare what would be posted with what must be; the first difference of any phase counts."""
    phases = [firing_at(played.scenario, posts, phase) for phase, posts in played.posts.items()]
    different = [found for firing in phases if (found := _difference(played.scenario, firing))]
    different += [found for posts in played.posts.values() for found in _wrong_ends(played.scenario, posts)]
    different += [found for phase, posts in played.posts.items() for found in _wrong_silence(played, posts, phase)]
    return Result(played.scenario, Comparison(tuple(different[:1])), detected=_detected(phases), live=False)


def firing_at(scenario: Scenario, posted: Iterable[Post], phase: float) -> dict[float, Firing]:
    """Return what fires in the Alertmanager at each virtual second of a phase, from the lead to the end.

    An alert that nobody posts any more fires until the end that its last post gave it.
    """
    firing: dict[float, Firing] = {}
    for at, active in _active(scenario, posted, phase):
        heard = (sent for sent in active if sent.labels["alert_id"] != WATCHDOG)
        firing[at] = Counter((key_of(sent), sent.labels["tier"]) for sent in heard)
    return firing


def _wrong_silence(played: Played, posted: Iterable[Post], phase: float) -> tuple[str, ...]:
    """Return what is wrong with the moment at which the service behind the watchdog speaks."""
    if played.switch is None:
        return ()
    moments = _active(played.scenario, posted, phase)
    alive = [at for at, active in moments if at >= 0 and any(one.labels["alert_id"] == WATCHDOG for one in active)]
    return differences(played.switch, played.scenario, played.switch.signs(alive), EXACT)


def _active(scenario: Scenario, posted: Iterable[Post], phase: float) -> Iterator[tuple[float, list[SentAlert]]]:
    """Yield each virtual second of a phase, and the alerts that fire in the Alertmanager then."""
    by_time: defaultdict[float, list[SentAlert]] = defaultdict(list)
    for post in posted:
        by_time[post.at] += post.alerts
    active: dict[frozenset[tuple[str, str]], SentAlert] = {}
    first = -int(LEAD // MINUTE)
    for at in (phase + minute * MINUTE for minute in range(first, int((scenario.length - phase) // MINUTE) + 1)):
        if active or at in by_time:
            active |= {sent.identity: sent for sent in by_time.get(at, ())}
            active = {identity: sent for identity, sent in active.items() if not sent.resolved and sent.ends_at > at}
        yield at, list(active.values())


def _detected(phases: Iterable[dict[float, Firing]]) -> dict[AlertKey, float]:
    """Return when each alert first fires, in the phase in which it comes latest."""
    latest: dict[AlertKey, float] = {}
    for firing in phases:
        first: dict[AlertKey, float] = {}
        for at, found in firing.items():
            for key, _ in found:
                first.setdefault(key, at)
        latest |= {key: max(at, latest.get(key, at)) for key, at in first.items()}
    return latest


def _difference(scenario: Scenario, firing: dict[float, Firing]) -> str:
    """Return the first moment at which something else fires than must, as a sentence; empty if there is none."""
    checked: tuple[Firing, list[bool | None]] | None = None
    for at, found in firing.items():
        due = [_state(one, at) for one in scenario.expect]
        if at < 0 or (found, due) == checked:
            continue
        checked = found, due
        states = [
            ((one.key, str(one.tier)), one.instances, state) for one, state in zip(scenario.expect, due, strict=True)
        ]
        open_windows = {pair for pair, _, state in states if state is None}
        wanted = Counter({pair: count for pair, count, state in states if state and pair not in open_windows})
        got = Counter({pair: count for pair, count in found.items() if pair not in open_windows})
        if got != wanted:
            return f"at {clock_face(at)}: {_alerts(got, wanted)} fires, {_alerts(wanted, got)} should"
    return ""


def _wrong_ends(scenario: Scenario, posted: Iterable[Post]) -> Iterator[str]:
    """Yield ends that are announced as something else than they must be; an end that is posted again is no news."""
    firing: set[frozenset[tuple[str, str]]] = set()
    for post in posted:
        ended = [one for one in post.alerts if one.resolved and one.identity in firing]
        firing.difference_update(one.identity for one in ended)
        firing.update(one.identity for one in post.alerts if not one.resolved)
        for sent in ended:
            yield from _wrong_end(scenario, sent, post.at)


def _wrong_end(scenario: Scenario, sent: SentAlert, at: float) -> Iterator[str]:
    for wanted in (one for one in scenario.expect if one.key == key_of(sent)):
        expected = wanted.resolved and wanted.resolved[0] <= at <= wanted.resolved[1]
        if expected and is_recovery(sent) != (wanted.ends == "recovered"):
            yield f"at {clock_face(at)}: {wanted.key} does not end as {wanted.ends}"


def _alerts(fires: Firing, other: Firing) -> str:
    """Return alerts in words; tier and number stand there if only they differ from the others."""
    keys = {key for key, _ in other}
    found = (
        f"{count} of {tier} {key}" if key in keys and (key, tier, count) not in _spelt(other) else str(key)
        for key, tier, count in _spelt(fires)
    )
    return ", ".join(found) or "nothing"


def _spelt(firing: Firing) -> list[tuple[AlertKey, str, int]]:
    return sorted((key, tier, count) for (key, tier), count in firing.items())


def _state(wanted: Expectation, at: float) -> bool | None:
    """Return whether the alert must fire at virtual second `at`, None within a window."""
    if at < wanted.firing[0]:
        return False
    if at <= wanted.firing[1]:
        return None
    if wanted.resolved is None or at < wanted.resolved[0]:
        return True
    return None if at <= wanted.resolved[1] else False
