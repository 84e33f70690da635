"""Grafana spells durations anew; another spelling of the same time is a difference in every preview."""

from collections.abc import Iterator
from typing import Any

from resilience.export.alertmanager import TREE
from resilience.lint.declared import STACKS, Declared, Lint
from resilience.model.conventions import seconds, spelt
from resilience.model.faults import Fault, path_of, shown

_OF_RULES = ("for", "keepFiringFor")
_OF_ROUTES = ("groupWait", "groupInterval", "repeatInterval")


def _faults(declared: Declared) -> Iterator[Fault]:
    for rule in declared.rules:
        for key in _OF_RULES:
            for problem, instead in _problems(rule.inputs.get(key)):
                yield rule.fault(key, problem, instead)
    for tree in [one for manifest in declared.manifests for one in manifest.of_type(TREE)]:
        for path, value in _of_route(tree.inputs, (tree.name,)):
            for problem, instead in _problems(value):
                yield Fault(f"{STACKS}{tree.stack}", path_of(path), problem, instead)


def _of_route(route: dict[str, Any], path: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], Any]]:
    yield from (((*path, key), route.get(key)) for key in _OF_ROUTES)
    for index, below in enumerate(route.get("policies") or []):
        yield from _of_route(below, (*path, "policies", index))


def _problems(value: str | None) -> Iterator[tuple[str, str]]:
    if not value:
        return
    try:
        normal = spelt(seconds(value))
    except ValueError as error:
        problem, _, instead = str(error).partition("; ")
        yield problem, instead
        return
    if normal != value:
        yield f"{shown(value)} is not how Grafana spells it", f"write {normal}"


LINT = Lint(
    "duration-spelling",
    "A duration that Grafana would spell otherwise, as `300s` for `5m`: every preview shows it as a change.",
    "The largest units first, nothing that is zero: `5m`, `1h30m`, `1d`.",
    _faults,
)
