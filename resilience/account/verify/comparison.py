"""What is declared against what is there: what is missing, what nobody declared, and each field that differs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from resilience.account import things
from resilience.account.things import FOLDER, POINT, ROUTE, RULE, TEMPLATE, TREE, Thing
from resilience.account.verify.difference import LiveDifference
from resilience.account.verify.values import Placeholders, differing, explained
from resilience.manifest import Manifest, types

_DEFINE = re.compile(r"\{\{-?\s*define\s+\"([^\"]*)\"")
_DELETE = "delete it: docs/bootstrap.md, After a lost answer"
_Identity = tuple[str, str, str, int]


@dataclass(frozen=True)
class DeclaredThings:
    """What stacks declare, each with the name of its stack.

    Attributes:
        ours: of the stacks that are verified.
        known: identities of what any stack declares.
        trees: by stack, the name of its policy tree.
    """

    ours: Mapping[_Identity, tuple[str, Thing]]
    known: frozenset[_Identity]
    trees: Mapping[str, str]

    @classmethod
    def of(cls, manifests: Iterable[Manifest], stacks: Sequence[str]) -> "DeclaredThings":
        """Of all manifests, those of `stacks` verified."""
        every = [(one.stack, thing) for one in manifests for thing in things.declared(one)]
        identities = list(_identified(thing for _, thing in every))
        ours = {key: one for key, one in zip(identities, every, strict=True) if one[0] in stacks}
        trees = {one.stack: tree.name for one in manifests for tree in one.of_type(types.NOTIFICATION_POLICY)}
        return cls(ours, frozenset(identities), trees)

    def of_kind(self, kind: str) -> list[Thing]:
        """All of one kind that are verified."""
        return [thing for _, thing in self.ours.values() if thing.kind == kind]

    def remedy(self, stack: str, *, anew: bool = False) -> str:
        """How to write it again; `anew` for a tree that lost all its routes, which no refresh sees."""
        replaced = f"run `pulumi up --stack {stack} --replace '**::{self.trees.get(stack)}'`"
        return replaced if anew else f"run `make up STACK={stack}`"


def differences(declared: DeclaredThings, live: Sequence[Thing], hidden: Placeholders) -> Iterator[LiveDifference]:
    """All of them, in the order in which things are declared; then what nobody declared."""
    found = dict(zip(_identified(live), live, strict=True))
    bare = any(one.kind == TREE and not one.fields["routes"] for one in live)
    for identity, (stack, thing) in declared.ours.items():
        here, remedy = found.get(identity), declared.remedy(stack, anew=bare and thing.kind in (TREE, ROUTE))
        if here is None:
            yield LiveDifference(subject(thing), "is missing", remedy)
        else:
            yield from _fields(thing, here, hidden, remedy)
    yield from _unmanaged(declared, [thing for identity, thing in found.items() if identity not in declared.known])


def subject(thing: Thing) -> str:
    """How a line names it."""
    kind = f" ({thing.fields.get('type')})" if thing.kind == POINT else ""
    return f"{thing.kind} {thing.key}{kind}".rstrip()


def _identified(found: Iterable[Thing]) -> Iterator[_Identity]:
    """The same key twice is two things: Grafana merges contact points of one name and says nothing."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for thing in found:
        key = (thing.kind, thing.key, str(thing.fields.get("type")) if thing.kind == POINT else "")
        seen[key] += 1
        yield (*key, seen[key])


def _fields(wanted: Thing, here: Thing, hidden: Placeholders, remedy: str) -> Iterator[LiveDifference]:
    apart = ("routes",)
    left, right = ({key: one.fields[key] for key in one.fields if key not in apart} for one in (wanted, here))
    for path, declared, live in differing(left, right, hidden):
        yield LiveDifference(subject(wanted), explained(path, declared, live, secret=wanted.kind == POINT), remedy)
    if wanted.kind in (TREE, ROUTE):
        yield from _order(wanted, here, remedy)


def _order(wanted: Thing, here: Thing, remedy: str) -> Iterator[LiveDifference]:
    """The first route that matches wins, so their order counts; which are there is compared one by one."""
    names = [one for one in wanted.fields["routes"] if one in here.fields["routes"]]
    order = [one for one in here.fields["routes"] if one in names]
    moved = next((pair for pair in zip(names, order, strict=False) if pair[0] != pair[1]), None)
    if moved:
        yield LiveDifference(subject(wanted), f"its route {moved[1]} is before {moved[0]}, not after it", remedy)


def _unmanaged(declared: DeclaredThings, others: Iterable[Thing]) -> Iterator[LiveDifference]:
    """What changes how ours works; `inventory` lists everything else that people made."""
    folders = {one.key: one for one in declared.of_kind(FOLDER)}
    groups = {(one.fields["folderUID"], one.fields["ruleGroup"]) for one in declared.of_kind(RULE)}
    points = {one.key for one in declared.of_kind(POINT)}
    defined = {name for one in declared.of_kind(TEMPLATE) for name in _defines(one)}
    owners = {stack for stack, _ in declared.ours.values()}
    shared = next((stack for stack in declared.trees if stack in owners), "")
    for thing in others:
        if thing.kind == RULE and (folder := thing.fields["folderUID"]) in folders:
            ours = (folder, thing.fields["ruleGroup"]) in groups
            stack = next(stack for stack, one in declared.ours.values() if one is folders[folder])
            what = f"is in our folder {folder}, and declared nowhere"
            yield LiveDifference(subject(thing), what, declared.remedy(stack) if ours else _DELETE)
        elif (thing.kind == POINT and thing.key in points) or (thing.kind == ROUTE and shared):
            yield LiveDifference(subject(thing), "is declared nowhere", declared.remedy(shared))
        elif thing.kind == TEMPLATE and (names := sorted(defined & set(_defines(thing)))):
            yield LiveDifference(subject(thing), f"is declared nowhere, and defines our {names[0]} again", _DELETE)


def _defines(template: Thing) -> list[str]:
    return _DEFINE.findall(str(template.fields["template"]))
