"""A rule without a uid of its own gets a new one, and loses the history of its state and its silences."""

from collections import defaultdict
from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from resilience.lint.declared import Declared, DeclaredRule, Lint
from resilience.model.conventions import Uid
from resilience.model.faults import Fault, shown

_UIDS = TypeAdapter(Uid)


def _faults(declared: Declared) -> Iterator[Fault]:
    found: dict[str, list[DeclaredRule]] = defaultdict(list)
    for rule in declared.rules:
        uid = rule.inputs.get("uid") or ""
        found[uid].append(rule)
        if not uid:
            yield rule.fault("uid", "is missing: Grafana would make a new one", "pin it")
        elif not _is_good(uid):
            yield rule.fault("uid", f"{shown(uid)} is not right", "write 40 of a-z, 0-9 and dashes at most")
    # One Grafana holds the rules of all stacks.
    for uid, rules in found.items():
        for rule in rules[1:] if uid else []:
            yield rule.fault("uid", f'"{uid}" is the uid of another rule already', "write another")


def _is_good(uid: str) -> bool:
    try:
        _UIDS.validate_python(uid)
    except ValidationError:
        return False
    return True


LINT = Lint(
    "uid-not-pinned",
    "A rule without a uid, with one that Grafana refuses, or with that of another rule of any stack.",
    "A uid made from the environment and the alert's id, as `model/rules.py` does.",
    _faults,
)
