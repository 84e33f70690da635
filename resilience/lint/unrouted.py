"""An alert that no route matches ends at the root, which is for accidents.

Judged on the declared tree for the rule's own alert and for the two that Grafana makes of a rule
without data or with an error. Alerts of a rule differ only in labels that no route here matches.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from resilience.export.alertmanager import TREE
from resilience.lint.declared import Declared, Lint
from resilience.model.conventions import STATE_ALERTS
from resilience.model.faults import Fault

_SHOWN = ("environment", "tier", "owner")


def _faults(declared: Declared) -> Iterator[Fault]:
    for tree in [one for manifest in declared.manifests for one in manifest.of_type(TREE)]:
        for rule in declared.rules:
            for name in (str(rule.inputs.get("name")), *STATE_ALERTS):
                if set(_receivers(tree.inputs, {**rule.labels, "alertname": name})) == {tree.inputs["contactPoint"]}:
                    said = ", ".join(f'{key} "{rule.labels.get(key, "")}"' for key in _SHOWN)
                    known = "write a tier and an owner of the catalogue"
                    yield rule.fault("labels", f'no route matches alert "{name}" with {said}', known)


def _receivers(route: dict[str, Any], labels: Mapping[str, str]) -> list[str]:
    """Contact points that an alert with these labels reaches: depth first, the first match wins."""
    found: list[str] = []
    for below in route.get("policies") or []:
        if all(_matches(one, labels) for one in below.get("matchers") or []):
            found += _receivers(below, labels)
            if not below.get("continue"):
                break
    return found or [route["contactPoint"]]


def _matches(matcher: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    value, wanted = labels.get(matcher["label"], ""), matcher["value"]
    match matcher["match"]:
        case "=":
            return value == wanted
        case "!=":
            return value != wanted
        case "=~":
            return re.fullmatch(wanted, value) is not None
    return re.fullmatch(wanted, value) is None


LINT = Lint(
    "unrouted",
    "No route matches the tier, owner and environment of a rule, or of its alert for missing data or an error: "
    "it would go where accidents go.",
    "A tier and an owner of the catalogue; or a route.",
    _faults,
)
