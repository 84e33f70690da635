"""A rule without its own uid gets a new one, and loses its state history and its silences."""

from collections import defaultdict
from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from resilience.core.conventions import Uid
from resilience.core.problems import Problem, shown
from resilience.lint.context import Context, Lint
from resilience.manifest.rules import DeclaredRule

_UIDS = TypeAdapter(Uid)


def _problems(context: Context) -> Iterator[Problem]:
    found: dict[str, list[DeclaredRule]] = defaultdict(list)
    for rule in context.rules:
        uid = rule.inputs.get("uid") or ""
        found[uid].append(rule)
        if not uid:
            yield rule.problem("uid", "is missing: Grafana would make a new one", "write one")
        elif not _is_good(uid):
            yield rule.problem("uid", f"{shown(uid)} is not right", "write at most 40 of a-z, 0-9 and dashes")
    # One Grafana holds the rules of all stacks.
    for uid, rules in found.items():
        for rule in rules[1:] if uid else []:
            yield rule.problem("uid", f'"{uid}" is already the uid of another rule', "write another")


def _is_good(uid: str) -> bool:
    try:
        _UIDS.validate_python(uid)
    except ValidationError:
        return False
    return True


LINT = Lint(
    "uid-not-pinned",
    "A rule without a uid, with one that Grafana rejects, or with the uid of another rule of any stack.",
    "A uid made from the environment and the alert's id, as `model/rules.py` does.",
    _problems,
)
