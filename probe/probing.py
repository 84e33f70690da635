"""Probe all targets at once, three tries each, and find out whether the prober itself is offline."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from probe.classifier import Diagnosis, classify, unclassified
from probe.fetch import FetchFailure, Request, Response, fetch
from probe.targets import CONTROL, Plan, Target

_AGENT = "sv0-resilience-probe/1"
Fetch = Callable[[Request], Response | FetchFailure]


@dataclass(frozen=True)
class ProbeResult:
    """The diagnosis of a target; `answered` if any HTTP response came, `explained` if another target explains it."""

    target: Target
    diagnosis: Diagnosis
    answered: bool
    explained: bool = False


def probe_all(
    plan: Plan, secrets: Mapping[str, str], fetch: Fetch = fetch, sleep: Callable[[float], None] = time.sleep
) -> list[ProbeResult] | None:
    """The results of all targets, or None if the prober is offline."""

    def one(target: Target) -> ProbeResult:
        return _probe(plan, target, secrets, fetch, sleep)

    with ThreadPoolExecutor(len(plan.targets)) as pool:
        results = list(pool.map(one, plan.targets))
    if not any(result.answered for result in results) and not _online(plan, fetch):
        return None
    failing = {result.target.name for result in results if result.diagnosis.fails}
    return [replace(result, explained=result.target.explained_by in failing) for result in results]


def _probe(
    plan: Plan, target: Target, secrets: Mapping[str, str], fetch: Fetch, sleep: Callable[[float], None]
) -> ProbeResult:
    """Three bad tries count; the last one is reported."""
    answered = False
    headers = {"User-Agent": _AGENT, "Accept": "application/json", **target.headers, **secrets}
    request = Request(url=target.url, headers=headers, deadline=plan.deadline, limit=plan.body)
    for pause in (0.0, *plan.pauses):
        sleep(pause)
        diagnosis, response = _try(plan, target, request, fetch)
        answered |= response
        if diagnosis.serves and diagnosis.kind != "slow":
            break
    return ProbeResult(target, diagnosis, answered)


def _try(plan: Plan, target: Target, request: Request, fetch: Fetch) -> tuple[Diagnosis, bool]:
    """The diagnosis of one try, and whether a response came; a fault of the probe stays with this target."""
    response = False
    try:
        outcome = fetch(request)
        response = isinstance(outcome, Response)
        return classify(plan, target, outcome), response
    except Exception as error:  # noqa: BLE001  # what a server sends never keeps the others from being reported
        return unclassified(plan, target, error), response


def _online(plan: Plan, fetch: Fetch) -> bool:
    """Whether any control address answers; the status does not matter."""

    def answers(url: str) -> bool:
        request = Request(url=url, headers={"User-Agent": _AGENT}, deadline=CONTROL, limit=1024)
        with suppress(Exception):  # a control address that breaks the probe shows nothing
            return isinstance(fetch(request), Response)
        return False

    with ThreadPoolExecutor(max(1, len(plan.control))) as pool:
        return any(pool.map(answers, plan.control))
