"""Which changes are a rotation of the telemetry token: it is replaced, and what contains it is updated.

`make rotate` applies such a plan without an approval, so everything else is none: what is not compared
here would be applied without anybody having read it.
"""

import re
from collections.abc import Sequence

from resilience.manifest import types
from resilience.review.previews import PreviewStep
from resilience.review.reading import UNKNOWN, JsonObject

_TOKEN = f"{types.ROTATING_TOKEN} telemetry-access-token"
HOLDERS = re.compile(
    rf"({types.ACTIONS_SECRET}|{types.ENVIRONMENT_SECRET}) github-secrets-\S*_TOKEN(_[A-Z0-9_]+)?"
    rf"|{types.RULE_GROUP} alert-rules-credential-expiring"
)
"""The secrets that hold the token, and the rules that contain its end."""
# One replacement, as the engine lists it: in one step, or (with its parts shown) in two or three.
_REPLACEMENTS = (
    ["replace"],
    ["create-replacement", "delete-replaced"],
    ["create-replacement", "delete-replaced", "replace"],
)
_HIDDEN = ("[secret]", UNKNOWN)


def only_rotation(steps: Sequence[PreviewStep]) -> bool:
    """Whether nothing would change, or only what a rotation changes."""
    return not steps or (_is_replaced(steps) and all(belongs(step) for step in steps))


def belongs(step: PreviewStep) -> bool:
    """Whether it is part of a rotation, if the token is replaced in the same plan."""
    if _is_token(step):
        return step.op in _REPLACEMENTS[-1] and (step.op == "delete-replaced" or step.before == step.after)
    if step.op != "update" or not HOLDERS.fullmatch(f"{step.type} {step.name}"):
        return False
    try:
        return _holds_nothing_else(step)
    except (AttributeError, KeyError, TypeError):  # of another shape than ours
        return False


def token_end(steps: Sequence[PreviewStep]) -> str:
    """When the token ends that would be replaced; empty if none would be."""
    if not _is_replaced(steps):
        return ""
    return next((step.end for step in steps if _is_token(step) and step.end), UNKNOWN)


def _is_token(step: PreviewStep) -> bool:
    return f"{step.type} {step.name}" == _TOKEN


def _is_replaced(steps: Sequence[PreviewStep]) -> bool:
    found = [step for step in steps if _is_token(step)]
    return sorted(step.op for step in found) in _REPLACEMENTS and all(map(belongs, found))


def _holds_nothing_else(step: PreviewStep) -> bool:
    """Whether only what follows from the token differs: the value of a secret, or the end in a rule."""
    if step.type == types.RULE_GROUP:
        return _without_end(step.before, step.after) == _without_end(step.after, step.after)
    value = step.after.get("value", _HIDDEN[0])
    from_token = step.depends is None or [urn.rpartition("$")[2].replace("::", " ") for urn in step.depends] == [_TOKEN]
    return value in _HIDDEN and from_token and {**step.before, "value": ""} == {**step.after, "value": ""}


def _without_end(inputs: JsonObject, after: JsonObject) -> JsonObject:
    """A group without what the engine will know only with the new token: expressions, and the links that show them."""
    rules, later = inputs.get("rules") or [], after.get("rules") or []
    if len(rules) != len(later):
        return inputs
    return {**inputs, "rules": [_rule(rule, new) for rule, new in zip(rules, later, strict=True)]}


def _rule(rule: JsonObject, after: JsonObject) -> JsonObject:
    datas, later = rule["datas"], after["datas"]
    if len(datas) != len(later):
        return rule
    # The condition holds the threshold, and no time.
    datas = [
        data if new["refId"] == after["condition"] else _unless_unknown("model", data, new)
        for data, new in zip(datas, later, strict=True)
    ]
    annotations = _unless_unknown("explore_url", rule["annotations"], after["annotations"])
    return {**rule, "datas": datas, "annotations": annotations}


def _unless_unknown(key: str, found: JsonObject, after: JsonObject) -> JsonObject:
    return {**found, key: ""} if after.get(key) == UNKNOWN else found
