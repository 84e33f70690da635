"""What has no faithful translation is rejected by resource and field, all at once, and nothing is written."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from resilience.core.problems import BadInputError
from resilience.export import export, rendered
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue

OWNER = next(iter(Catalogue.load().owners))
ChangeInputs = Callable[[dict[str, Any]], object]

RULE_FIELDS = "uid, name, condition, datas, for, keepFiringFor, noDataState, execErrState, labels, annotations"
ROUTE_FIELDS = (
    "contactPoint, groupBies, groupWait, groupInterval, repeatInterval, muteTimings, activeTimings, continue, "
    "matchers, policies"
)
SLACK_FIELDS = "title, text, color, recipient, username, iconEmoji, iconUrl, url, disableResolveMessage"
INTERVAL_FIELDS = "weekdays, daysOfMonths, months, years, times, location"
# The rule that is changed: the first one of the first group.
RULE = "stack production: alert-rules-api-down.rules[0]"
UID = "(rule sv0-production-api-down)"


def changed(manifest: Manifest, type_: str, change: ChangeInputs) -> Manifest:
    """The manifest with a change in the first resource of a type."""
    old = manifest.of_type(type_)[0]
    inputs = copy.deepcopy(old.inputs)
    change(inputs)
    new = replace(old, inputs=inputs)
    return replace(manifest, resources=tuple(new if one is old else one for one in manifest.resources))


def lines(*manifests: Manifest) -> list[str]:
    with pytest.raises(BadInputError) as rejected:
        rendered(manifests)
    return str(rejected.value).splitlines()


def in_rule(field: str, value: object) -> ChangeInputs:
    return lambda inputs: inputs["rules"][0].__setitem__(field, value)


def in_model(index: int, **changed: Any) -> ChangeInputs:
    def change(inputs: dict[str, Any]) -> None:
        data = inputs["rules"][0]["datas"][index]
        data["model"] = json.dumps(json.loads(data["model"]) | changed)

    return change


def in_annotation(text: str) -> ChangeInputs:
    return lambda inputs: inputs["rules"][0]["annotations"].__setitem__("summary", text)


def without_label(name: str) -> ChangeInputs:
    return lambda inputs: inputs["rules"][0]["labels"].pop(name)


THRESHOLD = "write one threshold on A with gt, lt, gte, lte, eq, ne"
COMPARED = {"evaluator": {"type": "gt", "params": [1]}}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        pytest.param(
            in_rule("noDataState", "Alerting"),
            f'.noDataState: "Alerting" cannot be exported; write OK, NoData or KeepLast {UID}',
            id="Prometheus does not fire on an empty answer",
        ),
        pytest.param(
            in_rule("notificationSettings", {"contactPoint": "slack-alerts"}),
            f'.notificationSettings: "notificationSettings" cannot be exported; '
            f"leave it out, or write its translation; known: {RULE_FIELDS}",
            id="a rule that bypasses the policy tree",
        ),
        pytest.param(
            in_rule("record", {"metric": "m", "from": "A"}),
            f'.record: "record" cannot be exported; leave it out, or write its translation; known: {RULE_FIELDS}',
            id="a recording rule",
        ),
        pytest.param(
            in_rule("isPaused", value=True),
            f'.isPaused: "isPaused" cannot be exported; leave it out, or write its translation; known: {RULE_FIELDS}',
            id="a paused rule",
        ),
        pytest.param(
            lambda inputs: inputs["rules"][0]["labels"].update(service="{{ $labels.service }}"),
            f'.labels.service: "{{{{ $labels.service }}}}" cannot be exported; '
            f"write a fixed value: one that changes restarts `for` {UID}",
            id="a label that changes",
        ),
        pytest.param(
            without_label("owner"),
            f'.labels: "alert_id, environment, service, tier" cannot be exported; write the label owner too {UID}',
            id="a label that routes match is missing",
        ),
        pytest.param(
            in_model(0, range=True),
            f'.datas[0].model: "range query" cannot be exported; write an instant query {UID}',
            id="a range query",
        ),
        pytest.param(
            in_model(0, instant=False),
            f'.datas[0].model: "range query" cannot be exported; write an instant query {UID}',
            id="a query that is not instant",
        ),
        pytest.param(
            in_model(0, datasource={"type": "cloudwatch", "uid": "x"}),
            f'.datas[0].model.datasource.type: "cloudwatch" cannot be exported; write prometheus or loki {UID}',
            id="a data source of another kind",
        ),
        pytest.param(
            lambda inputs: inputs["rules"][0]["datas"][0]["relativeTimeRange"].update(to=60),
            f'.datas[0].relativeTimeRange.to: "60" cannot be exported; write 0 {UID}',
            id="a query that ends in the past",
        ),
        pytest.param(
            in_rule("condition", "A"),
            f'.datas: "A, C" cannot be exported; write a query A and a threshold C on it {UID}',
            id="a condition that is not the threshold",
        ),
        pytest.param(
            lambda inputs: inputs["rules"][0]["datas"].pop(),
            f'.datas: "A" cannot be exported; write a query A and a threshold C on it {UID}',
            id="a query without a threshold",
        ),
        pytest.param(
            in_model(1, type="classic_conditions"),
            f'.datas[1].model: "classic_conditions" cannot be exported; {THRESHOLD} {UID}',
            id="a classic condition, which drops the labels",
        ),
        pytest.param(
            in_model(1, conditions=[COMPARED, COMPARED]),
            f'.datas[1].model: "threshold" cannot be exported; {THRESHOLD} {UID}',
            id="two thresholds",
        ),
        pytest.param(
            in_model(1, conditions=[{"evaluator": {"type": "within_range", "params": [1, 2]}}]),
            f'.datas[1].model: "threshold" cannot be exported; {THRESHOLD} {UID}',
            id="a range as threshold",
        ),
        pytest.param(
            in_model(1, conditions=[{**COMPARED, "unloadEvaluator": {"type": "lt", "params": [1]}}]),
            f'.datas[1].model: "threshold" cannot be exported; {THRESHOLD} {UID}',
            id="a threshold with another one for recovery",
        ),
        pytest.param(
            in_model(1, expression="B"),
            f'.datas[1].model: "threshold" cannot be exported; {THRESHOLD} {UID}',
            id="a threshold on something else",
        ),
        pytest.param(
            in_annotation("{{ $values.B.Value }}"),
            f'.annotations.summary: "$values" cannot be exported; write $values.A.Value, the value of the query {UID}',
            id="the value of another step",
        ),
        pytest.param(
            in_annotation("{{ $value }}"),
            f'.annotations.summary: "$value" cannot be exported; write $values.A.Value, the value of the query {UID}',
            id="$value, which is a sentence in Grafana and a number in Prometheus",
        ),
    ],
)
def test_rejects_one_field_of_a_rule(production: Manifest, change: ChangeInputs, line: str) -> None:
    assert lines(changed(production, types.RULE_GROUP, change)) == [f"{RULE}{line}"]


@pytest.mark.parametrize(
    ("type_", "change", "line"),
    [
        pytest.param(
            types.CONTACT_POINT,
            lambda inputs: inputs.update(teams=[{"url": "https://example.com"}]),
            'contact-points-alerts.teams: "teams" cannot be exported; leave it out, or write its translation; '
            "known: name, slacks, webhooks, emails",
            id="a contact point of another kind",
        ),
        pytest.param(
            types.CONTACT_POINT,
            lambda inputs: inputs.update(emails=[{"addresses": ["a@example.com"], "settings": {"x": "y"}}]),
            'contact-points-alerts.emails[0].settings: "settings" cannot be exported; leave it out, or write its '
            "translation; known: addresses, singleEmail, subject, message, disableResolveMessage",
            id="a setting of an e-mail that is not known",
        ),
        pytest.param(
            types.CONTACT_POINT,
            lambda inputs: inputs.update(webhooks=[{"url": "x", "basicAuthUser": "u"}]),
            'contact-points-alerts.webhooks[0].basicAuthUser: "basicAuthUser" cannot be exported; '
            "leave it out, or write its translation; known: url, httpMethod, disableResolveMessage",
            id="a field of a webhook that only Grafana has",
        ),
        pytest.param(
            types.CONTACT_POINT,
            lambda inputs: inputs.update(webhooks=[{"url": "x", "httpMethod": "PUT"}]),
            'contact-points-alerts.webhooks[0].httpMethod: "PUT" cannot be exported; write POST',
            id="a webhook with another method",
        ),
        pytest.param(
            types.CONTACT_POINT,
            lambda inputs: inputs["slacks"][0].update(mentionChannel="here"),
            'contact-points-alerts.slacks[0].mentionChannel: "mentionChannel" cannot be exported; '
            f"leave it out, or write its translation; known: {SLACK_FIELDS}",
            id="a field of Slack that only Grafana has",
        ),
        pytest.param(
            types.MUTE_TIMING,
            lambda inputs: inputs["intervals"][0].update(holidays=["monday"]),
            f'business-hours-{OWNER}.intervals[0].holidays: "holidays" cannot be exported; '
            f"leave it out, or write its translation; known: {INTERVAL_FIELDS}",
            id="a field of a timing",
        ),
        pytest.param(
            types.NOTIFICATION_POLICY,
            lambda inputs: inputs["policies"][1]["policies"][0].update(teams=["a"]),
            'notification-policy-tree.policies[1].policies[0].teams: "teams" cannot be exported; '
            f"leave it out, or write its translation; known: {ROUTE_FIELDS}",
            id="a field of a route below a route",
        ),
    ],
)
def test_rejects_one_field_of_what_is_shared(production: Manifest, type_: str, change: ChangeInputs, line: str) -> None:
    assert lines(changed(production, type_, change)) == [f"stack production: {line}"]


def test_rejects_a_second_policy_tree(production: Manifest, dev: Manifest) -> None:
    (tree,) = production.of_type(types.NOTIFICATION_POLICY)
    another = replace(tree, stack="dev", name="another-tree")
    instead = "declare it only in the stack production: a Grafana has one tree"

    assert lines(production, replace(dev, resources=(*dev.resources, another))) == [
        'stack dev: another-tree.contactPoint: "another-tree" cannot be exported; ' + instead
    ]


def test_empty_fields_are_not_rejected(production: Manifest, dev: Manifest) -> None:
    manifest = changed(production, types.RULE_GROUP, in_rule("notificationSettings", {}))

    assert rendered([manifest, dev]) == rendered([production, dev])


def test_reports_everything_at_once_and_writes_nothing(production: Manifest, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("older", encoding="utf-8")
    manifest = changed(production, types.RULE_GROUP, in_rule("noDataState", "Alerting"))
    manifest = changed(
        manifest, types.CONTACT_POINT, lambda inputs: inputs.update(teams=[{"url": "https://example.com"}])
    )
    manifest = changed(manifest, types.MUTE_TIMING, lambda inputs: inputs["intervals"][0].update(holidays=["monday"]))

    with pytest.raises(BadInputError) as rejected:
        export([manifest], tmp_path)

    assert [problem.path for problem in rejected.value.problems] == [
        "alert-rules-api-down.rules[0].noDataState",
        f"business-hours-{OWNER}.intervals[0].holidays",
        "contact-points-alerts.teams",
    ]
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"rules.yml": "older"}


def test_no_folder_is_made_for_what_is_rejected(production: Manifest, tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        export([changed(production, types.RULE_GROUP, without_label("tier"))], tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_rejects_what_a_stack_without_the_tree_declares_for_it(production: Manifest, dev: Manifest) -> None:
    unknown = replace(production.of_type(types.CONTACT_POINT)[0], stack="dev", name="extra")
    manifest = replace(dev, resources=(*dev.resources, unknown))

    (line,) = lines(production, manifest)
    assert line.startswith('stack dev: extra.name: "slack-alerts" cannot be exported; ')
    assert line.endswith("declare it in the stack production, which owns the tree")


def test_rejects_a_model_that_is_not_json(production: Manifest) -> None:
    manifest = changed(production, types.RULE_GROUP, lambda inputs: inputs["rules"][0]["datas"][0].update(model="{"))

    assert lines(manifest) == [f'{RULE}.datas: "not JSON" cannot be exported; write each model as JSON {UID}']


def test_rejects_an_unknown_field_of_a_group(production: Manifest) -> None:
    manifest = changed(production, types.RULE_GROUP, lambda inputs: inputs.update(disableProvenance=True))

    assert [line.split(";")[0] for line in lines(manifest)] == [
        'stack production: alert-rules-api-down.disableProvenance: "disableProvenance" cannot be exported'
    ]


def test_a_rule_without_a_wait_and_without_texts_is_exported(production: Manifest) -> None:
    def bare(inputs: dict[str, Any]) -> None:
        del inputs["rules"][0]["for"], inputs["rules"][0]["annotations"]

    assert "rules.yml" in rendered([changed(production, types.RULE_GROUP, bare)])
