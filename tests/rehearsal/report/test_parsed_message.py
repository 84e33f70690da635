"""A message is read as a person reads it: what it does not say is not known."""

from typing import Any

import pytest

from resilience.core.conventions import Channel
from resilience.rehearsal.exported import ExportedAlert
from resilience.rehearsal.report.parsed_message import Message, ParsedMessage, read
from resilience.rehearsal.scenario.scenario import AlertKey

QUEUE = AlertKey("queue-backing-up", "production")
ALERTS = (
    ExportedAlert(QUEUE, "Queue backing up", "P2"),
    ExportedAlert(AlertKey("queue-backing-up", "dev"), "Queue backing up", "P2"),
    ExportedAlert(AlertKey("api-down", "production"), "API down", "P1"),
    ExportedAlert(AlertKey("DatasourceNoData", "production"), "DatasourceNoData", "P1"),
)


def reading(**attachment: Any) -> ParsedMessage:
    return read(Message(0.0, Channel.ALERTS, "slack-alerts", {"attachments": [attachment]}), ALERTS)


def test_a_title_names_alert_environment_and_tier() -> None:
    said = reading(title="P2 production: Queue backing up", color="danger")

    assert (said.key, said.tier, said.resolved) == (QUEUE, "P2", False)


def test_a_rule_that_cannot_be_evaluated_is_another_message_than_the_rules_own() -> None:
    said = reading(title="P1 production: API down cannot be evaluated")

    assert (said.key, said.tier) == (AlertKey("DatasourceNoData", "production"), "P1")
    assert reading(title="P1 dev: API down cannot be evaluated").key is None


def test_an_alert_is_known_by_its_id_in_the_text() -> None:
    assert reading(title="P2", text="*queue-backing-up* in production").key == QUEUE


@pytest.mark.parametrize(
    "attachment",
    [
        {"title": "Resolved production: Queue backing up", "color": "danger"},
        {"title": "[RESOLVED] P2 production: Queue backing up"},
        {"title": "production: Queue backing up", "color": "good"},
    ],
)
def test_a_recovery_is_read_from_the_title_then_from_the_colour(attachment: dict[str, str]) -> None:
    assert reading(**attachment).resolved


@pytest.mark.parametrize(
    "attachment",
    [
        {},
        {"title": "P2: Queue backing up"},
        {"title": "P2 preproduction: Queue backing up"},
        {"title": "P2 production: Queue backing upwards"},
        {"title": "P2 production: Queue backing up", "text": ""} | {"title": "production: something else"},
        {"title": "production: Queue backing up and API down"},
    ],
    ids=["empty", "no environment", "part of a word", "part of a title", "other alert", "two alerts"],
)
def test_what_cannot_be_reported_apart_is_not_known(attachment: dict[str, str]) -> None:
    assert reading(**attachment).key is None


@pytest.mark.parametrize("title", ["production: Queue backing up", "P1 or P2 production: Queue backing up"])
def test_a_tier_that_is_not_said_once_is_not_known(title: str) -> None:
    assert reading(title=title).tier is None
