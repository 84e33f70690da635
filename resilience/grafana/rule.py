"""What the model needs of one declared rule: a query A and a threshold C on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from resilience.core.conventions import ExecErrState, NoDataState
from resilience.core.durations import seconds
from resilience.core.problems import BadInputError, Problem, each
from resilience.grafana.condition import Condition
from resilience.grafana.resets import EXEC_ERR_STATE, NO_DATA_STATE, placed
from resilience.manifest import Manifest, types
from resilience.manifest.rules import DeclaredRule, declared_rules

REF_ID = "A"
"""The query; the threshold is C."""
_KNOWN = (
    "uid", "name", "condition", "datas", "for", "keepFiringFor", "missingSeriesEvalsToResolve",
    "noDataState", "execErrState", "labels", "annotations",
)  # fmt: skip
_MISSING_EVALUATIONS = 2


@dataclass(frozen=True)
class GrafanaRule:
    """One rule as Grafana evaluates it.

    Attributes:
        folder: the folder's title.
        annotations: as declared: the model expands no template.
        interval: seconds from one evaluation to the next; `pending` (Grafana's `for`) and `keep_firing_for` too.
        missing_evaluations: so many evaluations without it, and a series counts as vanished.
    """

    uid: str
    title: str
    folder: str
    labels: dict[str, str]
    annotations: dict[str, str]
    interval: float
    pending: float
    keep_firing_for: float
    missing_evaluations: int
    no_data_state: NoDataState
    exec_err_state: ExecErrState
    condition: Condition
    datasource_uid: str

    @classmethod
    def of(cls, rule: DeclaredRule, interval: float, folder: str) -> Self:
        """A declared rule, evaluated every `interval` seconds, in the folder of this title.

        Raises:
            BadInputError: everything in it that the model does not know.
        """
        if problems := [*_problems(rule)]:
            raise BadInputError(problems)
        given = rule.inputs
        return cls(
            rule.uid,
            rule.title,
            folder,
            rule.labels,
            rule.annotations,
            interval,
            seconds(given.get("for") or "0s"),
            seconds(given.get("keepFiringFor") or "0s"),
            int(given.get("missingSeriesEvalsToResolve") or _MISSING_EVALUATIONS),
            NoDataState(given.get("noDataState") or NO_DATA_STATE),
            ExecErrState(given.get("execErrState") or EXEC_ERR_STATE),
            Condition.of(rule.models[1]),
            str(given["datas"][0]["datasourceUid"]),
        )


def rules_of(manifests: Iterable[Manifest]) -> list[GrafanaRule]:
    """Every rule of these stacks, in the order of the manifests.

    Raises:
        BadInputError: everything in all of them that the model does not know.
    """
    found = (one for manifest in manifests for one in _declared(manifest))
    return each(found, lambda declared: GrafanaRule.of(*declared))


def _declared(manifest: Manifest) -> Iterable[tuple[DeclaredRule, float, str]]:
    folders = {folder.inputs["uid"]: folder.inputs["title"] for folder in manifest.of_type(types.FOLDER)}
    places = placed((group.inputs for group in manifest.of_type(types.RULE_GROUP)), folders)
    for rule, place in zip(declared_rules([manifest]), places, strict=True):
        yield rule, float(place.group["intervalSeconds"]), place.folder


def _problems(rule: DeclaredRule) -> Iterable[Problem]:
    for field in sorted(rule.inputs.keys() - set(_KNOWN)):
        if rule.inputs[field]:
            yield rule.problem(
                field, "is nothing that the model of Grafana knows", "leave it out, or add it to the model"
            )
    for name, value in rule.labels.items():
        if "{{" in value:
            yield rule.problem(f"labels.{name}", f'"{value}" is a template', "write a fixed value")
    refs = [data.get("refId") for data in rule.inputs.get("datas") or []]
    if refs != [REF_ID, "C"] or rule.inputs.get("condition") != "C":
        yield rule.problem(
            "datas", f"has {', '.join(map(str, refs)) or 'none'}", "write a query A and a threshold C on it"
        )
    else:
        yield from _of_models(rule, *rule.models)


def _of_models(rule: DeclaredRule, query: Mapping[str, Any], threshold: Mapping[str, Any]) -> Iterable[Problem]:
    instant = query.get("instant") or query.get("queryType") == "instant"
    if not query.get("expr") or not instant or query.get("range"):
        yield rule.problem("datas[0].model", "is no instant query", "write an instant query")
    if what := Condition.unknown(threshold):
        yield rule.problem("datas[1].model", what, "write one threshold on A")
