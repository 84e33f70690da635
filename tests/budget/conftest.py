"""Good input of the budget, which tests change: one stack, one owner, nothing declared, nothing used."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.budget import BudgetInput
from resilience.manifest import Manifest, Resource
from resilience.model.catalogue import Catalogue, Limit
from resilience.model.settings import StackSettings
from resilience.model.usage import Usage

RUNNERS = {"ubuntu": 1, "windows": 2, "macos": 10}
# As little as the model allows.
NOTHING_AT_MOST: dict[str, Any] = {"long_from": 8, "longest": 1024, "short": {}, "long": {}}
GOOD_USAGE: dict[str, Any] = {
    "version": 1,
    "logs": {"production": 0, "others": 0, "source": "a test", "at_most": NOTHING_AT_MOST},
    "series": {"besides_the_contract": 0, "source": "a test"},
    "actions": {"events": {}, "runners": RUNNERS, "other_repositories": 0, "source": "a test", "minutes": {}},
}
REQUIRED = ("rules", "rule_instances", "series", "log_gigabytes", "users", "outside_checks", "actions_minutes")


def limit(number: int, unit: str = "things") -> Limit:
    return Limit(limit=number, unit=unit, source="a test", read="2026-11-24")


@pytest.fixture
def facts(
    good_settings: Callable[..., StackSettings], good_catalogue: Callable[..., Catalogue]
) -> Callable[..., BudgetInput]:
    """Good input with the fields given; `usage` and `limits` are merged."""

    def build(**given: Any) -> BudgetInput:
        limits = {name: limit(1000) for name in REQUIRED} | given.pop("limits", {})
        usage = Usage.model_validate(GOOD_USAGE | given.pop("usage", {}))
        catalogue = good_catalogue().model_copy(update={"limits": limits, "metrics": given.pop("metrics", {})})
        good: dict[str, Any] = {"manifests": (), "settings": {"production": good_settings()}, "workflows": ()}
        return BudgetInput(catalogue=catalogue, usage=usage, **(good | given))

    return build


@pytest.fixture
def declared() -> Callable[..., Manifest]:
    """A manifest of resources with these inputs."""

    def build(type_: str, *inputs: dict[str, Any]) -> Manifest:
        empty: dict[str, Any] = (
            dict.fromkeys(("urn", "name", "parent", "provider", "import_id"), "")
            | dict.fromkeys(("secrets", "depends_on", "additional_secret_outputs", "ignore_changes", "aliases"), ())
            | dict.fromkeys(("protect", "retain_on_delete", "delete_before_replace"), False)
        )
        return Manifest("test", tuple(Resource(type=type_, stack="test", inputs=one, **empty) for one in inputs))

    return build
