"""Grafana rule groups as Prometheus or Loki rule groups.

Left out on purpose: `exec_err_state`. It is for a Grafana that cannot reach its data source; a
Prometheus that evaluates its own samples has no such state. It has no KeepLast for an empty answer
either: there the alert ends, and the alert on the missing data goes on.
"""

import re
from collections.abc import Iterable
from typing import Any

from resilience.core.conventions import RULE_LABELS, STATE_ALERTS, NoDataState
from resilience.core.durations import spelt
from resilience.export.unsupported import Unsupported
from resilience.manifest import Manifest, Resource, types
from resilience.manifest.rules import COMPARISONS, model_of

_RULE_FIELDS = (
    "uid", "name", "condition", "datas", "for", "keepFiringFor", "noDataState", "execErrState", "labels", "annotations"
)  # fmt: skip
_REJECTED = "prometheus", "(vector(0))", "> 0"
_GROUP_FIELDS = ("name", "folderUid", "intervalSeconds", "rules")
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_VALUE_OF_QUERY = re.compile(r"\$values\.A\.Value\b")
_OTHER_VALUE = re.compile(r"\$values\b(?!\.A\.Value\b)|\$value\b")

Group = dict[str, Any]


def groups(manifests: Iterable[Manifest], unsupported: Unsupported) -> tuple[list[Group], list[Group]]:
    """Groups for Prometheus and groups for Loki, in the order of the manifests."""
    prometheus: list[Group] = []
    loki: list[Group] = []
    for manifest in manifests:
        folders = {folder.inputs["uid"]: folder.inputs["title"] for folder in manifest.of_type(types.FOLDER)}
        for resource in manifest.of_type(types.RULE_GROUP):
            by_kind = _by_kind(resource, folders, unsupported)
            prometheus += _group(resource, by_kind["prometheus"])
            loki += _group(resource, by_kind["loki"])
    return prometheus, loki


def _group(resource: Resource, rules: list[dict[str, Any]]) -> list[Group]:
    name = f"{resource.inputs['folderUid']}/{resource.inputs['name']}"
    interval = spelt(resource.inputs["intervalSeconds"])
    return [{"name": name, "interval": interval, "rules": rules}] if rules else []


def _by_kind(resource: Resource, folders: dict[str, str], unsupported: Unsupported) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"prometheus": [], "loki": []}
    unsupported.unknown(resource, "", resource.inputs, _GROUP_FIELDS)
    for index, rule in enumerate(resource.inputs["rules"]):
        one = _RuleTranslation(resource, f"rules[{index}].", rule, unsupported)
        kind, expr, threshold = one.query()
        folder = folders.get(resource.inputs["folderUid"], "")
        found[kind].append(one.translated(f"{expr} {threshold}", folder))
        found[kind] += one.no_data_alert(expr, folder)
    return found


class _RuleTranslation:
    """Translates one rule; a part that has no translation is rejected under its path."""

    def __init__(self, resource: Resource, path: str, rule: dict[str, Any], unsupported: Unsupported) -> None:
        self.resource, self.path, self.rule, self.unsupported = resource, path, rule, unsupported

    def reject(self, field: str, value: object, instead: str) -> None:
        self.unsupported.add(self.resource, f"{self.path}{field}", value, f"{instead} (rule {self.rule.get('uid')})")

    def translated(self, expr: str, folder: str) -> dict[str, Any]:
        self.unsupported.unknown(self.resource, self.path, self.rule, _RULE_FIELDS)
        if self.rule.get("noDataState") not in {NoDataState.OK, NoDataState.NO_DATA, NoDataState.KEEP_LAST}:
            self.reject("noDataState", self.rule.get("noDataState"), "write OK, NoData or KeepLast")
        times = {"for": self.rule.get("for"), "keep_firing_for": self.rule.get("keepFiringFor")}
        return {
            "alert": self.rule["name"],
            "expr": expr,
            **{key: value for key, value in times.items() if value},
            "labels": self.labels(folder),
            "annotations": self.annotations(),
        }

    def no_data_alert(self, expr: str, folder: str) -> list[dict[str, Any]]:
        """The alert that Grafana makes for a rule without data; it keeps the rule's own labels."""
        if self.rule.get("noDataState") != NoDataState.NO_DATA:
            return []
        named = {"rulename": self.rule["name"], "datasource_uid": self.rule["datas"][0]["datasourceUid"]}
        alert = {"alert": STATE_ALERTS[0], "expr": f"absent{expr}"}
        times = {"for": self.rule["for"]} if self.rule.get("for") else {}
        return [alert | times | {"labels": {**self.labels(folder), **named}, "annotations": self.annotations()}]

    def annotations(self) -> dict[str, str]:
        return {key: self.text(key, text) for key, text in (self.rule.get("annotations") or {}).items()}

    def labels(self, folder: str) -> dict[str, str]:
        labels: dict[str, str] = self.rule.get("labels") or {}
        if missing := [name for name in RULE_LABELS if name not in labels]:
            self.reject("labels", ", ".join(labels), f"write the label {missing[0]} too")
        for name, value in labels.items():
            if "{{" in value:
                self.reject(f"labels.{name}", value, "write a fixed value: one that changes restarts `for`")
        # Grafana adds the title of the folder to every alert, and a route may match it.
        return {**labels, "grafana_folder": folder}

    def text(self, key: str, text: str) -> str:
        def action(found: re.Match[str]) -> str:
            if other := _OTHER_VALUE.search(found[0]):
                self.reject(f"annotations.{key}", other[0], "write $values.A.Value, the value of the query")
            return _VALUE_OF_QUERY.sub("$value", found[0])

        return _ACTION.sub(action, text)

    def query(self) -> tuple[str, str, str]:
        """Kind of data source, the query in parentheses, and its threshold."""
        models = [model_of(data) for data in self.rule["datas"]]
        if not all(models):
            self.reject("datas", "not JSON", "write each model as JSON")
            return _REJECTED
        refs = [data["refId"] for data in self.rule["datas"]]
        if refs != ["A", "C"] or self.rule["condition"] != "C":
            self.reject("datas", ", ".join(refs), "write a query A and a threshold C on it")
            return _REJECTED
        query, threshold = models
        expr = query["expr"].strip()
        end = "\n)" if "\n" in expr else ")"
        return self.kind(query), f"({expr}{end}", self.comparison(threshold)

    def kind(self, query: dict[str, Any]) -> str:
        kind = str(query.get("datasource", {}).get("type"))
        instant = query.get("instant") or query.get("queryType") == "instant"
        if not instant or query.get("range"):
            self.reject("datas[0].model", "range query", "write an instant query")
        if self.rule["datas"][0]["relativeTimeRange"].get("to"):
            self.reject("datas[0].relativeTimeRange.to", self.rule["datas"][0]["relativeTimeRange"]["to"], "write 0")
        if kind not in ("prometheus", "loki"):
            self.reject("datas[0].model.datasource.type", kind, "write prometheus or loki")
            return "prometheus"
        return kind

    def comparison(self, threshold: dict[str, Any]) -> str:
        conditions = threshold.get("conditions", [])
        evaluator = conditions[0].get("evaluator", {}) if len(conditions) == 1 else {}
        known = (
            threshold.get("type") == "threshold"
            and threshold.get("expression") == "A"
            and evaluator.get("type") in COMPARISONS
            and len(evaluator.get("params", [])) == 1
            and set(conditions[0]) <= {"evaluator"}
        )
        if not known:
            self.reject(
                "datas[1].model", threshold.get("type"), f"write one threshold on A with {', '.join(COMPARISONS)}"
            )
            return "> 0"
        return f"{COMPARISONS[evaluator['type']]} {evaluator['params'][0]:.12g}"
