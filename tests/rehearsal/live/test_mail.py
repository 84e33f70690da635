"""The mail server of the rehearsal, and which alerts must arrive by mail."""

import smtplib
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from resilience.core.conventions import Channel
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.live_run import wrong_mails
from resilience.rehearsal.live.mail import MailReceiver, address_of
from resilience.rehearsal.report.comparison import EXACT
from resilience.rehearsal.report.parsed_message import ParsedMessage, colour_of, text_of, title_of
from resilience.rehearsal.scenario.scenario import MessagePath, Scenario, by_email
from tests.scenarios import ALL


@pytest.fixture(name="mail")
def _mail() -> Iterator[MailReceiver]:
    receiver = MailReceiver(lambda: 42.0)
    receiver.start()
    yield receiver
    receiver.stop()


def send(mail: MailReceiver, subject: str, text: str, *receivers: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = subject, "sv0@example.invalid"
    message["To"] = ", ".join(map(address_of, receivers))
    message.set_content(text)
    host, _, port = mail.smarthost.partition(":")
    with smtplib.SMTP(host, int(port), timeout=5) as client:
        client.send_message(message)


def test_a_mail_is_read_as_the_message_that_says_the_same(mail: MailReceiver) -> None:
    text = "FIRING API down: It is down. Since now.\n\nENDED Production unreachable: It fired.\n"
    send(mail, "P1 production: API down — é", text, "slack-alerts-p1")

    (found,) = mail.mails()
    assert (found.at, found.channel, found.receiver) == (42.0, Channel.ALERTS, "slack-alerts-p1")
    assert (title_of(found), found.payload["mail"]) == ("P1 production: API down — é", text)
    assert text_of(found) == (
        ":rotating_light: API down: It is down. Since now.\n\n:white_circle: Production unreachable: It fired.\n"
    )


@pytest.mark.parametrize(
    ("subject", "colour"),
    [("Resolved P1 production: x", ""), ("Check whether it is over, P1 production: x", "warning")],
)
def test_an_open_end_has_the_colour_of_one(mail: MailReceiver, subject: str, colour: str) -> None:
    send(mail, subject, "ENDED x: y", "slack-alerts-p1")

    assert [colour_of(one) for one in mail.mails()] == [colour]


def test_a_mail_to_two_is_two_and_a_huge_one_is_rejected(mail: MailReceiver) -> None:
    send(mail, "P1", "text", "slack-alerts-p1", "slack-alerts")
    with pytest.raises(smtplib.SMTPException):
        send(mail, "P1", "x\n" * 600_000, "slack-alerts-p1")

    assert [one.receiver for one in mail.mails()] == ["slack-alerts-p1", "slack-alerts"]


def test_a_server_that_stops_takes_nothing_and_waits_for_no_open_session() -> None:
    mail = MailReceiver(lambda: 42.0)
    mail.start()
    host, _, port = mail.smarthost.partition(":")
    with smtplib.SMTP(host, int(port), timeout=5):
        begin = time.monotonic()
        mail.stop()
        assert time.monotonic() - begin < 5

    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(host, int(port), timeout=5)


@pytest.mark.parametrize(
    ("wanted", "tiers", "mailed"),
    [
        ({"tier": "P1"}, {"P1"}, True),
        ({"tier": "P2"}, {"P1"}, False),
        ({"tier": "P1"}, set(), False),
        ({"tier": "P1", "emailed": True}, set(), True),
        ({"tier": "P1", "environment": "dev"}, {"P1"}, False),
        ({"tier": "P1", "alert_id": "DatasourceNoData"}, {"P1"}, False),
    ],
)
def test_what_must_arrive_by_mail_does_not_wait_for_slack(
    scenario: Callable[..., Scenario], wanted: dict[str, Any], tiers: set[str], mailed: bool
) -> None:
    found = by_email(scenario(wanted={**wanted, "delivered": ["15m", "20m"]}), tiers).expect

    assert [one.arrival for one in found] == [(7 * 60, 10 * 60)] * mailed


def test_only_production_down_goes_by_mail(declared: Exported) -> None:
    assert declared.mailed_tiers == {"P1"}


def test_a_mail_that_does_not_come_and_one_that_should_not_are_differences(
    scenario: Callable[..., Scenario], parsed: Callable[..., ParsedMessage]
) -> None:
    """With both it passes in test_live_run.py, as the way that it is."""
    missing = wrong_mails(scenario(wanted={"emailed": True}), (), (), EXACT)
    needless = wrong_mails(scenario(), (parsed(480.0),), {"P1"}, EXACT)

    key = "queue-backing-up (production) firing"
    assert missing == (f"e-mail: {key}: did not arrive; expected in #sv0-alerts from 7m00s to 10m00s",)
    assert needless == (f"e-mail: {key}: arrived at 8m00s in #sv0-alerts, unexpected",)


def test_the_scenario_without_slack_demands_its_mails_whatever_is_exported() -> None:
    (scenario,) = [one for one in ALL if one.path is MessagePath.WITHOUT_SLACK]

    assert [one.alert_id for one in by_email(scenario, ()).expect] == ["api-down", "production-unreachable"]
