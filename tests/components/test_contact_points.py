"""Contact points: for channels, for urgent tiers, for alerts without a route, for the watchdog; all stay secret."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumiverse_grafana as grafana
import pytest

from components.contact_points import ContactPoints, ContactPointsArgs
from components.message_templates import MessageTemplates
from resilience.core.conventions import Channel, Tier
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue

ROUTING = Catalogue.load().routing
EMAIL = {
    "addresses": "[secret]",
    "singleEmail": False,
    "subject": '{{ template "sv0.mail.subject" . }}',
    "message": '{{ template "sv0.mail.text" . }}',
    "disableResolveMessage": False,
}


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest]) -> Manifest:
    def program() -> None:
        inside = grafana.Provider("given-inside", auth="canary")
        templates = MessageTemplates("given-templates", Catalogue.load(), inside)
        webhooks = {channel: pulumi.Output.secret(f"https://hooks.example/{channel}") for channel in Channel}
        watchdog = pulumi.Output.secret("https://hc.example/x")
        emails = pulumi.Output.secret(["ann@example.com", "bob@example.com"])
        args = ContactPointsArgs(webhooks=webhooks, routing=ROUTING, watchdog=watchdog, emails=emails)
        points = ContactPoints("contact-points", args, templates, inside)
        pulumi.export("names", {channel.value: name for channel, name in points.names.items()})
        pulumi.export("urgent", {tier.value: name for tier, name in points.urgent.items()})
        pulumi.export("unrouted", points.unrouted)
        pulumi.export("watchdog", points.watchdog)

    return declare_program(program)


def slack(title: str, text: str = "sv0.text") -> list[dict[str, Any]]:
    return [
        {
            "url": "[secret]",
            "title": f'{{{{ template "{title}" . }}}}',
            "text": f'{{{{ template "{text}" . }}}}',
            "color": '{{ template "sv0.color" . }}',
            "disableResolveMessage": False,
        }
    ]


def test_declares_one_for_each_channel_one_for_alerts_without_a_route_and_nothing_else(
    manifest: Manifest, listed: Callable[[Manifest], object]
) -> None:
    assert listed(manifest) == [
        ("sv0:grafana:ContactPoints", "contact-points", "sv0-resilience-test"),
        (types.CONTACT_POINT, "contact-points-alerts", "contact-points"),
        (types.CONTACT_POINT, "contact-points-alerts-p1", "contact-points"),
        (types.CONTACT_POINT, "contact-points-deploys", "contact-points"),
        (types.CONTACT_POINT, "contact-points-unrouted", "contact-points"),
        (types.CONTACT_POINT, "contact-points-watchdog", "contact-points"),
    ]


def test_each_uses_the_templates_and_notifies_of_recovery(manifest: Manifest) -> None:
    assert [one.inputs for one in manifest.of_type(types.CONTACT_POINT)] == [
        {"name": "slack-alerts", "slacks": slack("sv0.title")},
        {"name": "slack-alerts-p1", "slacks": slack("sv0.title", "sv0.urgent.text"), "emails": [EMAIL]},
        {"name": "slack-deploys", "slacks": slack("sv0.title")},
        {"name": "slack-unrouted", "slacks": slack("sv0.unrouted", "sv0.unrouted.text")},
        # A resolved message would be a sign of life.
        {"name": "watchdog", "webhooks": [{"url": "[secret]", "httpMethod": "POST", "disableResolveMessage": True}]},
    ]


def test_each_webhook_is_secret(manifest: Manifest) -> None:
    assert [one.secrets for one in manifest.of_type(types.CONTACT_POINT)] == [
        ("slacks[0].url",),
        ("emails[0].addresses", "slacks[0].url"),
        ("slacks[0].url",),
        ("slacks[0].url",),
        ("webhooks[0].url",),
    ]


def test_addresses_outside_slack_stay_secret_although_the_provider_does_not_mark_them(manifest: Manifest) -> None:
    assert {one.name: one.additional_secret_outputs for one in manifest.of_type(types.CONTACT_POINT)} == {
        "contact-points-alerts": (),
        "contact-points-alerts-p1": ("emails",),
        "contact-points-deploys": (),
        "contact-points-unrouted": (),
        "contact-points-watchdog": ("webhooks",),
    }


def test_is_replaced_before_it_is_deleted_because_grafana_rejects_what_the_tree_uses(manifest: Manifest) -> None:
    assert [one.delete_before_replace for one in manifest.of_type(types.CONTACT_POINT)] == [False] * 5


def test_is_made_after_the_templates_that_it_calls(manifest: Manifest, named: Callable[..., list[str]]) -> None:
    assert [named(one.depends_on) for one in manifest.of_type(types.CONTACT_POINT)] == [["given-templates-slack"]] * 5
    assert {name for one in manifest.of_type(types.CONTACT_POINT) for name in named([one.provider])} == {"given-inside"}


def test_grafana_keeps_alive_a_check_of_its_own(declare_program: Callable[..., Manifest]) -> None:
    """Not secret on purpose, so that the address can be seen."""

    def program() -> None:
        inside = grafana.Provider("given-inside", auth="canary")
        address = pulumi.Output.from_input("https://hc.example/key/sv0-{job}?create=1")
        args = ContactPointsArgs(
            webhooks=dict.fromkeys(Channel, address), routing=ROUTING, watchdog=address, emails=None
        )
        ContactPoints("contact-points", args, MessageTemplates("given-templates", Catalogue.load(), inside), inside)

    (point,) = [one for one in declare_program(program).of_type(types.CONTACT_POINT) if "webhooks" in one.inputs]
    assert point.inputs["webhooks"][0]["url"] == "https://hc.example/key/sv0-grafana?create=1"


@pytest.mark.parametrize("channel", Channel)
def test_alerts_without_a_route_go_to_the_channel_of_the_catalogue(
    declare_program: Callable[..., Manifest], channel: Channel
) -> None:
    def program() -> None:
        inside = grafana.Provider("given-inside", auth="canary")
        # Not secret on purpose: masked values would all look the same.
        webhooks = {one: pulumi.Output.from_input(f"https://hooks.example/{one}") for one in Channel}
        routing = ROUTING.model_copy(update={"default": ROUTING.default.model_copy(update={"channel": channel})})
        args = ContactPointsArgs(webhooks=webhooks, routing=routing, watchdog=None, emails=None)
        ContactPoints("contact-points", args, MessageTemplates("given-templates", Catalogue.load(), inside), inside)

    points = declare_program(program).of_type(types.CONTACT_POINT)

    assert points[-1].inputs["name"] == "slack-unrouted"
    assert points[-1].inputs["slacks"][0]["url"] == f"https://hooks.example/{channel}"


def test_outputs_the_names_by_channel(manifest: Manifest) -> None:
    assert manifest.outputs == {
        "names": {"alerts": "slack-alerts", "deploys": "slack-deploys"},
        "urgent": {"P1": "slack-alerts-p1"},
        "unrouted": "slack-unrouted",
        "watchdog": "watchdog",
    }


@pytest.mark.parametrize(
    ("given", "has"),
    [
        ({"mention": "channel", "email": True}, (True, True)),
        ({"mention": "S0123456789", "email": False}, (True, False)),
        ({"mention": None, "email": True}, (True, True)),
        ({"mention": None, "email": False}, (False, False)),
    ],
)
def test_a_tier_has_a_contact_point_of_its_own_and_mails_as_the_catalogue_says(
    declare_program: Callable[..., Manifest], given: dict[str, Any], has: tuple[bool, bool]
) -> None:
    p1 = ROUTING.tiers[Tier.P1].model_copy(update=given)
    routing = ROUTING.model_copy(update={"tiers": ROUTING.tiers | {Tier.P1: p1}})

    def program() -> None:
        inside = grafana.Provider("given-inside", auth="canary")
        webhooks = {one: pulumi.Output.secret("https://hooks.example") for one in Channel}
        emails = pulumi.Output.secret(["ann@example.com"])
        args = ContactPointsArgs(webhooks=webhooks, routing=routing, watchdog=None, emails=emails)
        ContactPoints("contact-points", args, MessageTemplates("given-templates", Catalogue.load(), inside), inside)

    points = {one.inputs["name"]: one.inputs for one in declare_program(program).of_type(types.CONTACT_POINT)}
    own = points.get("slack-alerts-p1", {})
    assert (bool(own), "emails" in own) == has
