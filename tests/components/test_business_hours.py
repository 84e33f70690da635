"""Business hours of each owner, in the owner's time zone."""

from collections.abc import Callable

import pulumi
import pulumiverse_grafana as grafana
import pytest

from components.business_hours import BusinessHours
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue]) -> Manifest:
    def program() -> None:
        inside = grafana.Provider("given-inside", auth="canary")
        hours = BusinessHours("business-hours", good_catalogue().owners, inside)
        pulumi.export("names", hours.names)

    return declare_program(program)


def test_declares_one_timing_for_each_owner_and_nothing_else(
    manifest: Manifest, listed: Callable[[Manifest], object]
) -> None:
    assert listed(manifest) == [
        ("sv0:grafana:BusinessHours", "business-hours", "sv0-resilience-test"),
        (types.MUTE_TIMING, "business-hours-ann", "business-hours"),
        (types.MUTE_TIMING, "business-hours-bob", "business-hours"),
    ]


def test_each_timing_is_in_the_owners_time_zone(manifest: Manifest) -> None:
    ann, bob = manifest.of_type(types.MUTE_TIMING)

    assert ann.inputs == {
        "name": "business-hours-ann",
        "intervals": [
            {
                "times": [{"start": "09:00", "end": "17:00"}],
                "weekdays": ["monday:friday"],
                "location": "Europe/Berlin",
            }
        ],
    }
    assert bob.inputs == {
        "name": "business-hours-bob",
        "intervals": [
            {
                "times": [{"start": "09:00", "end": "19:30"}],
                "weekdays": ["monday:friday"],
                "location": "Asia/Tbilisi",
            }
        ],
    }


def test_a_timing_is_replaced_before_it_is_deleted_because_the_tree_would_lose_it(
    manifest: Manifest, named: Callable[..., list[str]]
) -> None:
    options = [(one.delete_before_replace, named([one.provider])) for one in manifest.of_type(types.MUTE_TIMING)]

    assert options == [(False, ["given-inside"])] * 2


def test_shows_the_names_by_owner(manifest: Manifest) -> None:
    assert manifest.outputs == {"names": {"ann": "business-hours-ann", "bob": "business-hours-bob"}}
