"""The messages that are kept as golden files: alerts as data, sent by real Alertmanager."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from resilience.core.conventions import STATE_ALERTS
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.parsed_message import Message, colour_of, text_of, title_of
from tests.rehearsal.messages import Posts, Sender

STARTED = "2026-11-24T10:02:00Z"
ENDED = "2026-11-24T10:14:20Z"
PostedAlert = dict[str, Any]
NOBODY = {"labels": {"alertname": "Disk full", "host": "mini"}, "startsAt": STARTED}
EVIL = "<!channel> <https://evil.example|Runbook> & *bold* `code`\n:tada: " + "x" * 5000


def played(exported: Exported, folder: Path) -> dict[str, Message]:
    """The last message of each case, by the name of the case."""
    with Sender(exported, folder) as sender:
        cases = _cases(rule_alerts(exported))
        return {name: sender.last_of(posts, 2 if name == "event" else 1) for name, posts in cases.items()}


def as_text(message: Message) -> str:
    """What the reader sees, and where."""
    head = f"{message.receiver}, {colour_of(message)}\n{title_of(message)}\n\n"
    return f"{head}{text_of(message)}\n"


def rule_alerts(exported: Exported) -> Callable[..., PostedAlert]:
    """Makes an alert of a rule by its id: as declared, with this summary."""
    # For an alert with an escalation, the escalation is kept.
    every = [rule for group in exported.rules["groups"] for rule in group["rules"] if rule["alert"] not in STATE_ALERTS]
    rules = {_key(rule["labels"]): rule for rule in every}

    def alert(alert_id: str, summary: str, **labels: str) -> PostedAlert:
        rule = rules[_key({"environment": "production", "alert_id": alert_id} | labels)]
        return {
            "labels": {"alertname": rule["alert"], **rule["labels"], **labels},
            "annotations": {**rule["annotations"], "summary": summary},
            "startsAt": STARTED,
        }

    return alert


def _key(labels: dict[str, str]) -> tuple[str, str]:
    return labels["alert_id"], labels["environment"]


def _over(alert: PostedAlert, reason: str = "", at: str = ENDED) -> PostedAlert:
    annotations = alert["annotations"] | ({"grafana_state_reason": reason} if reason else {})
    return alert | {"annotations": annotations, "endsAt": at}


def _cases(alert: Callable[..., PostedAlert]) -> dict[str, Posts]:
    queue = alert("queue-backing-up", "14 jobs wait in the queue of production.")
    trial = alert("queue-backing-up", "14 jobs wait in the queue of production.", calibrating="true")
    down = alert("api-down", "The API of production does not answer the collector.")
    errors = alert("high-error-rate", "12.5% of the requests to production fail with 5xx.")
    crash = alert("crash-looping", "The API of dev restarted 3 times in 15 minutes.", environment="dev")
    in_dev = alert("queue-backing-up", "14 jobs wait in the queue of dev.", environment="dev")
    unreachable = alert("production-unreachable", "https://app.securityv0.com/ready does not answer 200 from outside.")
    three = [_stale(alert, number, "dev") for number in range(3)]
    fifty = [_stale(alert, number, "production") for number in range(50)]
    stale = alert(
        "connector-stale", "Connector okta of production has not synced for more than 1 day.", connector_id="okta"
    )
    waiting = alert("queue-backing-up", "14 jobs wait in the queue of production.")
    budget = alert("error-budget-burn", "2% of the requests to production in 6 hours failed with 5xx, and more follow.")
    lost = alert("logs-lost", "Logs of production do not arrive.")
    missing = alert("telemetry-missing", "No metrics of production arrive.")
    smoke = alert("smoke-test-failing", "No findings can be read from outside.")
    no_data_state = _no_data(alert, "DatasourceNoData")
    other_no_data = _no_data(alert, "DatasourceNoData", "production-unreachable", "Production unreachable")
    error = _no_data(
        alert, "DatasourceError", Error="[sse.dataQueryError] failed to execute query [A]: bad gateway: 502"
    )
    # One alert begins a group, so that the others come together in its next message.
    return {
        "firing": [[queue]],
        "calibrating": [[trial]],
        "resolved": [[_over(queue)]],
        "resolved-at-once": [[crash], [_over(crash, at="2026-11-24T10:02:20Z")]],
        # The answer of a rule that looks for a fault is empty when there is none.
        "resolved-because-empty": [[stale], [_over(stale, "NoData")]],
        # That of a rule that reads a value is empty when nobody knows.
        "resolved-without-data": [[waiting], [_over(waiting, "NoData")]],
        "resolved-without-series": [[errors], [_over(errors, "MissingSeries", "2026-11-25T11:02:00Z")]],
        "resolved-by-an-error": [[budget], [_over(budget, "Error")]],
        "resolved-by-keeping-the-last": [[lost], [_over(lost, "NoData, KeepLast")]],
        "resolved-by-an-update": [[missing], [_over(missing, "Updated")]],
        "resolved-by-a-pause": [[in_dev], [_over(in_dev, "Paused")]],
        "resolved-by-deletion": [[smoke], [_over(smoke, "RuleDeleted")]],
        # One outage, seen by two rules: the second joins the first one's group.
        "two-rules": [[down], [unreachable]],
        "two-rules-of-which-one-is-over": [[_over(down)]],
        "two-rules-are-over": [[_over(unreachable)]],
        "grouped": [three[:1], three[1:]],
        "fifty": [fifty[:1], fifty[1:]],
        "fifty-of-which-some-are-over": [[_over(one) for one in fifty[:40]]],
        "no-data": [[no_data_state]],
        "no-data-of-two-rules": [[no_data_state, other_no_data]],
        "no-data-is-over": [[_over(no_data_state, "MissingSeries"), _over(other_no_data, "MissingSeries")]],
        "error": [[error]],
        "error-is-over": [[_over(error, "MissingSeries")]],
        "error-ran-out": [[error], [_over(error)]],
        "error-by-an-update": [[error], [_over(error, "Updated")]],
        # Only its way differs: it is posted to a second channel at once.
        "event": [[alert("uncaught-exception", "The API of production had an error that nothing caught.")]],
        "unrouted": [[NOBODY]],
        "hostile": [[_hostile(alert)]],
    }


def _stale(alert: Callable[..., PostedAlert], number: int, environment: str) -> PostedAlert:
    summary = f"Connector okta-{number:02} of {environment} has not synced for more than 24 hours."
    return alert("connector-stale", summary, connector_id=f"okta-{number:02}", environment=environment)


def _no_data(
    alert: Callable[..., PostedAlert], name: str, alert_id: str = "api-down", rule: str = "API down", **given: str
) -> PostedAlert:
    """As Grafana makes it: the rule's labels, and a summary without its value."""
    made = alert(alert_id, "[no value]", alertname=name, rulename=rule, datasource_uid="grafanacloud-prom")
    return made | {"annotations": made["annotations"] | given}


def _hostile(alert: Callable[..., PostedAlert]) -> PostedAlert:
    made = alert("credential-expiring", EVIL, credential=EVIL, service=EVIL)
    urls = dict.fromkeys(("runbook_url", "explore_url", "silence_url"), "https://evil.example/|<!channel>")
    return made | {"annotations": made["annotations"] | {"impact": EVIL, "response": EVIL} | urls}
