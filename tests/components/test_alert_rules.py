"""Alert rules: one folder, one group for each topic; query A, threshold C, every field stated."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pulumi
import pulumiverse_grafana as grafana
import pytest

from components.alert_rules import AlertRules, AlertRulesArgs
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue
from resilience.model.settings import StackSettings

BuildAlert = Callable[..., dict[str, Any]]


@pytest.fixture(name="declare_rules")
def _declare_rules(
    declare_program: Callable[..., Manifest], good_settings: Callable[..., StackSettings]
) -> Callable[..., Manifest]:
    def run(
        catalogue: Catalogue,
        ends: Mapping[str, str] | None = None,
        left_out: frozenset[str] = frozenset(),
        **given: Any,
    ) -> Manifest:
        settings = good_settings(**given)

        def program() -> None:
            args = AlertRulesArgs(
                settings=settings,
                catalogue=catalogue,
                grafana_url=pulumi.Output.from_input("https://acme.grafana.net"),
                renewed_credentials={name: pulumi.Output.from_input(end) for name, end in (ends or {}).items()},
                left_out=left_out,
            )
            rules = AlertRules("alert-rules", args, grafana.Provider("given-inside", auth="canary"))
            pulumi.export("uids", rules.uids)

        return declare_program(program)

    return run


def rules(manifest: Manifest) -> list[dict[str, Any]]:
    return [rule for group in manifest.of_type(types.RULE_GROUP) for rule in group.inputs["rules"]]


def query(rule: Mapping[str, Any], index: int = 0) -> dict[str, Any]:
    model: dict[str, Any] = json.loads(rule["datas"][index]["model"])
    return model


def test_declares_a_folder_and_a_group_for_each_alert_and_nothing_else(
    declare_rules: Callable[..., Manifest],
    good_catalogue: Callable[..., Catalogue],
    good_alert: BuildAlert,
    listed: Callable[[Manifest], object],
) -> None:
    catalogue = good_catalogue(heat=[good_alert()], cold=[good_alert(id="too-cold"), good_alert(id="icy")])

    assert listed(declare_rules(catalogue)) == [
        ("sv0:grafana:AlertRules", "alert-rules", "sv0-resilience-test"),
        (types.FOLDER, "alert-rules-folder", "alert-rules"),
        (types.RULE_GROUP, "alert-rules-icy", "alert-rules"),
        (types.RULE_GROUP, "alert-rules-too-cold", "alert-rules"),
        (types.RULE_GROUP, "alert-rules-too-hot", "alert-rules"),
    ]


def test_the_folder_has_a_pinned_uid_and_is_deleted_only_if_empty(
    declare_rules: Callable[..., Manifest],
    good_catalogue: Callable[..., Catalogue],
    named: Callable[..., list[str]],
) -> None:
    (folder,) = declare_rules(good_catalogue(), environment="dev").of_type(types.FOLDER)

    assert folder.inputs == {"uid": "sv0-dev", "title": "SecurityV0 dev", "preventDestroyIfNotEmpty": True}
    assert named([folder.provider]) == ["given-inside"]


def test_a_group_is_evaluated_once_a_scrape_and_made_after_its_folder(
    declare_rules: Callable[..., Manifest],
    good_catalogue: Callable[..., Catalogue],
    named: Callable[..., list[str]],
) -> None:
    (group,) = declare_rules(good_catalogue()).of_type(types.RULE_GROUP)

    assert {key: value for key, value in group.inputs.items() if key != "rules"} == {
        "name": "too-hot",
        "folderUid": "sv0-production",
        "intervalSeconds": 60,
    }
    assert (named(group.depends_on), named([group.provider])) == (["alert-rules-folder"], ["given-inside"])
    # Grafana would reject the new group while the old one has the uids of its rules.
    assert group.delete_before_replace is True


def test_a_rule_states_every_field(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue]
) -> None:
    (rule,) = rules(declare_rules(good_catalogue()))
    links = [rule["annotations"].pop("explore_url"), rule["annotations"].pop("silence_url")]
    datas = rule.pop("datas")

    assert all(link.startswith("https://acme.grafana.net/") for link in links)
    assert [(data["refId"], data["datasourceUid"], data["relativeTimeRange"]) for data in datas] == [
        ("A", "grafanacloud-prom", {"from": 600, "to": 0}),
        ("C", "__expr__", {"from": 0, "to": 0}),
    ]
    assert rule == {
        "uid": "sv0-production-too-hot",
        "name": "Too hot",
        "condition": "C",
        "for": "5m",
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": {
            "alert_id": "too-hot",
            "tier": "P1",
            "environment": "production",
            "owner": "ann",
            "service": "api",
        },
        "annotations": {
            "summary": "production has {{ $values.A.Value }} degrees.",
            "impact": "https://app.example.com is slow.",
            "response": "Ann answers.",
            "runbook_url": "https://example.com/runbooks/too-hot.md",
        },
    }


def test_the_query_is_instant_because_a_range_would_need_a_reduction(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue]
) -> None:
    (rule,) = rules(declare_rules(good_catalogue(), grafana={"metrics_uid": "my-prom"}))

    assert query(rule) == {
        "refId": "A",
        "instant": True,
        "range": False,
        "datasource": {"type": "prometheus", "uid": "my-prom"},
        "expr": 'heat{environment="production"}',
    }


def test_a_rule_on_logs_states_its_query_type_twice(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue], good_alert: BuildAlert
) -> None:
    # Only in the model, it would be an update in every preview (real-engine.md, 12).
    expr = 'sum by (environment) (count_over_time({environment="$environment"} [5m]))'
    (rule,) = rules(declare_rules(good_catalogue(heat=[good_alert(source="logs", expr=expr)])))

    assert rule["datas"][0]["queryType"] == "instant"
    assert rule["datas"][0]["datasourceUid"] == "grafanacloud-logs"
    assert query(rule) == {
        "refId": "A",
        "queryType": "instant",
        "datasource": {"type": "loki", "uid": "grafanacloud-logs"},
        "expr": expr.replace("$environment", "production"),
    }


def test_a_rule_on_usage_queries_the_usage_data_source_and_may_name_limits(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue], good_alert: BuildAlert
) -> None:
    limit = {"limit": 10000, "unit": "series", "source": "a page", "read": "2026-11-24"}
    catalogue = good_catalogue(heat=[good_alert(source="usage", expr="series / $limit_series")])
    catalogue = catalogue.model_validate(catalogue.model_dump(by_alias=True) | {"limits": {"series": limit}})
    (rule,) = rules(declare_rules(catalogue))

    assert rule["datas"][0]["datasourceUid"] == "grafanacloud-usage"
    assert query(rule)["expr"] == "series / 10000"


@pytest.mark.parametrize(
    ("threshold", "evaluator"),
    [
        ({"gt": 0.05}, {"type": "gt", "params": [0.05]}),
        ({"lt": 1}, {"type": "lt", "params": [1]}),
        ({"gt": 0}, {"type": "gt", "params": [0]}),
    ],
)
def test_the_threshold_compares_the_query_itself(
    declare_rules: Callable[..., Manifest],
    good_catalogue: Callable[..., Catalogue],
    good_alert: BuildAlert,
    threshold: dict[str, float],
    evaluator: dict[str, Any],
) -> None:
    (rule,) = rules(declare_rules(good_catalogue(heat=[good_alert(threshold=threshold)])))

    assert query(rule, 1) == {
        "refId": "C",
        "type": "threshold",
        "expression": "A",
        "conditions": [{"evaluator": evaluator}],
        "datasource": {"type": "__expr__", "uid": "__expr__"},
    }


def test_states_and_keep_firing_for_come_from_the_alert(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue], good_alert: BuildAlert
) -> None:
    alert = good_alert(no_data_state="Alerting", exec_err_state="KeepLast", keep_firing_for="10m")
    (rule,) = rules(declare_rules(good_catalogue(heat=[alert])))

    assert (rule["noDataState"], rule["execErrState"], rule["keepFiringFor"]) == ("Alerting", "KeepLast", "10m")


def test_an_escalation_makes_a_second_rule_with_its_own_tier_title_threshold_and_uid(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue], good_alert: BuildAlert
) -> None:
    escalation = {"tier": "P2", "title": "Far too hot", "threshold": {"gt": 90}}
    manifest = declare_rules(good_catalogue(heat=[good_alert(tier="P3", escalation=escalation)]))
    first, second = rules(manifest)

    assert [(one["uid"], one["name"], one["labels"]["tier"]) for one in (first, second)] == [
        ("sv0-production-too-hot", "Too hot", "P3"),
        ("sv0-production-too-hot-p2", "Far too hot", "P2"),
    ]
    assert query(second, 1)["conditions"] == [{"evaluator": {"type": "gt", "params": [90]}}]
    assert query(second) == query(first)
    assert second["labels"] | {"tier": "P3"} == first["labels"]
    assert manifest.outputs == {"uids": ["sv0-production-too-hot", "sv0-production-too-hot-p2"]}


@pytest.mark.parametrize(
    ("where", "environment", "declared"),
    [
        ("all", "dev", True),
        ("all", "production", True),
        ("production", "dev", False),
        ("production", "production", True),
        ("others", "dev", True),
        ("others", "production", False),
    ],
)
def test_an_alert_is_declared_only_in_its_environments_and_an_empty_group_nowhere(  # noqa: PLR0913, PLR0917
    declare_rules: Callable[..., Manifest],
    good_catalogue: Callable[..., Catalogue],
    good_alert: BuildAlert,
    where: str,
    environment: str,
    declared: bool,
) -> None:
    manifest = declare_rules(good_catalogue(heat=[good_alert(environments=where)]), environment=environment)

    assert [rule["uid"] for rule in rules(manifest)] == [f"sv0-{environment}-too-hot"] * declared
    assert len(manifest.of_type(types.RULE_GROUP)) == declared


def test_an_alert_without_a_receiver_is_left_out(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue], good_alert: BuildAlert
) -> None:
    catalogue = good_catalogue(heat=[good_alert(), good_alert(id="watchdog", title="Watchdog")])

    assert [rule["uid"] for rule in rules(declare_rules(catalogue, left_out=frozenset({"watchdog"})))] == [
        "sv0-production-too-hot"
    ]


def test_outside_production_the_response_is_that_of_other_environments(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue]
) -> None:
    (rule,) = rules(declare_rules(good_catalogue(), environment="dev"))

    assert rule["annotations"]["response"] == "Nobody is called."
    assert query(rule)["expr"] == 'heat{environment="dev"}'


CREDENTIAL = 'label_replace(vector({end}), "credential", "{name}", "", "")'


def test_ends_of_credentials_become_constants_in_order_of_name(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue], good_alert: BuildAlert
) -> None:
    catalogue = good_catalogue(heat=[good_alert(expr="$credentials - time() or $renewed_credentials < time()")])
    (rule,) = rules(
        declare_rules(
            catalogue,
            ends={"telemetry-token": "2030-01-01T00:00:00Z"},
            credentials=[
                {"name": "tunnel", "expires": "2030-01-01T00:00:00Z"},
                {"name": "access-token", "expires": "2029-01-01T01:00:00+01:00"},
            ],
        )
    )
    access = CREDENTIAL.format(end=1861920000, name="access-token")
    tunnel = CREDENTIAL.format(end=1893456000, name="tunnel")
    telemetry = CREDENTIAL.format(end=1893456000, name="telemetry-token")

    assert query(rule)["expr"] == f"({access} or {tunnel}) - time() or ({telemetry}) < time()"


def test_nothing_listed_is_an_empty_answer(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue], good_alert: BuildAlert
) -> None:
    catalogue, ends = good_catalogue(heat=[good_alert(expr="$credentials - time()")]), {"a": "2030-01-01T00:00:00Z"}
    (rule,) = rules(declare_rules(catalogue, ends=ends))

    assert query(rule)["expr"] == "(vector(0) < 0) - time()"


def test_retired_connectors_are_left_out_of_the_query(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue], good_alert: BuildAlert
) -> None:
    catalogue = good_catalogue(heat=[good_alert(expr='heat{connector_id!~"$retired_connectors"}')])

    (some,) = rules(declare_rules(catalogue, retired_connectors=["old.one", "two"]))
    (none,) = rules(declare_rules(catalogue))

    assert query(some)["expr"] == 'heat{connector_id!~"old\\\\.one|two"}'
    assert query(none)["expr"] == 'heat{connector_id!~""}'


def test_the_explore_link_shows_the_same_query(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue]
) -> None:
    (rule,) = rules(declare_rules(good_catalogue()))
    link = urlsplit(rule["annotations"]["explore_url"])
    pane = json.loads(parse_qs(link.query)["panes"][0])["a"]

    assert (link.netloc, link.path) == ("acme.grafana.net", "/explore")
    assert pane["datasource"] == "grafanacloud-prom"
    assert [one["expr"] for one in pane["queries"]] == [query(rule)["expr"]]


def test_the_silence_link_silences_only_this_alert_in_this_environment(
    declare_rules: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue]
) -> None:
    (rule,) = rules(declare_rules(good_catalogue(), environment="dev"))
    link = urlsplit(rule["annotations"]["silence_url"])

    assert link.path == "/alerting/silence/new"
    assert parse_qs(link.query)["matcher"] == ["alert_id=too-hot", "environment=dev"]
