"""What an outage looks like on both of its paths, by real Alertmanager: the messages in Slack, and the mails."""

from pathlib import Path
from typing import Any

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.parsed_message import Message, title_of
from tests.golden.cases import ENDED, EVIL, STARTED, PostedAlert, rule_alerts
from tests.rehearsal.messages import Sender

LATER = "2026-11-24T10:20:00Z"


def played_mails(exported: Exported, folder: Path) -> dict[str, tuple[Message, Message]]:
    """Message and mail of each case, in the order in which they are sent."""
    with Sender(exported, folder) as sender:
        return {name: sender.last_of_urgent([[alert]]) for name, alert in _cases(exported).items()}


def as_mail(mail: Message) -> str:
    """What the reader sees."""
    return f"{title_of(mail)}\n\n{mail.payload['mail']}\n"


def _cases(exported: Exported) -> dict[str, PostedAlert]:
    alert = rule_alerts(exported)
    down = alert("api-down", "The API of production does not answer the collector.")
    unreachable = alert("production-unreachable", "https://app.securityv0.com/ready?a=1&b=2 does not answer.")
    hostile: dict[str, Any] = alert("api-down", EVIL, replica=EVIL)
    hostile |= {"annotations": dict.fromkeys(hostile["annotations"], EVIL)}
    return {
        "begins": down,
        "another-rule": unreachable,
        "one-is-over": down | {"endsAt": ENDED},
        # It began after the other one had ended: that is news.
        "and-begins-again": down | {"startsAt": LATER},
        "one-is-over-again": down | {"startsAt": LATER, "endsAt": "2026-11-24T10:30:00Z"},
        "all-is-over": unreachable | {"endsAt": "2026-11-24T10:31:00Z"},
        "begins-anew": down | {"startsAt": "2026-11-24T10:40:00Z"},
        # Its rule reads a value, and there is none: nobody knows.
        "ends-openly": _over_without_data(down, "2026-11-24T10:40:00Z", "2026-11-24T10:50:00Z"),
        "hostile": hostile | {"startsAt": STARTED},
    }


def _over_without_data(alert: PostedAlert, began: str, ended: str) -> PostedAlert:
    annotations = alert["annotations"] | {"grafana_state_reason": "NoData"}
    return alert | {"annotations": annotations, "startsAt": began, "endsAt": ended}
