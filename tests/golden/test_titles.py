"""A push message shows the title alone: for every alert in every form it says tier, environment and what is broken."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from resilience.core.conventions import STATE_ALERTS
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.mrkdwn import fold
from resilience.rehearsal.report.parsed_message import Message, text_of, title_of
from tests.rehearsal.messages import Sender

LONGEST = 100
SUBJECT = "github-advanced-security"
STARTED, ENDED = "2026-11-24T10:02:00Z", "2026-11-24T10:14:20Z"
Titled = Callable[[Mapping[str, str]], str]
pytestmark = pytest.mark.live_run


@dataclass(frozen=True)
class MessageForm:
    """A form of a message about one alert: the name of the alert, why it ended (None: it fires), and its title."""

    alertname: str | None
    ended: str | None
    title: Titled


def firing(labels: Mapping[str, str]) -> str:
    """Tier, environment, the alert's name, and what its summary names."""
    subject = f" ({SUBJECT})" if SUBJECT in labels.values() else ""
    return f"{labels['tier']} {labels['environment']}: {labels['alertname']}{subject}"


def monitoring(what: str) -> Titled:
    """A rule that cannot be evaluated is no P1, whatever its own tier."""
    return lambda labels: f"P2 {labels['environment']} monitoring: the rule {labels['rulename']} {what}"


NO_DATA, ERROR = STATE_ALERTS
FORMS = {
    "firing": MessageForm(None, None, firing),
    "resolved": MessageForm(None, "", lambda labels: f"Resolved {firing(labels)}"),
    "fires again": MessageForm(None, None, firing),
    "perhaps over": MessageForm(None, "MissingSeries", lambda labels: f"Check whether it is over, {firing(labels)}"),
    "no data": MessageForm(NO_DATA, None, monitoring("has no data")),
    "data again": MessageForm(NO_DATA, "MissingSeries", monitoring("can be evaluated again")),
    "error": MessageForm(ERROR, None, monitoring("cannot be queried")),
    "changed": MessageForm(ERROR, "Updated", monitoring("was changed or paused, check this")),
}
"""Each ends what the one before it began."""


def posted(rule: Mapping[str, Any], form: MessageForm) -> dict[str, Any]:
    """The alert of an exported rule, as Grafana sends it in this form."""
    named = re.search(r"\$labels\.(\w+)", rule["annotations"]["summary"])
    labels = {"alertname": form.alertname or rule["alert"], **rule["labels"]}
    labels |= {"rulename": rule["alert"]} if form.alertname else {named[1]: SUBJECT} if named else {}
    reason = {"grafana_state_reason": form.ended} if form.ended else {}
    ends = {} if form.ended is None else {"endsAt": ENDED}
    return {"labels": labels, "annotations": rule["annotations"] | reason, "startsAt": STARTED, **ends}


def rules(exported: Exported) -> Iterator[Mapping[str, Any]]:
    """Every rule of every environment, escalations included."""
    for group in exported.rules["groups"]:
        yield from (rule for rule in group["rules"] if rule["alert"] not in STATE_ALERTS)


def grouped(exported: Exported, *labels: str) -> Exported:
    """With one route that groups by these labels; by `...`, each alert is a group of its own."""
    times = {"group_wait": "1s", "group_interval": "30s", "repeat_interval": "1w"}
    route = {"receiver": "slack-alerts", "group_by": list(labels), "routes": [], **times}
    return replace(exported, alertmanager=exported.alertmanager | {"route": route})


@pytest.fixture(name="sent", scope="module")
def _sent(declared: Exported, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Message, ...]]:
    """The messages about every alert, by form."""
    with Sender(grouped(declared, "..."), tmp_path_factory.mktemp("titles")) as sender:
        every = {name: [posted(rule, form) for rule in rules(declared)] for name, form in FORMS.items()}
        return {name: sender.sent_for(alerts, len(alerts)) for name, alerts in every.items()}


@pytest.mark.parametrize("form", FORMS)
def test_a_title_says_tier_environment_and_what_is_broken(
    sent: dict[str, tuple[Message, ...]], declared: Exported, form: str
) -> None:
    labels = [posted(rule, FORMS[form])["labels"] for rule in rules(declared)]

    assert len(labels) > 20
    assert sorted(map(title_of, sent[form])) == sorted(map(FORMS[form].title, labels))


@pytest.mark.parametrize("form", FORMS)
def test_a_title_is_short_enough_for_a_push_message(sent: dict[str, tuple[Message, ...]], form: str) -> None:
    assert [title for one in sent[form] if len(title := title_of(one)) > LONGEST] == []


@pytest.mark.parametrize("form", FORMS)
def test_what_to_do_stands_above_what_slack_folds_away(sent: dict[str, tuple[Message, ...]], form: str) -> None:
    """The alert, what it means, who answers, and the runbook; Explore, which is longer than all of it, may not."""
    fires = FORMS[form].ended is None
    wanted = (
        [r"^(Ivan|Sergey|No answer|.*Its alerts are off\. .) ?.+\.$", r"\|Runbook>"] if fires else [r"\|Verify rec"]
    )

    for message in sent[form]:
        shown, _ = fold(text_of(message))
        assert [one for one in wanted if not re.search(one, shown, re.MULTILINE)] == [], title_of(message)


def test_a_message_about_many_rules_names_the_first_ones_and_stays_below_what_slack_takes(
    declared: Exported, tmp_path: Path
) -> None:
    every = [posted(rule, FORMS["firing"]) for rule in rules(declared) if rule["labels"]["environment"] == "production"]
    with Sender(grouped(declared, "environment", "tier"), tmp_path) as sender:
        sent = {title_of(one): text_of(one) for one in sender.sent_for(every, 3)}

    assert [title for title in sent if len(title) > LONGEST] == []
    (degraded,) = (title for title in sent if title.startswith("P2 production: "))
    assert re.fullmatch(r"P2 production: ([A-Z][a-z ]+, ){2,}[A-Z][a-z ]+ and more", degraded)
    assert (sent[degraded].count(":rotating_light:"), sent[degraded].count("|Explore>") <= 3) == (8, True)
    assert max(map(len, sent.values())) < 8_000
