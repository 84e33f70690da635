"""`catalogue/redaction.yaml` as each of its users reads it."""

import json
from pathlib import Path

from resilience.docgen import collector
from resilience.model.catalogue import ROOT
from resilience.model.logs.redaction import Redaction

LISTS = ("resilience/core/redaction.json", "probe/redaction.json", "service-kit/src/redaction.json")
"""The same text: the command, the probe and the service kit are used without each other."""


def generated(root: Path = ROOT) -> dict[str, str]:
    """Texts by path below the root.

    Raises:
        BadInputError: the list has problems.
    """
    return dict.fromkeys(LISTS, as_json(Redaction.load(root))) | {collector.CONFIG: collector.config(root)}


def as_json(redaction: Redaction) -> str:
    """The expressions in their order, and what a secret's name looks like."""
    rules = [
        {"needs": redaction.needed(rule), "expression": redaction.expression(rule), "flags": rule.flags}
        for rule in redaction.rules
    ]
    names = {
        "secret": redaction.secret_name,
        "other": redaction.other_name,
        "beginning": redaction.beginning,
    }
    return json.dumps({"rules": rules, "names": names}, indent=2, ensure_ascii=False) + "\n"
