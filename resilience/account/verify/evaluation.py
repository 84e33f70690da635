"""What Grafana says of its own evaluation: is each rule evaluated, without an error, and does the watchdog fire?

Grafana's facts, in the notes on its evaluation (section 7.2): `lastEvaluation` is the tick and not the wall clock, it
is stale after two intervals, and year 1 means never. A rule that an `up` wrote begins anew, so its first evaluation
comes up to one interval later.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from resilience.account.http import ApiClient, ApiObject
from resilience.account.verify.difference import LiveDifference, note
from resilience.core.conventions import WATCHDOG
from resilience.core.durations import clock_face, spelt
from resilience.core.problems import without_secrets
from resilience.manifest import Manifest, types
from resilience.manifest.model import objects

_PATH = "/api/prometheus/grafana/api/v1/rules"
_POLL_SECONDS = 10
_STALE_INTERVALS = 2
_LONGEST_ERROR = 200
_LONGEST_INTERVAL = 1e9
_FIRING, _NO_DATA = "firing", "nodata"
_NO_ERROR = (None, "", "ok", "unknown", _NO_DATA)


class _EvaluatedRule(ApiObject):
    uid: str = ""
    state: str | None = None
    health: str | None = None
    lastError: str | None = None  # noqa: N815  # as Grafana spells it
    lastEvaluation: str | None = None  # noqa: N815  # as Grafana spells it


class _EvaluatedGroup(ApiObject):
    interval: float = 0
    rules: tuple[_EvaluatedRule, ...] = ()


class _EvaluatedGroups(ApiObject):
    groups: list[_EvaluatedGroup]


class _Evaluated(ApiObject):
    data: _EvaluatedGroups


@dataclass(frozen=True)
class Patience:
    """How long to wait for the first evaluation, in seconds, and who is notified of how many rules wait."""

    seconds: float
    progress: Callable[[int], None] = lambda _waiting: None


@dataclass(frozen=True)
class ExpectedEvaluation:
    """A declared rule, which is there and not paused; the interval is in seconds."""

    stack: str
    uid: str
    interval: float
    watchdog: bool

    @property
    def subject(self) -> str:
        """How a line names it."""
        return f"rule {self.uid}"


_Found = Mapping[str, tuple[float, _EvaluatedRule]]


def expected(manifests: Iterable[Manifest], running: set[str]) -> list[ExpectedEvaluation]:
    """All declared rules of which the uid is `running`."""
    return [
        ExpectedEvaluation(manifest.stack, uid, float(group.inputs.get("intervalSeconds") or 0), _is_watchdog(rule))
        for manifest in manifests
        for group in manifest.of_type(types.RULE_GROUP)
        for rule in objects(group.inputs.get("rules"))
        if (uid := str(rule.get("uid"))) in running
    ]


def _is_watchdog(rule: Mapping[str, object]) -> bool:
    labels = rule.get("labels")
    return isinstance(labels, dict) and labels.get("alert_id") == WATCHDOG


def differences(
    client: Callable[[], ApiClient], rules: list[ExpectedEvaluation], patience: Patience
) -> Iterator[LiveDifference]:
    """Rules that are not evaluated, or are in error; waits for those that are not evaluated yet.

    Raises:
        UserError: Grafana rejects the request, or gives no readable answer.
    """
    found, address = _settled(client, rules, patience), client().address
    for rule in rules:
        interval, evaluated = found.get(rule.uid, (0, _EvaluatedRule()))
        yield from _of_rule(address, rule, interval, evaluated)


def _settled(client: Callable[[], ApiClient], rules: list[ExpectedEvaluation], patience: Patience) -> _Found:
    """What Grafana says once every rule was evaluated, or at the end of the patience."""
    ends = _now() + patience.seconds
    while True:
        found = _read(client())
        waiting = [one for one in rules if one.uid not in found or _age(found[one.uid][1]) > _fresh(one)]
        left = ends - _now()
        if not waiting or left <= 0:
            return found
        patience.progress(len(waiting))
        time.sleep(min(_POLL_SECONDS, left))


def _now() -> float:
    return time.monotonic()


def _read(grafana: ApiClient) -> _Found:
    remedy = "give the token the role Admin"
    groups = grafana.read(_PATH, _Evaluated, remedy).data.groups
    return {rule.uid: (group.interval, rule) for group in groups for rule in group.rules}


def _fresh(rule: ExpectedEvaluation) -> float:
    return _STALE_INTERVALS * rule.interval


def _age(rule: _EvaluatedRule) -> float:
    """Seconds since the last evaluation; infinite if there was none."""
    try:
        last = datetime.fromisoformat(rule.lastEvaluation or "")
    except ValueError:
        return float("inf")
    last = last if last.tzinfo else last.replace(tzinfo=UTC)
    return float("inf") if last.year == 1 else (datetime.now(UTC) - last).total_seconds()


def _of_rule(
    address: str, rule: ExpectedEvaluation, interval: float, evaluated: _EvaluatedRule
) -> Iterator[LiveDifference]:
    age, page = _age(evaluated), f"see {address}/alerting/grafana/{rule.uid}/view"
    if age == float("inf"):
        yield LiveDifference(rule.subject, "was never evaluated", f"{page}, and status.grafana.com")
    elif age > _fresh(rule):
        what = f"was last evaluated {clock_face(age)} ago, although it is every {spelt(rule.interval)}"
        yield LiveDifference(rule.subject, what, f"{page}, and status.grafana.com")
    elif interval != rule.interval:
        what = f"is evaluated every {_spelt(interval)}, not every {spelt(rule.interval)}"
        yield LiveDifference(rule.subject, what, f"run `make up STACK={rule.stack}`")
    yield from _health(rule, evaluated, page)
    if rule.watchdog and evaluated.state != _FIRING:
        what = f"does not fire (its state is {evaluated.state or 'unknown'}), so no signs of life are sent"
        yield LiveDifference(rule.subject, what, "see runbooks/watchdog.md")


def _health(rule: ExpectedEvaluation, evaluated: _EvaluatedRule, page: str) -> Iterator[LiveDifference]:
    if evaluated.lastError or evaluated.health not in _NO_ERROR:
        why = without_secrets(evaluated.lastError or f"its health is {evaluated.health}")[:_LONGEST_ERROR]
        yield LiveDifference(rule.subject, f"is in error: {why}", page)
    elif evaluated.health == _NO_DATA:
        yield note(rule.subject, "has no data, which is right until the collector and the outside checks send some")


def _spelt(interval: float) -> str:
    return spelt(interval) if 0 <= interval < _LONGEST_INTERVAL else "?"
