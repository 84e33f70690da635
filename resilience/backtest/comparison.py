"""The rules of two backtests side by side: before and after a change."""

from dataclasses import dataclass

from resilience.backtest.declared import RuleName, RuleSet
from resilience.backtest.firings import RuleHistory, length
from resilience.backtest.run import Backtest


@dataclass(frozen=True)
class Outcome:
    """What one rule would have done in numbers; times are seconds, `messages` is None if none were made."""

    firings: int
    firing: float
    no_data: float
    error: float
    messages: int | None

    @classmethod
    def of(cls, history: RuleHistory, found: Backtest) -> "Outcome":
        """Those of one rule in a backtest; an alert of Grafana's about the rule is no firing of it."""
        own = [one for one in history.firings if one.kind == "firing"]
        sent = None if found.messages is None else len(found.of(history.rule.uid))
        lasted = sum(one.seconds(found.end) for one in own)
        return cls(len(own), lasted, length(history.no_data), length(history.errors), sent)


@dataclass(frozen=True)
class Pair:
    """One rule by its uid; on either side it may not be declared, or may be left out, for the reason `why`."""

    uid: str
    before: Outcome | None
    after: Outcome | None
    why: str = ""


def changed(before: RuleSet, after: RuleSet) -> set[RuleName]:
    """The rules that are new, gone, or declared in another way."""
    old, new = ({**{one.name: one.declared for one in side.rules},
                 **{one.name: one.why for one in side.left_out}} for side in (before, after))  # fmt: skip
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def pairs(before: Backtest, after: Backtest) -> list[Pair]:
    """Every rule of either, in the order of the second."""
    whys = {one.name.uid: one.why for one in (*before.left_out, *after.left_out)}
    uids = dict.fromkeys([*after.by_uid, *before.by_uid, *whys])
    return [Pair(uid, _outcome(uid, before), _outcome(uid, after), whys.get(uid, "")) for uid in uids]


def _outcome(uid: str, found: Backtest) -> Outcome | None:
    history = found.by_uid.get(uid)
    return Outcome.of(history, found) if history else None
