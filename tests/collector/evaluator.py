"""Evaluates some blocks of our Alloy configuration, for tests where Alloy cannot run.

This is NOT Alloy: it follows the code of v1.18.1 for `filter` and `rule` blocks and for
`stage.replace`, and rejects everything else. Alloy uses Go's regexp, which is RE2's language: here RE2
itself finds what to replace, and Python's `re` with ASCII classes decides on labels.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import re2  # type: ignore[import-untyped]

from tests.collector.alloy import Block, value

TargetLabels = dict[str, str]
_DEFAULTS = {"separator": ";", "regex": "(.*)", "replacement": "$1", "action": "replace", "source_labels": []}
_REFERENCE = re.compile(r"\$(\d)")


def listed(
    containers: Iterable[Mapping[str, Any]], discovery: Block, variables: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The containers that the daemon returns from `GET /containers/json` with the block's filters.

    All filters must match; a filter matches if any of its values does. Without a filter on the status
    only running containers are listed.
    """
    filters = {
        block.attributes["name"]: value(block.attributes["values"], variables) for block in discovery.all("filter")
    }
    filters.setdefault("status", ["running"])
    return [one for one in containers if all(_matches(one, name, wanted) for name, wanted in filters.items())]


def _matches(container: Mapping[str, Any], name: str, wanted: list[str]) -> bool:
    match name:
        case "status":
            return container["State"] in wanted
        case "label":
            return any(f"{key}={text}" in wanted for key, text in container["Labels"].items())
    raise LookupError(f"filter {name} is not evaluated here")


def target(container: Mapping[str, Any]) -> TargetLabels:
    """The meta labels that discovery gives a container (one of them has Docker's leading slash)."""
    labels = {_meta(f"label_{key}"): text for key, text in container["Labels"].items()}
    return labels | {_meta("id"): container["Id"], _meta("name"): container["Names"][0]}


def _meta(name: str) -> str:
    return "__meta_docker_container_" + re.sub(r"\W", "_", name, flags=re.ASCII)


def relabelled(labels: TargetLabels, component: Block, variables: Mapping[str, str]) -> TargetLabels | None:
    """The labels after all rules of the block, or None when a rule drops the target or series."""
    found: TargetLabels | None = labels
    for rule in component.all("rule"):
        found = _apply_rule(found, _DEFAULTS | value(dict(rule.attributes), variables)) if found is not None else None
    return found


def _apply_rule(labels: TargetLabels, rule: Mapping[str, Any]) -> TargetLabels | None:
    joined = rule["separator"].join(labels.get(name, "") for name in rule["source_labels"])
    expression = re.compile(rule["regex"], re.ASCII | re.DOTALL)
    found = expression.fullmatch(joined)
    match rule["action"]:
        case "keep":
            return labels if found else None
        case "drop":
            return None if found else labels
        case "replace":
            return _replaced(labels, found, rule)
        case "labelkeep":
            return {name: text for name, text in labels.items() if expression.fullmatch(name)}
        case "labeldrop":
            return {name: text for name, text in labels.items() if not expression.fullmatch(name)}
    raise LookupError(f"action {rule['action']} is not evaluated here")


def _replaced(labels: TargetLabels, found: re.Match[str] | None, rule: Mapping[str, Any]) -> TargetLabels:
    if found is None:
        return labels
    text = _REFERENCE.sub(lambda number: found[int(number[1])] or "", rule["replacement"])
    kept = {name: old for name, old in labels.items() if name != rule["target_label"]}
    return kept | {rule["target_label"]: text} if text else kept


def replaced(line: str, process: Block) -> str:
    """The line after every `stage.replace` of the block, which replaces only the groups of each match."""
    for stage in process.all("stage.replace"):
        line = _stage(line, _compiled(stage.attributes["expression"]), stage.attributes["replace"])
    return line


@cache
def _compiled(expression: str) -> Any:
    return re2.compile(expression)


def _stage(line: str, expression: Any, replacement: str) -> str:
    done, end = "", 0
    for found in expression.finditer(line):
        for group in range(1, expression.groups + 1):
            begin, after = found.span(group)
            if begin >= 0 and (end == 0 or end <= begin):
                done += line[end:begin] + replacement
                end = after
    return done + line[end:]
