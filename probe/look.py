"""One look at every target at once: three tries each, and the question whether it is us who are cut off."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from probe.fetch import Answer, Failure, Request, fetch
from probe.judge import Verdict, judge
from probe.targets import Plan, Target

_CONTROL_SECONDS = 3.0
_AGENT = "sv0-resilience-probe/1"
Fetch = Callable[[Request], Answer | Failure]


@dataclass(frozen=True)
class Sight:
    """A target and what was seen of it; `held` when another target's failure explains it."""

    target: Target
    verdict: Verdict
    answered: bool
    held: bool = False


def look(
    plan: Plan, secrets: Mapping[str, str], fetch: Fetch = fetch, sleep: Callable[[float], None] = time.sleep
) -> list[Sight] | None:
    """What is seen of all targets, or None when it is the prober that is offline."""

    def one(target: Target) -> Sight:
        return _tried(plan, target, secrets, fetch, sleep)

    with ThreadPoolExecutor(len(plan.targets)) as pool:
        sights = list(pool.map(one, plan.targets))
    if not any(sight.answered for sight in sights) and not _online(plan, fetch):
        return None
    ill = {sight.target.name for sight in sights if not sight.verdict.serves}
    return [_explained(sight, ill) for sight in sights]


def _explained(sight: Sight, ill: set[str]) -> Sight:
    held = sight.target.after in ill
    return Sight(sight.target, sight.verdict, sight.answered, held) if held else sight


def _tried(
    plan: Plan, target: Target, secrets: Mapping[str, str], fetch: Fetch, sleep: Callable[[float], None]
) -> Sight:
    """Three bad tries count; the last one is told."""
    answered = False
    headers = {"User-Agent": _AGENT, "Accept": "application/json", **target.headers, **secrets}
    request = Request(url=target.url, headers=headers, deadline=plan.deadline, limit=plan.body)
    for pause in (0.0, *plan.pauses):
        sleep(pause)
        outcome = fetch(request)
        answered |= isinstance(outcome, Answer)
        verdict = judge(plan, target, outcome)
        if verdict.serves and verdict.kind != "slow":
            break
    return Sight(target, verdict, answered)


def _online(plan: Plan, fetch: Fetch) -> bool:
    """Whether anything at all in the world answers; what it answers does not matter."""

    def answers(url: str) -> bool:
        request = Request(url=url, headers={"User-Agent": _AGENT}, deadline=_CONTROL_SECONDS, limit=1024)
        return isinstance(fetch(request), Answer)

    with ThreadPoolExecutor(max(1, len(plan.control))) as pool:
        return any(pool.map(answers, plan.control))
