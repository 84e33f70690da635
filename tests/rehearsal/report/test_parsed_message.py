"""A message is read as a person reads it: what it does not say is not known."""

from typing import Any

import pytest

from resilience.core.conventions import Channel
from resilience.rehearsal.exported import ExportedAlert
from resilience.rehearsal.report.parsed_message import Message, ParsedMessage, read, read_all
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
    text = 'The rule "API down" cannot be evaluated: prom returned no data.\nP1 · production · api'
    said = reading(title="P2 production monitoring: the rule API down has no data", text=text)

    assert (said.key, said.tier, said.resolved) == (AlertKey("DatasourceNoData", "production"), "P1", False)
    assert reading(title="P2 staging monitoring: the rule API down has no data", text=text).key is None


def test_a_rule_whose_query_fails_is_another_one_again() -> None:
    text = 'The rule "API down" cannot be evaluated: its query to prom fails.'
    said = reading(title="P2 production monitoring: the rule API down can be evaluated again", text=text)

    assert (said.key, said.resolved) == (AlertKey("DatasourceError", "production"), True)


def test_an_alert_is_known_by_its_id_in_the_text() -> None:
    assert reading(title="P2", text="*queue-backing-up* in production").key == QUEUE


@pytest.mark.parametrize(
    "attachment",
    [
        {"title": "Resolved production: Queue backing up", "color": "danger"},
        {"title": "Check whether it is over, production: Queue backing up"},
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


BOTH = ":rotating_light: *API down: It is down.*\n:rotating_light: *Queue backing up: 14 jobs wait.*"
ONE = ":rotating_light: *API down: It is down.*\n:white_circle: Queue backing up: No longer fires after 2 min."


def arrived(*texts: tuple[str, str]) -> list[tuple[float, str, str]]:
    messages = [
        Message(float(at), Channel.ALERTS, "slack-alerts", {"attachments": [{"title": title, "text": text}]})
        for at, (title, text) in enumerate(texts)
    ]
    return [(one.message.at, one.subject, one.state) for one in read_all(messages, ALERTS)]


def test_of_a_message_about_several_rules_each_line_is_read_and_what_was_known_is_left_out() -> None:
    alone = ("P1 production: API down", ":rotating_light: *It is down.*")

    assert arrived(alone, ("P1 production: API down, Queue backing up", BOTH), ("P1 production: API down", ONE)) == [
        (0.0, "api-down (production)", "firing"),
        (1.0, "queue-backing-up (production)", "firing"),
        (2.0, "queue-backing-up (production)", "resolved"),
    ]


def test_a_message_in_which_nothing_is_new_is_read_as_it_is() -> None:
    both = ("P1 production: API down, Queue backing up", BOTH)

    assert arrived(both, both) == [
        (float(at), subject, "firing")
        for at in range(2)
        for subject in ("api-down (production)", "queue-backing-up (production)")
    ]
