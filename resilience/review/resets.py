"""Rules that a change would reset: their alerts end, and they wait from the start."""

from collections.abc import Sequence

from resilience.grafana import PlacedRule, placed, reset_reasons
from resilience.manifest import types
from resilience.manifest.model import objects
from resilience.review.reading import JsonObject

_Rules = dict[tuple[str, str], PlacedRule]


def resets(before: Sequence[JsonObject], after: Sequence[JsonObject]) -> list[str]:
    """A sentence for each rule that is in both and would be reset, by stack and uid."""
    old, new = _rules(before), _rules(after)
    return [
        f'{stack}: "{new[stack, uid].inputs.get("name")}" restarts its waiting time: {", ".join(reasons)} changed'
        for stack, uid in sorted(old.keys() & new.keys())
        if (reasons := reset_reasons(old[stack, uid], new[stack, uid]))
    ]


def _rules(manifest: Sequence[JsonObject]) -> _Rules:
    found: _Rules = {}
    for stack in {one["stack"] for one in manifest}:
        folders = {str(one.get("uid")): str(one.get("title")) for one in _inputs(manifest, stack, types.FOLDER)}
        groups = [{**one, "rules": objects(one.get("rules"))} for one in _inputs(manifest, stack, types.RULE_GROUP)]
        found |= {(stack, str(rule.inputs.get("uid"))): rule for rule in placed(groups, folders)}
    return found


def _inputs(manifest: Sequence[JsonObject], stack: str, kind: str) -> list[JsonObject]:
    return [one["inputs"] for one in manifest if (one["stack"], one["type"]) == (stack, kind)]
