"""A valid scenario and message; tests change single fields."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.core.conventions import Channel
from resilience.rehearsal.report.parsed_message import Message, ParsedMessage
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario

WANTED: dict[str, Any] = {
    "alert_id": "queue-backing-up",
    "environment": "production",
    "tier": "P2",
    "channel": "alerts",
    "firing": ["7m", "10m"],
}
FAULT: dict[str, Any] = {"kind": "queue", "environment": "production", "depth": 50, "from": "2m"}


@pytest.fixture
def good_scenario() -> Callable[..., dict[str, Any]]:
    """A valid scenario as raw YAML data, except for the fields given."""

    def build(**changes: Any) -> dict[str, Any]:
        return {
            "version": 1,
            "id": "queue",
            "title": "The queue is stuck",
            "why": "Nobody would notice.",
            "length": "30m",
            "faults": [FAULT],
            "expect": [WANTED],
        } | changes

    return build


@pytest.fixture
def scenario(good_scenario: Callable[..., dict[str, Any]]) -> Callable[..., Scenario]:
    """A valid scenario, except for the fields given; `wanted` changes its only expectation."""

    def build(**changes: Any) -> Scenario:
        wanted = WANTED | changes.pop("wanted", {})
        return Scenario.model_validate(good_scenario(**{"expect": [wanted]} | changes))

    return build


@pytest.fixture
def parsed() -> Callable[..., ParsedMessage]:
    """A received message of the valid scenario, except for what is given."""

    def build(at: float, **changes: Any) -> ParsedMessage:
        message = Message(at, changes.pop("channel", Channel.ALERTS), "slack-alerts", {"text": "x"})
        said: dict[str, Any] = {"key": AlertKey("queue-backing-up", "production"), "tier": "P2", "resolved": False}
        return ParsedMessage(message=message, **said | changes)

    return build
