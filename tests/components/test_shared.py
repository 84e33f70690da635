"""What a Grafana has only once: all below one component, each with the right provider."""

from collections.abc import Callable

import pulumi
import pulumiverse_grafana as grafana
import pytest

from components.shared import Shared, SharedArgs
from resilience.core.conventions import Channel
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue
from resilience.model.settings import StackSettings


@pytest.fixture
def manifest(
    declare_program: Callable[..., Manifest],
    good_settings: Callable[..., StackSettings],
    good_catalogue: Callable[..., Catalogue],
) -> Manifest:
    settings, catalogue = good_settings(team=[{"member": "ann", "role": "Admin", "joined": True}]), good_catalogue()

    def program() -> None:
        webhooks = {channel: pulumi.Output.secret("https://hooks.example") for channel in Channel}
        Shared(
            "shared",
            SharedArgs(settings=settings, catalogue=catalogue, webhooks=webhooks, watchdog=None, emails=None),
            grafana.Provider("given-cloud", cloud_access_policy_token="canary"),
            grafana.Provider("given-inside", auth="canary"),
        )

    return declare_program(program)


def test_declares_all_that_is_shared_and_nothing_else(manifest: Manifest, listed: Callable[[Manifest], object]) -> None:
    assert listed(manifest) == [
        ("sv0:platform:Shared", "shared", "sv0-resilience-test"),
        ("sv0:grafana:BusinessHours", "business-hours", "shared"),
        (types.MUTE_TIMING, "business-hours-ann", "business-hours"),
        (types.MUTE_TIMING, "business-hours-bob", "business-hours"),
        ("sv0:grafana:ContactPoints", "contact-points", "shared"),
        (types.CONTACT_POINT, "contact-points-alerts", "contact-points"),
        (types.CONTACT_POINT, "contact-points-deploys", "contact-points"),
        (types.CONTACT_POINT, "contact-points-unrouted", "contact-points"),
        ("sv0:grafana:MessageTemplates", "message-templates", "shared"),
        (types.MESSAGE_TEMPLATE, "message-templates-slack", "message-templates"),
        ("sv0:grafana:NotificationPolicy", "notification-policy", "shared"),
        (
            types.NOTIFICATION_POLICY,
            "notification-policy-tree",
            "notification-policy",
        ),
        ("sv0:grafana:Team", "team", "shared"),
        (types.ORG_MEMBER, "team-ann-sv0", "team"),
    ]


def test_members_are_made_at_grafana_com_and_all_else_in_the_stack(
    manifest: Manifest, named: Callable[..., list[str]]
) -> None:
    provider = {one.name: named([one.provider])[0] for one in manifest.resources if one.custom}

    assert provider.pop("team-ann-sv0") == "given-cloud"
    assert set(provider.values()) == {"given-inside"}
