"""One Grafana as the provider sees it: codes, redactions, and what cannot be deleted while it is in use."""

from typing import Any

import pytest

from tests.standin.client import Client
from tests.standin.grafana import durations
from tests.standin.server import Standin

SLACK = {"name": "slack", "type": "slack", "settings": {"url": "https://hooks.example/CANARY", "title": "T"}}
TIMING = {
    "name": "hours",
    "time_intervals": [{"times": [{"start_time": "09:00", "end_time": "17:00"}], "weekdays": ["monday:friday"]}],
}
TREE = {
    "receiver": "slack",
    "group_by": ["alertname"],
    "repeat_interval": "4h",
    "routes": [
        {
            "receiver": "slack",
            "object_matchers": [["tier", "=", "P2"]],
            "active_time_intervals": ["hours"],
            "routes": None,
        }
    ],
}
GROUP = "/folder/alerts/rule-groups/api"


def query(**given: Any) -> dict[str, Any]:
    good = {
        "refId": "A",
        "datasourceUid": "grafanacloud-prom",
        "relativeTimeRange": {"from": 600},
        "model": {"refId": "A", "expr": "up == 0"},
    }
    return good | given


def threshold(**given: Any) -> dict[str, Any]:
    model = {"refId": "C", "type": "threshold", "expression": "A"}
    return {"refId": "C", "datasourceUid": "__expr__", "model": model, "relativeTimeRange": {"from": 0}} | given


def rule(**given: Any) -> dict[str, Any]:
    good = {
        "uid": "api-down",
        "title": "API down",
        "orgID": 0,
        "condition": "C",
        "for": "2m0s",
        "noDataState": "OK",
        "execErrState": "Error",
        "data": [query(), threshold()],
        "labels": {"tier": "P1"},
        "annotations": {},
    }
    return good | given


def group(*rules: dict[str, Any], interval: int = 60) -> dict[str, Any]:
    return {"title": "api", "folderUid": "alerts", "interval": interval, "rules": list(rules) or [rule()]}


@pytest.fixture(name="folder")
def _folder(grafana: Client) -> str:
    return str(grafana("POST", "/folders", {"title": "Alerts", "uid": "alerts"}).body["uid"])


@pytest.fixture(name="tree")
def _tree(provisioning: Client) -> str:
    """A tree that uses a contact point and a timing; the uid of the contact point."""
    point = provisioning("POST", "/contact-points", SLACK)
    statuses = [point.status, provisioning("POST", "/mute-timings", TIMING).status]
    assert [*statuses, provisioning("PUT", "/policies", TREE).status] == [202, 201, 202]
    return str(point.body["uid"])


def test_only_readiness_needs_no_key(gcom: Client) -> None:
    unknown = Client(gcom.standin, "/stack/acme", "glsa_wrong")

    assert [unknown("GET", path).status for path in ("/login", "/api/health", "/api/org")] == [200, 200, 401]


def test_data_sources_are_those_of_a_cloud_stack(grafana: Client) -> None:
    found = {one["uid"]: one["type"] for one in grafana("GET", "/datasources").body}

    assert found == {"grafanacloud-prom": "prometheus", "grafanacloud-logs": "loki", "grafanacloud-usage": "prometheus"}
    assert grafana("GET", "/datasources/uid/grafanacloud-prom").status == 200
    assert grafana("GET", "/datasources/uid/prometheus").status == 404


def test_a_folder_is_made_read_renamed_and_deleted(grafana: Client, folder: str) -> None:
    assert grafana("GET", f"/folders/{folder}").body["url"] == "/dashboards/f/alerts/alerts"
    assert grafana("PUT", f"/folders/{folder}", {"title": "Rules", "overwrite": True}).body["title"] == "Rules"
    assert [grafana("DELETE", f"/folders/{folder}?forceDeleteRules=true").status for _ in range(2)] == [200, 404]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"title": "X", "uid": "alerts"}, 412),
        ({"title": "X", "uid": "bad uid!"}, 400),
        ({"title": "X", "parentUid": "nowhere"}, 404),
        ({"uid": "x"}, 400),
    ],
)
def test_an_invalid_folder_is_rejected(grafana: Client, folder: str, wanted: dict[str, str], status: int) -> None:
    assert (folder, grafana("POST", "/folders", wanted).status) == ("alerts", status)


def test_a_folder_inside_another_is_deleted_with_it(grafana: Client, folder: str) -> None:
    grafana("POST", "/folders", {"title": "Inner", "uid": "inner"})
    grafana("POST", "/folders/inner/move", {"parentUid": folder})
    grafana("DELETE", f"/folders/{folder}?forceDeleteRules=true")

    assert grafana("GET", "/folders/inner").status == 404


def test_a_folder_with_rules_is_deleted_only_by_force(grafana: Client, provisioning: Client, folder: str) -> None:
    provisioning("PUT", GROUP, group())
    rejected = grafana("DELETE", f"/folders/{folder}")
    grafana("DELETE", f"/folders/{folder}?forceDeleteRules=true")

    assert (rejected.status, provisioning("GET", "/alert-rules").body) == (400, [])


def test_the_webhook_of_a_contact_point_is_never_returned(provisioning: Client) -> None:
    made = provisioning("POST", "/contact-points", SLACK).body
    read = provisioning("GET", "/contact-points?name=slack").body

    assert made["settings"] == {"url": "[REDACTED]", "title": "T"}
    assert [(one["settings"]["url"], one["provenance"]) for one in read] == [("[REDACTED]", "api")]


def test_a_redacted_value_that_is_sent_back_keeps_the_stored_value(provisioning: Client, control: Client) -> None:
    uid = provisioning("POST", "/contact-points", SLACK).body["uid"]
    wanted = SLACK | {"settings": {"url": "[REDACTED]", "title": "New"}}

    assert provisioning("PUT", f"/contact-points/{uid}", wanted).status == 202
    kept = control("GET", "/_state").body["grafana"]["acme"]["contact_points"][uid]["settings"]
    assert kept == {"url": "https://hooks.example/CANARY", "title": "New"}


def test_a_contact_point_with_a_known_name_is_merged_into_the_other(provisioning: Client) -> None:
    statuses = [provisioning("POST", "/contact-points", SLACK).status for _ in range(2)]

    assert statuses == [202, 202]
    assert len(provisioning("GET", "/contact-points?name=slack").body) == 2


@pytest.mark.parametrize(
    "wanted",
    [
        SLACK | {"settings": {"title": "T"}},
        SLACK | {"settings": {"token": "x"}},
        SLACK | {"type": "email", "settings": {"x": "y"}},
        SLACK | {"type": ""},
        {"name": "slack"},
    ],
)
def test_a_contact_point_without_an_address_is_rejected(provisioning: Client, wanted: dict[str, Any]) -> None:
    assert provisioning("POST", "/contact-points", wanted).status == 400


def test_a_contact_point_in_use_is_not_deleted(provisioning: Client, tree: str) -> None:
    rejected = provisioning("DELETE", f"/contact-points/{tree}")
    provisioning("DELETE", "/policies")

    assert rejected.status == 409
    assert rejected.body["messageId"] == "alerting.notifications.contact-points.referenced"
    assert [provisioning("DELETE", f"/contact-points/{tree}").status for _ in range(2)] == [202, 404]


def test_a_timing_in_use_is_not_deleted(provisioning: Client, tree: str) -> None:
    rejected = provisioning("DELETE", "/mute-timings/hours")
    provisioning("DELETE", "/policies")

    assert (bool(tree), rejected.status) == (True, 409)
    assert rejected.body["messageId"] == "alerting.notifications.time-intervals.used"
    assert [provisioning("DELETE", "/mute-timings/hours").status for _ in range(2)] == [204, 404]


def test_a_timing_is_made_once_and_changed(provisioning: Client) -> None:
    statuses = [provisioning("POST", "/mute-timings", TIMING).status for _ in range(2)]
    changed = provisioning("PUT", "/mute-timings/hours", {"name": "hours", "time_intervals": []})

    assert (statuses, changed.status) == ([201, 400], 202)
    assert provisioning("GET", "/mute-timings/hours").body["time_intervals"] == []


@pytest.mark.parametrize(
    "interval",
    [
        {"times": [{"start_time": "9:00", "end_time": "17:00"}]},
        {"times": [{"start_time": "17:00", "end_time": "09:00"}]},
        {"times": [{"start_time": "09:00", "end_time": "24:30"}]},
        {"weekdays": ["mon"]},
        {"weekdays": ["friday:monday"]},
    ],
)
def test_an_impossible_timing_is_rejected(provisioning: Client, interval: dict[str, Any]) -> None:
    assert provisioning("POST", "/mute-timings", {"name": "x", "time_intervals": [interval]}).status == 400


def test_the_tree_is_returned_without_its_empty_fields(provisioning: Client, tree: str) -> None:
    read = provisioning("GET", "/policies").body

    assert (bool(tree), read["provenance"]) == (True, "api")
    assert read["routes"] == [
        {"receiver": "slack", "object_matchers": [["tier", "=", "P2"]], "active_time_intervals": ["hours"]}
    ]


def test_after_a_delete_the_tree_is_the_default_one(provisioning: Client, tree: str) -> None:
    assert (bool(tree), provisioning("DELETE", "/policies").status) == (True, 202)
    assert provisioning("GET", "/policies").body["receiver"] == "grafana-default-email"


@pytest.mark.parametrize(
    "given",
    [
        {"receiver": ""},
        {"receiver": "nobody"},
        {"object_matchers": [["tier", "=", "P1"]]},
        {"group_by": ["...", "tier"]},
        {"group_by": ["tier", "tier"]},
        {"repeat_interval": "0s"},
        {"group_wait": "soon"},
        {"routes": [{"receiver": "nobody"}]},
        {"routes": [{"active_time_intervals": ["never"]}]},
        {"routes": [{"object_matchers": [["tier", "~", "P1"]]}]},
    ],
)
def test_an_invalid_tree_is_rejected(provisioning: Client, tree: str, given: dict[str, Any]) -> None:
    assert (bool(tree), provisioning("PUT", "/policies", TREE | given).status) == (True, 400)


def test_a_template_without_a_define_is_wrapped_in_one(provisioning: Client) -> None:
    with_define = provisioning("PUT", "/templates/a", {"template": '{{ define "a" }}A{{ end }}'})
    without = provisioning("PUT", "/templates/b", {"template": "B"})

    assert (with_define.status, with_define.body["template"]) == (202, '{{ define "a" }}A{{ end }}')
    assert without.body["template"] == '{{ define "b" }}\nB\n{{ end }}'
    assert [one["name"] for one in provisioning("GET", "/templates").body] == ["a", "b"]
    assert provisioning("PUT", "/templates/c", {"template": "{{ broken"}).status == 400
    assert [provisioning("DELETE", "/templates/a").status for _ in range(2)] == [204, 404]


def test_a_group_is_put_read_rule_by_rule_and_deleted(provisioning: Client, folder: str) -> None:
    before, made = provisioning("GET", GROUP), provisioning("PUT", GROUP, group())
    read = provisioning("GET", "/alert-rules/api-down").body

    assert (folder, before.status, made.status, made.body["interval"]) == ("alerts", 404, 200, 60)
    assert (read["for"], read["orgID"], read["provenance"], read["ruleGroup"]) == ("2m", 1, "api", "api")
    assert read["data"][0]["relativeTimeRange"] == {"from": 600, "to": 0}
    assert read["data"][0]["model"]["intervalMs"] == 1000
    assert [provisioning("DELETE", "/alert-rules/api-down").status, provisioning("GET", GROUP).status] == [204, 404]


def test_a_put_replaces_the_whole_group(provisioning: Client, folder: str) -> None:
    provisioning("PUT", GROUP, group(rule(), rule(uid="other", title="Other")))
    provisioning("PUT", GROUP, group(rule(title="API is down")))

    assert folder == "alerts"
    assert [one["title"] for one in provisioning("GET", GROUP).body["rules"]] == ["API is down"]


def test_the_type_of_a_query_is_that_of_its_model(provisioning: Client, folder: str) -> None:
    logs = query(datasourceUid="grafanacloud-logs", model={"expr": "x", "queryType": "instant"})
    provisioning("PUT", GROUP, group(rule(data=[logs, threshold()])))

    assert (folder, provisioning("GET", "/alert-rules/api-down").body["data"][0]["queryType"]) == ("alerts", "instant")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (group(rule(title="")), 400),
        (group(rule(condition="B")), 400),
        (group(rule(data=[])), 400),
        (group(rule(data=[query(), query()])), 400),
        (group(rule(data=[query(datasourceUid="prometheus"), threshold()])), 400),
        (group(rule(data=[query(relativeTimeRange={"from": 0}), threshold()])), 400),
        (group(rule(data=[query(), threshold(model={"type": "threshold", "expression": "B"})])), 400),
        (group(rule(data=[query(model="up"), threshold()])), 400),
        (group(rule(noDataState="Ok")), 400),
        (group(rule(execErrState="NoData")), 400),
        (group(rule(**{"for": "five"})), 400),
        (group(rule(labels={"grafana_folder": "x"})), 400),
        (group(rule(notification_settings={"receiver": "nobody"})), 400),
        (group(rule(uid="bad uid!")), 400),
        (group(interval=61), 400),
        (group(rule(), rule(title="Other")), 400),
        (group(rule(), rule(uid="other")), 409),
    ],
)
def test_a_bad_rule_is_rejected_and_nothing_of_its_group_is_kept(
    provisioning: Client, folder: str, body: dict[str, Any], status: int
) -> None:
    assert (folder, provisioning("PUT", GROUP, body).status) == ("alerts", status)
    assert provisioning("GET", "/alert-rules").body == []


def test_a_uid_belongs_to_one_group(provisioning: Client, folder: str) -> None:
    provisioning("PUT", GROUP, group())
    other = provisioning("PUT", "/folder/alerts/rule-groups/other", group(rule(title="Other")))

    assert (folder, other.status) == ("alerts", 409)


def test_rules_sent_with_the_header_stay_editable(provisioning: Client, folder: str) -> None:
    provisioning("PUT", GROUP, group(), X_Disable_Provenance="disabled")

    assert (folder, provisioning("GET", "/alert-rules/api-down").body["provenance"]) == ("alerts", "")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("300s", "5m"), ("90m", "1h30m"), ("1d", "1d"), ("36h", "1d12h"), ("1w", "1w"), ("8d", "8d"), ("0s", "0s")],
)
def test_durations_are_returned_in_grafanas_spelling(text: str, wanted: str) -> None:
    assert durations.canonical(text) == wanted


def test_every_rule_was_evaluated_at_the_last_tick_unless_a_test_says_otherwise(
    standin: Standin, grafana: Client, provisioning: Client, folder: str
) -> None:
    provisioning("PUT", GROUP, group(rule(), rule(uid="other", title="Other", isPaused=True)))
    standin.state.grafana("acme")["evaluations"]["api-down"] = {"health": "error", "lastError": "x"}
    (found,) = grafana("GET", "/prometheus/grafana/api/v1/rules").body["data"]["groups"]
    down, paused = found["rules"]

    assert (found["folderUid"], found["interval"], down["duration"]) == (folder, 60, 120)
    assert (down["health"], down["lastError"], down["lastEvaluation"][-2:]) == ("error", "x", "0Z")
    assert (paused["state"], paused["lastEvaluation"]) == ("inactive", "0001-01-01T00:00:00Z")


def test_a_data_source_has_a_check_of_itself(standin: Standin, grafana: Client) -> None:
    standin.state.grafana("acme")["datasources"]["grafanacloud-logs"]["broken"] = "no route"
    paths = [f"/datasources/uid/grafanacloud-{name}/health" for name in ("prom", "logs", "none")]

    assert [grafana("GET", path).status for path in paths] == [200, 400, 404]


TEST_OF_TEMPLATES = "/alertmanager/grafana/config/api/v1/templates/test"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{{ define "x" }}{{ template "a" . }}{{ end }}', ""),
        ('{{ define "x" }}{{ template "b" . }}{{ end }}', 'template "b" not defined'),
        ('{{ define "x" }}{{ end }', "unexpected EOF"),
        ("no definition", "unexpected EOF"),
    ],
)
def test_a_template_is_tested_with_the_stored_ones(
    grafana: Client, provisioning: Client, text: str, wanted: str
) -> None:
    provisioning("PUT", "/templates/a", {"template": '{{ define "a" }}A{{ end }}'})
    body = grafana("POST", TEST_OF_TEMPLATES, {"name": "x", "template": text, "alerts": []}).body

    assert [one["message"] for one in body.get("errors", [])] == [wanted] * bool(wanted)
    assert [one["name"] for one in body.get("results", [])] == ["x"] * (not wanted)


def test_a_contact_point_is_tested_with_its_stored_secret(standin: Standin, provisioning: Client) -> None:
    secret = {"name": "slack", "type": "slack", "settings": {"url": "https://hooks.example/x", "title": "t"}}
    uid = provisioning("POST", "/contact-points", secret).body["uid"]
    namespace = Client(standin, "/stack/acme/api", provisioning.token)("GET", "/frontend/settings").body["namespace"]
    below = Client(standin, "/stack/acme/apis/notifications.alerting.grafana.app/v1beta1", provisioning.token)
    sent = {"uid": uid, "type": "slack", "settings": {"title": "t"}, "secureFields": {"url": True}}
    path = f"/namespaces/{namespace}/receivers/c2xhY2s/test"

    good = below("POST", path, {"integration": sent, "alert": {"labels": {}}})
    redacted = below("POST", path, {"integration": sent | {"secureFields": {}}, "alert": {"labels": {}}})
    elsewhere = below("POST", "/namespaces/default/receivers/c2xhY2s/test", {"integration": sent, "alert": {"a": 1}})

    assert (good.status, good.body["status"]) == (200, "success")
    assert (redacted.status, elsewhere.status) == (400, 403)
    assert len(standin.state.grafana("acme")["sent"]) == 1
