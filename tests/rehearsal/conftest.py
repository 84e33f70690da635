"""The one place where the rehearsed folder comes from, and good objects that tests spoil a field of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resilience.export import export
from resilience.manifest import Manifest
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.incident import AlertKey, Channel, Incident
from resilience.rehearsal.reading import Reading
from resilience.rehearsal.slack import Message

WANTED: dict[str, Any] = {
    "alert_id": "queue-backing-up",
    "environment": "production",
    "tier": "P2",
    "channel": "alerts",
    "firing": ["7m", "10m"],
}
FAULT: dict[str, Any] = {"kind": "queue", "environment": "production", "depth": 50, "from": "2m"}


@pytest.fixture(scope="session")
def exported(production: Manifest, dev: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `resilience export` writes for both stacks."""
    folder = tmp_path_factory.mktemp("exported")
    export([production, dev], folder)
    return folder


@pytest.fixture(scope="session")
def declared(exported: Path) -> Exported:
    """The exported folder, parsed."""
    return Exported.read(exported)


@pytest.fixture
def good_incident() -> Callable[..., dict[str, Any]]:
    """An incident as it stands in YAML, but for the fields given."""

    def build(**spoiled: Any) -> dict[str, Any]:
        return {
            "version": 1,
            "id": "queue",
            "title": "The queue is stuck",
            "why": "Nobody would notice.",
            "length": "30m",
            "faults": [FAULT],
            "expect": [WANTED],
        } | spoiled

    return build


@pytest.fixture
def incident(good_incident: Callable[..., dict[str, Any]]) -> Callable[..., Incident]:
    """A good incident, but for the fields given; those of its one expectation by `wanted`."""

    def build(**changes: Any) -> Incident:
        wanted = WANTED | changes.pop("wanted", {})
        return Incident.model_validate(good_incident(**{"expect": [wanted]} | changes))

    return build


@pytest.fixture
def reading() -> Callable[..., Reading]:
    """A received message of the good incident, but for what is given."""

    def build(at: float, **changes: Any) -> Reading:
        message = Message(at, changes.pop("channel", Channel.ALERTS), "slack-alerts", {"text": "x"})
        said: dict[str, Any] = {"key": AlertKey("queue-backing-up", "production"), "tier": "P2", "resolved": False}
        return Reading(message=message, **said | changes)

    return build
