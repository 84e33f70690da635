"""The policy tree: other environments, rules without data, watchdog, events, tiers, and the default."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumiverse_grafana as grafana
import pytest
from pulumi import Output

from components.business_hours import BusinessHours
from components.contact_points import ContactPoints, ContactPointsArgs
from components.message_templates import MessageTemplates
from components.notification_policy import NotificationPolicy, NotificationPolicyArgs
from resilience.core.conventions import Channel, Tier
from resilience.manifest import Manifest, Resource, types
from resilience.model.catalogue import Catalogue

TIMES = {"groupWait": "30s", "groupInterval": "5m", "repeatInterval": "4h"}


@pytest.fixture(name="declared_with")
def _declared_with(
    declare_program: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue]
) -> Callable[[str | None], Manifest]:
    return lambda watchdog: declare_program(lambda: _program(urgent(good_catalogue()), watchdog))


def urgent(catalogue: Catalogue) -> Catalogue:
    """The same with a mention for P1."""
    routing = catalogue.routing
    p1 = routing.tiers[Tier.P1].model_copy(update={"mention": "channel"})
    return catalogue.model_copy(update={"routing": routing.model_copy(update={"tiers": routing.tiers | {Tier.P1: p1}})})


def _program(catalogue: Catalogue, watchdog: str | None) -> None:
    inside = grafana.Provider("given-inside", auth="canary")
    address = Output.secret(watchdog) if watchdog else None
    webhooks = {channel: Output.secret("https://hooks.example") for channel in Channel}
    points = ContactPoints(
        "given-points",
        ContactPointsArgs(webhooks=webhooks, routing=catalogue.routing, watchdog=address, emails=None),
        MessageTemplates("given-templates", Catalogue.load(), inside),
        inside,
    )
    hours = BusinessHours("given-hours", catalogue.owners, inside)
    args = NotificationPolicyArgs(
        routing=catalogue.routing,
        contact_points=points.names,
        urgent=points.urgent,
        unrouted=points.unrouted,
        watchdog=points.watchdog,
        business_hours=hours.names,
    )
    NotificationPolicy("notification-policy", args, inside)


@pytest.fixture
def manifest(declared_with: Callable[[str | None], Manifest]) -> Manifest:
    return declared_with("https://hc.example/x")


@pytest.fixture
def tree(manifest: Manifest) -> Resource:
    return manifest.of_type(types.NOTIFICATION_POLICY)[0]


def matcher(label: str, match: str, value: str) -> dict[str, str]:
    return {"label": label, "match": match, "value": value}


def by_owner(**times: str) -> dict[str, Any]:
    """Each owner in business hours; unknown owners go to the default contact point."""
    return {
        "contactPoint": "slack-unrouted",
        "policies": [
            {
                "matchers": [matcher("owner", "=", owner)],
                "contactPoint": "slack-alerts",
                "activeTimings": [f"business-hours-{owner}"],
                **TIMES,
                **times,
            }
            for owner in ("ann", "bob")
        ],
        **TIMES,
        **times,
    }


def test_declares_one_tree_and_nothing_else(manifest: Manifest, listed: Callable[[Manifest], object]) -> None:
    assert listed(manifest) == [
        ("sv0:grafana:NotificationPolicy", "notification-policy", "sv0-resilience-test"),
        (types.NOTIFICATION_POLICY, "notification-policy-tree", "notification-policy"),
    ]


def test_what_no_route_matches_goes_to_the_default_contact_point(tree: Resource) -> None:
    root = {key: value for key, value in tree.inputs.items() if key != "policies"}

    assert root == {"contactPoint": "slack-unrouted", "groupBies": ["alertname", "environment"], **TIMES}


def test_routes_are_in_the_order_in_which_they_match(tree: Resource) -> None:
    assert tree.inputs["policies"] == [
        {
            "matchers": [matcher("environment", "=~", ".+"), matcher("environment", "!=", "production")],
            "contactPoint": "slack-deploys",
            **TIMES,
        },
        {"matchers": [matcher("alertname", "=~", "DatasourceNoData|DatasourceError")], **by_owner()},
        {
            "matchers": [matcher("alert_id", "=", "watchdog")],
            "contactPoint": "watchdog",
            "groupWait": "1s",
            "groupInterval": "1m",
            "repeatInterval": "4m",
        },
        {"matchers": [matcher("event", "=", "true")], "contactPoint": "slack-deploys", "continue": True, **TIMES},
        {
            "matchers": [matcher("tier", "=", "P1")],
            "contactPoint": "slack-alerts-p1",
            "groupBies": ["tier"],
            **TIMES,
            "groupWait": "10s",
        },
        {"matchers": [matcher("tier", "=", "P2")], **by_owner()},
        {"matchers": [matcher("tier", "=", "P3")], "contactPoint": "slack-deploys", **TIMES, "repeatInterval": "1w"},
    ]


def test_only_the_route_of_events_continues_to_the_next(tree: Resource) -> None:
    def keys(route: Mapping[str, Any]) -> set[str]:
        return set(route).union(*(keys(below) for below in route.get("policies", [])))

    continuing = [route for route in tree.inputs["policies"] if "continue" in keys(route)]

    assert [route["matchers"][0]["label"] for route in continuing] == ["event"]


def test_without_an_address_there_is_no_route_of_the_watchdog(declared_with: Callable[[str | None], Manifest]) -> None:
    (tree,) = declared_with(None).of_type(types.NOTIFICATION_POLICY)

    assert "watchdog" not in str(tree.inputs)
    assert len(tree.inputs["policies"]) == 6


def test_names_come_from_outputs_so_that_the_tree_changes_first(
    tree: Resource, named: Callable[..., list[str]]
) -> None:
    assert set(named(tree.depends_on)) == {
        "given-points-alerts",
        "given-points-alerts-p1",
        "given-points-deploys",
        "given-points-unrouted",
        "given-points-watchdog",
        "given-hours-ann",
        "given-hours-bob",
    }


def test_is_declared_inside_the_stack(tree: Resource, named: Callable[..., list[str]]) -> None:
    assert named([tree.provider]) == ["given-inside"]
    assert (tree.protect, tree.retain_on_delete, tree.secrets) == (False, False, ())
