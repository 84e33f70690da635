"""The receiver replies as Slack does."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from resilience.core.conventions import Channel
from resilience.rehearsal.live.slack import SlackReceiver


class SlackStatus:
    """The status that Slack replies with; None while there is no outage."""

    status: int | None = None


@pytest.fixture
def outage() -> SlackStatus:
    return SlackStatus()


@pytest.fixture
def slack(outage: SlackStatus) -> Iterator[SlackReceiver]:
    receiver = SlackReceiver(lambda: 42.0, lambda _at: outage.status)
    receiver.start()
    yield receiver
    receiver.stop()


def post(slack: SlackReceiver, body: bytes, receiver: str = "slack-alerts") -> tuple[int, str, str | None]:
    request = urllib.request.Request(slack.url(receiver), data=body, method="POST")  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
            return response.status, response.read().decode(), response.headers["Retry-After"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers["Retry-After"]


def test_a_message_is_accepted_and_kept(slack: SlackReceiver) -> None:
    payload = {"attachments": [{"title": "P1 production: API down"}]}

    assert post(slack, json.dumps(payload).encode()) == (200, "ok", None)
    (message,) = slack.messages()
    assert (message.at, message.channel, message.payload) == (42.0, Channel.ALERTS, payload)


@pytest.mark.parametrize(
    ("body", "reply"),
    [(b"{", "invalid_payload"), (b"[]", "invalid_payload"), (b"{}", "no_text"), (b'{"text": ""}', "no_text")],
)
def test_a_payload_that_slack_rejects_is_rejected(slack: SlackReceiver, body: bytes, reply: str) -> None:
    assert post(slack, body) == (400, reply, None)
    assert slack.messages() == ()
    assert len(slack.rejected()) == 1


@pytest.mark.parametrize(("status", "retry_after"), [(429, "1"), (500, None), (503, None)])
def test_posts_during_an_outage_are_rejected_with_its_status(
    slack: SlackReceiver, outage: SlackStatus, status: int, retry_after: str | None
) -> None:
    outage.status = status

    assert post(slack, b'{"text": "x"}')[::2] == (status, retry_after)
    assert slack.messages() == ()

    outage.status = None
    assert post(slack, b'{"text": "x"}')[0] == 200


@pytest.mark.parametrize(
    ("receiver", "channel"),
    [
        ("slack-alerts", Channel.ALERTS),
        ("slack-deploys", Channel.DEPLOYS),
        ("slack-unrouted", Channel.ALERTS),
    ],
)
def test_the_receiver_decides_the_channel(slack: SlackReceiver, receiver: str, channel: Channel) -> None:
    post(slack, b'{"text": "x"}', receiver)

    assert [message.channel for message in slack.messages()] == [channel]


def test_a_webhook_that_does_not_exist_is_404(slack: SlackReceiver) -> None:
    assert post(slack, b'{"text": "x"}', "slack-nowhere") == (404, "no_service", None)
