"""The rules of a manifest that can be evaluated, and what is left out, by name.

The manifest may be somebody else's: a pull request's. What one rule is made of, and how many there are, is bounded.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from resilience.core.conventions import WATCHDOG, DataSource
from resilience.core.problems import BadInputError, UserError, shown, validated, without_secrets
from resilience.grafana import rules_of
from resilience.manifest import Manifest, types
from resilience.manifest.model import objects
from resilience.manifest.rules import declared_rules
from resilience.model.settings import Grafana
from resilience.rehearsal.exported import EvaluatedRule

MOST_RULES = 200
"""Rules of a manifest; Grafana Cloud Free allows half as many."""
_LONGEST, _LONGEST_NAME = 10_000, 40
_Text = Annotated[str, Field(max_length=_LONGEST)]
_Short = Annotated[str, Field(max_length=200)]
_BoundedLabels = Annotated[dict[_Short, _Text], Field(max_length=50)]


class _Bounded(BaseModel):
    """The fields whose size and type matter; the model of Grafana checks the rest."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, strict=True)


class _DataInputs(_Bounded):
    refId: _Short  # noqa: N815  # as the provider spells it
    model: _Text


class _RuleInputs(_Bounded):
    uid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    name: _Short
    labels: _BoundedLabels = {}
    annotations: _BoundedLabels = {}
    datas: Annotated[tuple[_DataInputs, ...], Field(strict=False, max_length=10)]


class _GroupInputs(_Bounded):
    folderUid: _Short  # noqa: N815  # as the provider spells it
    intervalSeconds: Annotated[int, Field(ge=10, le=86_400, multiple_of=10)]  # noqa: N815  # the same


@dataclass(frozen=True)
class RuleName:
    """How a rule is asked for: by its uid or the id of its alert, of one stack."""

    stack: str
    alert: str
    uid: str


@dataclass(frozen=True)
class LeftOut:
    """A rule that is not evaluated, and why; `fails` says whether that is a finding."""

    name: RuleName
    why: str
    fails: bool = True


@dataclass(frozen=True)
class PlannedRule:
    """A rule to evaluate, and what it reads; `declared` is its JSON, to see whether it was changed."""

    name: RuleName
    evaluated: EvaluatedRule
    source: DataSource
    declared: str


@dataclass(frozen=True)
class RuleSet:
    """What manifests declare of alerts: rules, those that are left out, and the stacks with their routes."""

    rules: tuple[PlannedRule, ...]
    left_out: tuple[LeftOut, ...]
    manifests: tuple[Manifest, ...]

    @property
    def names(self) -> tuple[RuleName, ...]:
        """Of all rules."""
        return (*(one.name for one in self.rules), *(one.name for one in self.left_out))

    def only(self, names: Collection[RuleName]) -> "RuleSet":
        """The same with these rules alone."""
        left_out = tuple(one for one in self.left_out if one.name in names)
        return RuleSet(tuple(one for one in self.rules if one.name in names), left_out, self.manifests)


def declared(manifests: Sequence[Manifest]) -> RuleSet:
    """Every rule of these stacks; a rule that cannot be evaluated is left out alone.

    Raises:
        UserError: there are too many.
    """
    found = {one.name: one for manifest in manifests for one in map(_planned, _single(manifest))}
    rules = tuple(one for one in found.values() if isinstance(one, PlannedRule))
    return RuleSet(rules, tuple(one for one in found.values() if isinstance(one, LeftOut)), tuple(manifests))


def chosen(sides: Sequence[RuleSet], stacks: Collection[str], alerts: Collection[str]) -> set[RuleName]:
    """The rules of these stacks and alerts (by id or uid), of any side; all where none is named.

    Raises:
        UserError: a name is nobody's.
    """
    names = [name for side in sides for name in side.names]
    _check(set(stacks), "stack", {name.stack for name in names})
    _check(set(alerts) - {name.uid for name in names}, "alert", {name.alert for name in names})
    of_stacks = [name for name in names if not stacks or name.stack in stacks]
    return {name for name in of_stacks if not alerts or name.alert in alerts or name.uid in alerts}


def _check(given: set[str], what: str, known: set[str]) -> None:
    if unknown := sorted(given - known):
        offered = without_secrets(", ".join(sorted(known)[:MOST_RULES]))
        raise UserError(f"no rule is of the {what} {shown(unknown[0])}; use one of {offered}")


def _single(manifest: Manifest) -> Iterator[Manifest]:
    """Each rule of a stack in a manifest of its own, so that one that is wrong is left out alone."""
    groups = [(group, rule) for group in manifest.of_type(types.RULE_GROUP) for rule in _rules(group.inputs)]
    if len(groups) > MOST_RULES:
        raise UserError(f"stack {manifest.stack} declares {len(groups)} rules; {MOST_RULES} are evaluated at most")
    folders = tuple(manifest.of_type(types.FOLDER))
    for group, rule in groups:
        alone = type(group)(**{**vars(group), "inputs": {**group.inputs, "rules": [rule]}})
        yield Manifest(manifest.stack, (*folders, alone))


def _rules(group: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(islice(objects(group.get("rules")), MOST_RULES + 1))


def _only(single: Manifest) -> tuple[Mapping[str, Any], dict[str, Any]]:
    group = single.of_type(types.RULE_GROUP)[0].inputs
    return group, group["rules"][0]


def _planned(single: Manifest) -> PlannedRule | LeftOut:
    group, rule = _only(single)
    labels = rule.get("labels")
    alert = str(labels.get("alert_id") or "") if isinstance(labels, dict) else ""
    name = RuleName(single.stack, alert[:_LONGEST_NAME], str(rule.get("uid") or "(without uid)")[:_LONGEST_NAME])
    if alert == WATCHDOG:
        return LeftOut(name, "it always fires", fails=False)
    try:
        validated(_GroupInputs, group, "its group")
        validated(_RuleInputs, rule, "the rule")
        (evaluated,) = rules_of([single])
        (read,) = declared_rules([single])
        ((kind, expr),) = [(kind, expr) for kind in ("prometheus", "loki") for expr in read.queries(kind)]
    except BadInputError as error:
        first = error.problems[0]
        return LeftOut(name, f"{first.path}: {first.what}; {first.instead}")
    # What is neither checked here nor there has a type that nobody expects.
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        return LeftOut(name, "it is no query A with a threshold C on it")
    written = json.dumps({**rule, "interval": group["intervalSeconds"]}, sort_keys=True)
    return PlannedRule(name, EvaluatedRule(evaluated, expr, kind), _source(kind, evaluated.datasource_uid), written)


def _source(kind: str, datasource_uid: str) -> DataSource:
    if kind == "loki":
        return DataSource.LOGS
    usage = datasource_uid == Grafana.model_fields["usage_uid"].default
    return DataSource.USAGE if usage else DataSource.METRICS
