"""Alert rules of one environment: a folder, and a rule group for each alert.

Grafana resets the state of every rule whose place in its group changes, and deleting a group takes its
uids along. With a group for each alert, adding, moving or replacing one alert touches no other.

A rule is a query (A) and a threshold (C) on its value. A classic condition would drop the labels.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pulumi
import pulumiverse_grafana as grafana

from resilience.core.conventions import DataSource
from resilience.core.text import filled
from resilience.model import links
from resilience.model.catalogue import Catalogue
from resilience.model.rules import Rule, rules_of
from resilience.model.settings import StackSettings

# Scrapes are 60 s apart; evaluating more often would read the same samples.
INTERVAL_SECONDS = 60
# An instant query reads only the end of the range, but Grafana demands from > to.
_LOOK_BACK_SECONDS = 600
_INSTANT: dict[str, dict[str, Any]] = {
    "prometheus": {"instant": True, "range": False},
    "loki": {"queryType": "instant"},
}
_A = grafana.alerting


@dataclass(frozen=True, kw_only=True)
class AlertRulesArgs:
    """Attributes: `renewed_credentials` holds, by name, the expiry times (RFC 3339) that only the engine knows."""

    settings: StackSettings
    catalogue: Catalogue
    grafana_url: pulumi.Output[str]
    renewed_credentials: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


class AlertRules(pulumi.ComponentResource):
    """Folder and groups; `uids` are those of the rules, sorted: moving an alert to another file changes nothing."""

    uids: list[str]

    def __init__(
        self,
        name: str,
        args: AlertRulesArgs,
        provider: grafana.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare folder and groups."""
        super().__init__("sv0:grafana:AlertRules", name, None, opts)
        self._args, uids = args, []
        child = pulumi.ResourceOptions(parent=self, provider=provider)
        folder = grafana.oss.Folder(
            f"{name}-folder",
            uid=args.settings.uid,
            title=f"SecurityV0 {args.settings.environment}",
            # Deleting a folder deletes the rules that people put into it.
            prevent_destroy_if_not_empty=True,
            opts=child,
        )
        for alert in args.catalogue.alerts:
            rules = rules_of(alert, args.settings, args.catalogue)
            uids += [rule.uid for rule in rules]
            if rules:
                self._group(f"{name}-{alert.id}", alert.id, rules, folder, provider)
        self.uids = sorted(uids)
        self.register_outputs({"uids": self.uids})

    def _group(
        self, name: str, group: str, rules: list[Rule], folder: grafana.oss.Folder, provider: grafana.Provider
    ) -> None:
        _A.RuleGroup(
            name,
            name=group,
            folder_uid=folder.uid,
            interval_seconds=INTERVAL_SECONDS,
            rules=[self._rule(rule) for rule in rules],
            # The uids are taken while the old group exists (409).
            opts=pulumi.ResourceOptions(parent=self, provider=provider, delete_before_replace=True),
        )

    def _rule(self, rule: Rule) -> _A.RuleGroupRuleArgs:
        expr = self._expr(rule)
        return _A.RuleGroupRuleArgs(
            uid=rule.uid,
            name=rule.title,
            condition="C",
            datas=[self._query(rule.alert.source, expr), _threshold(rule)],
            for_=rule.alert.for_,
            keep_firing_for=rule.alert.keep_firing_for,
            # Both are stated: exec_err_state defaults to Alerting, so one failed query would page for every rule.
            no_data_state=rule.alert.no_data_state.value,
            exec_err_state=rule.alert.exec_err_state.value,
            labels=rule.labels,
            annotations={**rule.annotations, **self._links(rule, expr)},
        )

    def _expr(self, rule: Rule) -> pulumi.Input[str]:
        if "$credentials" not in rule.expr:
            return rule.expr
        listed = {credential.name: credential.expires.isoformat() for credential in self._args.settings.credentials}
        ends = pulumi.Output.all(**self._args.renewed_credentials)
        return ends.apply(
            lambda renewed: filled(rule.expr, {"credentials": _ends(listed), "renewed_credentials": _ends(renewed)})
        )

    def _query(self, source: DataSource, expr: pulumi.Input[str]) -> _A.RuleGroupRuleDataArgs:
        uid = self._args.settings.grafana.uid_of(source)
        model = {"refId": "A", "datasource": {"type": source.kind, "uid": uid}, **_INSTANT[source.kind]}
        return _A.RuleGroupRuleDataArgs(
            ref_id="A",
            datasource_uid=uid,
            # Grafana reads it from the model; a difference would show as an update in every preview.
            query_type=_INSTANT[source.kind].get("queryType"),
            relative_time_range=_A.RuleGroupRuleDataRelativeTimeRangeArgs(from_=_LOOK_BACK_SECONDS, to=0),
            model=_apply(expr, lambda text: json.dumps({**model, "expr": text})),
        )

    def _links(self, rule: Rule, expr: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
        source, url = rule.alert.source, self._args.grafana_url
        uid = self._args.settings.grafana.uid_of(source)
        labels = {key: rule.labels[key] for key in ("alert_id", "environment")}
        explore = pulumi.Output.all(url, expr).apply(lambda both: links.explore(both[0], uid, source.kind, both[1]))
        return {"explore_url": explore, "silence_url": url.apply(lambda base: links.silence(base, **labels))}


def _threshold(rule: Rule) -> _A.RuleGroupRuleDataArgs:
    evaluator = {"type": rule.threshold.evaluator, "params": [rule.threshold.value]}
    model = {
        "refId": "C",
        "type": "threshold",
        "expression": "A",
        "conditions": [{"evaluator": evaluator}],
        "datasource": {"type": "__expr__", "uid": "__expr__"},
    }
    return _A.RuleGroupRuleDataArgs(
        ref_id="C",
        datasource_uid="__expr__",
        relative_time_range=_A.RuleGroupRuleDataRelativeTimeRangeArgs(from_=0, to=0),
        model=json.dumps(model),
    )


def _ends(by_name: Mapping[str, str]) -> str:
    """PromQL with one series for each credential, or none; its value is the expiry in seconds since 1970."""
    series = [
        f'label_replace(vector({int(datetime.fromisoformat(end).timestamp())}), "credential", "{name}", "", "")'
        for name, end in sorted(by_name.items())
    ]
    return f"({' or '.join(series) or 'vector(0) < 0'})"


def _apply(text: pulumi.Input[str], function: object) -> pulumi.Input[str]:
    """Apply the function at once where the text is no output, so that every preview knows the value."""
    assert callable(function)  # noqa: S101
    return text.apply(function) if isinstance(text, pulumi.Output) else function(text)
