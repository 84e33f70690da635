"""What settings and catalogue must agree on, with the exact sentence when they do not."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.model.agreement import problems
from resilience.model.catalogue import Catalogue
from resilience.model.settings import StackSettings

FILE = "Pulumi.test.yaml"
KEY = "sv0-resilience:settings"
Settings = Callable[..., StackSettings]
AlertFields = Callable[..., dict[str, Any]]
WORSE = {"tier": "P2", "title": "Worse", "threshold": {"gt": 50}}


def member(name: str) -> dict[str, Any]:
    return {"member": name, "role": "Editor", "joined": True}


def notified(settings: StackSettings, catalogue: Catalogue) -> list[str]:
    return [str(problem) for problem in problems(settings, catalogue, FILE)]


def test_members_who_are_owners_are_accepted(good_settings: Settings, good_catalogue: Callable[..., Catalogue]) -> None:
    assert notified(good_settings(team=[member("ann"), member("bob")]), good_catalogue()) == []


def test_an_owner_need_not_be_a_member(good_settings: Settings, good_catalogue: Callable[..., Catalogue]) -> None:
    assert notified(good_settings(team=[]), good_catalogue()) == []


@pytest.mark.parametrize("environment", ["production", "dev", "staging"])
def test_the_real_catalogue_fits_every_environment(good_settings: Settings, environment: str) -> None:
    assert notified(good_settings(environment=environment), Catalogue.load()) == []


def test_every_member_who_is_no_owner_is_reported(
    good_settings: Settings, good_catalogue: Callable[..., Catalogue]
) -> None:
    settings = good_settings(team=[member("ann"), member("zoe"), member("max")])

    assert notified(settings, good_catalogue()) == [
        f'{FILE}: {KEY}.team[1].member: unknown owner "zoe"; write one of ann, bob',
        f'{FILE}: {KEY}.team[2].member: unknown owner "max"; write one of ann, bob',
    ]


@pytest.mark.parametrize(
    ("alert", "spare"),
    [
        pytest.param({}, 28, id="sv0-, -too-hot"),
        pytest.param({"tier": "P3", "escalation": WORSE}, 25, id="the uid of an escalation is longer"),
    ],
)
def test_an_environment_may_be_as_long_as_the_longest_uid_allows(
    good_settings: Settings,
    good_alert: AlertFields,
    good_catalogue: Callable[..., Catalogue],
    alert: dict[str, Any],
    spare: int,
) -> None:
    catalogue = good_catalogue(heat=[good_alert(**alert)])

    assert notified(good_settings(environment="e" * spare), catalogue) == []
    assert len(notified(good_settings(environment="e" * (spare + 1)), catalogue)) == 1


def test_an_environment_that_makes_a_uid_too_long_is_reported_with_the_longest(
    good_settings: Settings, good_alert: AlertFields, good_catalogue: Callable[..., Catalogue]
) -> None:
    environment, catalogue = "e" * 30, good_catalogue(heat=[good_alert(), good_alert(id="hot")])

    what = f'"{environment}" makes uid "sv0-{environment}-too-hot" longer than 40 characters'
    assert notified(good_settings(environment=environment), catalogue) == [
        f"{FILE}: {KEY}.environment: {what}; write a shorter name"
    ]


def test_an_alert_of_other_environments_does_not_count(
    good_settings: Settings, good_alert: AlertFields, good_catalogue: Callable[..., Catalogue]
) -> None:
    alert = good_alert(id="e" * 30, environments="production")

    assert notified(good_settings(environment="dev-of-ann"), good_catalogue(heat=[good_alert(), alert])) == []


def test_an_environment_without_any_alert_is_accepted(
    good_settings: Settings, good_alert: AlertFields, good_catalogue: Callable[..., Catalogue]
) -> None:
    alert = good_alert(environments="production")

    assert notified(good_settings(environment="dev"), good_catalogue(heat=[alert])) == []
