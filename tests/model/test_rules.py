"""Rules of one environment: names that stay, labels that routes match, and a promise that is kept."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from resilience.core.conventions import RULE_LABELS, Tier
from resilience.model.catalogue import Catalogue
from resilience.model.dated import clock
from resilience.model.rules import Rule, rules_of
from resilience.model.settings import StackSettings
from resilience.promql.placeholders import problems, selectors

WORSE = {"tier": "P2", "title": "Much too hot", "threshold": {"gt": 50}}
Declared = Callable[..., list[Rule]]


@pytest.fixture
def declared(
    good_settings: Callable[..., StackSettings],
    good_alert: Callable[..., dict[str, Any]],
    good_catalogue: Callable[..., Catalogue],
) -> Declared:
    """The rules of one alert with these fields, in an environment with these settings."""

    def build(alert: dict[str, Any] | None = None, **settings: Any) -> list[Rule]:
        catalogue = good_catalogue(heat=[good_alert(**(alert or {}))])
        return rules_of(catalogue.alerts[0], good_settings(**settings), catalogue)

    return build


def real_rules(settings: StackSettings) -> list[Rule]:
    catalogue = Catalogue.load().at(clock.NOTHING_ANNOUNCED)
    return [rule for alert in catalogue.alerts for rule in rules_of(alert, settings, catalogue)]


def test_an_alert_without_escalation_is_one_rule(declared: Declared) -> None:
    (rule,) = declared()

    assert (rule.uid, rule.tier, rule.title, rule.threshold.value) == ("sv0-production-too-hot", Tier.P1, "Too hot", 30)


def test_an_escalation_is_a_second_rule_with_its_own_uid_tier_title_and_threshold(declared: Declared) -> None:
    found = declared({"tier": "P3", "escalation": WORSE})

    assert [(rule.uid, rule.tier, rule.title, rule.threshold.value) for rule in found] == [
        ("sv0-production-too-hot", Tier.P3, "Too hot", 30),
        ("sv0-production-too-hot-p2", Tier.P2, "Much too hot", 50),
    ]


def test_an_escalation_is_routed_by_its_own_tier_and_keeps_the_alert_id(declared: Declared) -> None:
    found = declared({"tier": "P3", "escalation": WORSE})

    assert [(rule.labels["tier"], rule.labels["alert_id"]) for rule in found] == [("P3", "too-hot"), ("P2", "too-hot")]


def test_every_rule_carries_the_labels_that_routes_match(declared: Declared) -> None:
    (rule,) = declared(environment="dev")

    assert tuple(rule.labels) == RULE_LABELS
    (event,) = declared({"event": True}, environment="dev")
    assert event.labels == {**rule.labels, "event": "true"}
    assert rule.labels == {
        "alert_id": "too-hot",
        "tier": "P1",
        "environment": "dev",
        "owner": "ann",
        "service": "api",
    }


def test_texts_name_the_environment_and_its_address_and_keep_the_variables_of_grafana(declared: Declared) -> None:
    (rule,) = declared(environment="dev", uptime={"url": "https://dev.example.com"})

    assert rule.annotations == {
        "summary": "dev has {{ $values.A.Value }} degrees.",
        "impact": "https://dev.example.com is slow.",
        "response": "Nobody is called.",
        "runbook_url": "https://example.com/runbooks/too-hot.md",
    }


def test_the_promise_of_production_names_the_owner(declared: Declared) -> None:
    (rule,) = declared({"owner": "bob"})

    assert rule.annotations["response"] == "Bob answers."


def test_a_rule_on_trial_has_a_label_for_its_route_and_promises_what_that_route_does(declared: Declared) -> None:
    (rule,) = declared({"tier": "P2", "calibrating_until": "2027-03-01"})
    (elsewhere,) = declared({"tier": "P2", "calibrating_until": "2027-03-01"}, environment="dev")
    (real,) = declared({"tier": "P2"})

    assert (rule.labels, rule.annotations["response"]) == (real.labels | {"calibrating": "true"}, "Ann looks at it.")
    assert elsewhere.annotations["response"] == "Nobody is called."


@pytest.mark.parametrize("tier", Tier)
def test_outside_production_the_promise_is_the_same_whatever_the_tier(declared: Declared, tier: Tier) -> None:
    (rule,) = declared({"tier": tier.value}, environment="staging")

    assert rule.annotations["response"] == "Nobody is called."


def test_an_escalation_promises_what_its_own_tier_promises(good_settings: Callable[..., StackSettings]) -> None:
    found = {rule.uid: rule for rule in real_rules(good_settings())}
    routes = Catalogue.load().routing.tiers

    for rule in found.values():
        owner = rule.catalogue.owners[rule.alert.owner].name
        assert rule.annotations["response"] == routes[rule.tier].response.replace("$owner", owner)


def test_the_expression_is_of_this_environment(declared: Declared) -> None:
    (rule,) = declared(environment="dev")

    assert rule.expr == 'heat{environment="dev"}'


@pytest.mark.parametrize(
    ("retired", "matched", "kept"),
    [
        pytest.param([], [""], ["okta", "aws", "none"], id="nobody is retired: only what has no id is left out"),
        pytest.param(["okta"], ["okta"], ["okta2", "my-okta", "aws", ""], id="one"),
        pytest.param(["okta", "aws"], ["okta", "aws"], ["okta|aws", "oktaaws", ""], id="two"),
        pytest.param(["a.b"], ["a.b"], ["aXb", "ab", "a..b"], id="a dot is a dot"),
        pytest.param(["a-b:c_d"], ["a-b:c_d"], ["a", "b:c_d"], id="other signs that ids have"),
    ],
)
def test_retired_connectors_are_left_out_and_no_others(
    declared: Declared, retired: list[str], matched: list[str], kept: list[str]
) -> None:
    (rule,) = declared({"expr": 'age{connector_id!~"$retired_connectors"}'}, retired_connectors=retired)
    # The parser gives the text between the quotes; PromQL reads `\\` in it as one `\`.
    inside = selectors(rule.expr)[0].matchers.matchers[0].value.replace("\\\\", "\\")

    assert [name for name in matched + kept if re.fullmatch(inside, name)] == matched


def test_the_name_of_a_retired_connector_is_escaped_in_the_expression(declared: Declared) -> None:
    (rule,) = declared({"expr": 'age{connector_id!~"$retired_connectors"}'}, retired_connectors=["a.b"])

    assert rule.expr == r'age{connector_id!~"a\\.b"}'


def test_the_ends_of_credentials_are_left_to_the_program(declared: Declared) -> None:
    (rule,) = declared({"expr": "($credentials - time()) / 86400"})

    assert rule.expr == "($credentials - time()) / 86400"


@pytest.mark.parametrize("environment", ["production", "dev", "staging"])
def test_uids_of_the_real_catalogue_are_unique_and_short_enough_for_grafana(
    good_settings: Callable[..., StackSettings], environment: str
) -> None:
    uids = [rule.uid for rule in real_rules(good_settings(environment=environment))]

    assert len(uids) == len(set(uids))
    assert [uid for uid in uids if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", uid)] == []


def test_uids_of_two_environments_never_meet(good_settings: Callable[..., StackSettings]) -> None:
    production, dev = (
        {rule.uid for rule in real_rules(good_settings(environment=name))} for name in ("production", "dev")
    )

    assert not production & dev


@pytest.mark.parametrize("retired", [[], ["okta"], ["a.b", "c-d"]])
def test_the_real_expressions_stay_good_promql_when_they_are_filled_in(
    good_settings: Callable[..., StackSettings], retired: list[str]
) -> None:
    found = real_rules(good_settings(environment="dev", retired_connectors=retired))

    assert [rule.uid for rule in found if problems(rule.expr, rule.alert.source)] == []
    assert [
        rule.uid for rule in found if set(re.findall(r"\$\w+", rule.expr)) - {"$credentials", "$renewed_credentials"}
    ] == []


def test_no_text_of_the_real_catalogue_keeps_a_placeholder(good_settings: Callable[..., StackSettings]) -> None:
    # Grafana's own variables stand inside braces.
    left = [
        (rule.uid, key)
        for rule in real_rules(good_settings(environment="dev"))
        for key, text in rule.annotations.items()
        if "$" in re.sub(r"\{\{.*?\}\}", "", text)
    ]

    assert left == []


def test_no_error_rate_and_no_test_for_traffic_counts_what_only_monitoring_asks(
    good_settings: Callable[..., StackSettings],
) -> None:
    found = real_rules(good_settings())
    counting = [one for rule in found if "sv0_http_requests_total" in rule.expr for one in selectors(rule.expr)]
    requests = [one for one in counting if one.name == "sv0_http_requests_total"]

    assert {rule.alert.id for rule in found if "sv0_http_requests_total" in rule.expr} == {
        "high-error-rate", "error-budget-burn", "logs-lost",
    }  # fmt: skip
    assert {
        tuple(matcher.value for matcher in one.matchers.matchers if matcher.name == "route") for one in requests
    } == {("/health|/ready|/metrics",)}
