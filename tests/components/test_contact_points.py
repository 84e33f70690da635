"""Contact points: one for each channel, one for alerts without a route, one for the watchdog; all stay secret."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumiverse_grafana as grafana
import pytest

from components.contact_points import ContactPoints, ContactPointsArgs
from components.message_templates import MessageTemplates
from resilience.core.conventions import Channel
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest]) -> Manifest:
    def program() -> None:
        inside = grafana.Provider("given-inside", auth="canary")
        templates = MessageTemplates("given-templates", Catalogue.load(), inside)
        webhooks = {channel: pulumi.Output.secret(f"https://hooks.example/{channel}") for channel in Channel}
        watchdog = pulumi.Output.secret("https://hc.example/x")
        args = ContactPointsArgs(webhooks=webhooks, unrouted=Channel.ALERTS, watchdog=watchdog)
        points = ContactPoints("contact-points", args, templates, inside)
        pulumi.export("names", {channel.value: name for channel, name in points.names.items()})
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
        (types.CONTACT_POINT, "contact-points-deploys", "contact-points"),
        (types.CONTACT_POINT, "contact-points-unrouted", "contact-points"),
        (types.CONTACT_POINT, "contact-points-watchdog", "contact-points"),
    ]


def test_each_uses_the_templates_and_notifies_of_recovery(manifest: Manifest) -> None:
    assert [one.inputs for one in manifest.of_type(types.CONTACT_POINT)] == [
        {"name": "slack-alerts", "slacks": slack("sv0.title")},
        {"name": "slack-deploys", "slacks": slack("sv0.title")},
        {"name": "slack-unrouted", "slacks": slack("sv0.unrouted", "sv0.unrouted.text")},
        # A resolved message would be a sign of life.
        {"name": "watchdog", "webhooks": [{"url": "[secret]", "httpMethod": "POST", "disableResolveMessage": True}]},
    ]


def test_each_webhook_is_secret(manifest: Manifest) -> None:
    assert [one.secrets for one in manifest.of_type(types.CONTACT_POINT)] == [
        *[("slacks[0].url",)] * 3,
        ("webhooks[0].url",),
    ]


def test_the_address_of_the_watchdog_stays_secret_although_the_provider_does_not_mark_it(manifest: Manifest) -> None:
    assert manifest.of_type(types.CONTACT_POINT)[-1].additional_secret_outputs == ("webhooks",)


def test_is_replaced_before_it_is_deleted_because_grafana_rejects_what_the_tree_uses(manifest: Manifest) -> None:
    assert [one.delete_before_replace for one in manifest.of_type(types.CONTACT_POINT)] == [False] * 4


def test_is_made_after_the_templates_that_it_calls(manifest: Manifest, named: Callable[..., list[str]]) -> None:
    assert [named(one.depends_on) for one in manifest.of_type(types.CONTACT_POINT)] == [["given-templates-slack"]] * 4
    assert {name for one in manifest.of_type(types.CONTACT_POINT) for name in named([one.provider])} == {"given-inside"}


def test_grafana_keeps_alive_a_check_of_its_own(declare_program: Callable[..., Manifest]) -> None:
    """Not secret on purpose, so that the address can be seen."""

    def program() -> None:
        inside = grafana.Provider("given-inside", auth="canary")
        address = pulumi.Output.from_input("https://hc.example/key/sv0-{job}?create=1")
        args = ContactPointsArgs(webhooks={Channel.ALERTS: address}, unrouted=Channel.ALERTS, watchdog=address)
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
        args = ContactPointsArgs(webhooks=webhooks, unrouted=channel, watchdog=None)
        ContactPoints("contact-points", args, MessageTemplates("given-templates", Catalogue.load(), inside), inside)

    points = declare_program(program).of_type(types.CONTACT_POINT)

    assert points[-1].inputs["name"] == "slack-unrouted"
    assert points[-1].inputs["slacks"][0]["url"] == f"https://hooks.example/{channel}"


def test_outputs_the_names_by_channel(manifest: Manifest) -> None:
    assert manifest.outputs == {
        "names": {"alerts": "slack-alerts", "deploys": "slack-deploys"},
        "unrouted": "slack-unrouted",
        "watchdog": "watchdog",
    }
