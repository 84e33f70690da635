"""Grafana respells durations, so every preview shows another spelling of the same time as a difference."""

from collections.abc import Iterator
from typing import Any

from resilience.core.durations import seconds, spelt
from resilience.core.problems import Problem, path_of, shown
from resilience.lint.context import Context, Lint
from resilience.manifest import types
from resilience.manifest.rules import STACKS

_OF_RULES = ("for", "keepFiringFor")
_OF_ROUTES = ("groupWait", "groupInterval", "repeatInterval")


def _problems(context: Context) -> Iterator[Problem]:
    for rule in context.rules:
        for key in _OF_RULES:
            for what, instead in _spellings(rule.inputs.get(key)):
                yield rule.problem(key, what, instead)
    for tree in [one for manifest in context.manifests for one in manifest.of_type(types.NOTIFICATION_POLICY)]:
        for path, value in _of_route(tree.inputs, (tree.name,)):
            for what, instead in _spellings(value):
                yield Problem(f"{STACKS}{tree.stack}", path_of(path), what, instead)


def _of_route(route: dict[str, Any], path: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], Any]]:
    yield from (((*path, key), route.get(key)) for key in _OF_ROUTES)
    for index, below in enumerate(route.get("policies") or []):
        yield from _of_route(below, (*path, "policies", index))


def _spellings(value: str | None) -> Iterator[tuple[str, str]]:
    if not value:
        return
    try:
        normal = spelt(seconds(value))
    except ValueError as error:
        what, _, instead = str(error).partition("; ")
        yield what, instead
        return
    if normal != value:
        yield f"{shown(value)} is not how Grafana spells it", f"write {normal}"


LINT = Lint(
    "duration-spelling",
    "A duration that Grafana spells in another way, as `300s` for `5m`: every preview shows it as a change.",
    "The largest units first, and no unit with zero: `5m`, `1h30m`, `1d`.",
    _problems,
)
