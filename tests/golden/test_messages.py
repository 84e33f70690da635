"""What Slack is sent, by real Alertmanager on the exported configuration, checked as its reader would read it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from components.message_templates import text_of as text_of_templates
from resilience.core.conventions import Channel
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.stack_file import StackFile
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.mrkdwn import fold, render
from resilience.rehearsal.report.parsed_message import Message, colour_of, read, read_all, text_of, title_of
from resilience.tools.errors import RehearsalError
from tests.golden.cases import as_text, played
from tests.golden.rewrite import GOLDEN
from tests.golden.wording import contradictions
from tests.rehearsal import messages

CASES = sorted(path.stem for path in (GOLDEN / "messages").glob("*.txt"))
CATALOGUE = Catalogue.load()
RUNBOOKS = StackFile.read("production", ROOT).settings().runbooks
OWNERS = CATALOGUE.owners
NAMES = [owner.name for owner in OWNERS.values()]
ENDS = ("-is-over", "-are-over", "-ran-out", "-by-an-update")
OVER = [case for case in CASES if case.startswith("resolved") or (case.endswith(ENDS) and "-of-which-" not in case)]
RECOVERED = {
    "resolved": "",
    "resolved-at-once": "",
    "resolved-because-empty": "NoData",
    "two-rules-are-over": "",
}
"""Ordinary ends of a rule's own alert, and the reason that Grafana sends."""
WITHOUT_RECOVERY = {
    "resolved-without-series": ("MissingSeries", "The query no longer returns it"),
    # Its rule reads a value.
    "resolved-without-data": ("NoData, unknown", "The query returns nothing"),
    "resolved-by-an-error": ("Error", "The query fails"),
    "resolved-by-keeping-the-last": ("NoData, KeepLast", "The query returns nothing"),
    "resolved-by-an-update": ("Updated", "The rule was changed and starts anew"),
    "resolved-by-a-pause": ("Paused", "The rule was paused and watches nothing"),
    "resolved-by-deletion": ("RuleDeleted", "The rule was deleted"),
}
"""Ends that leave open whether the fault is over: the reason, and what is true of each."""
SEVERAL = ["no-data-of-two-rules", "two-rules", "two-rules-of-which-one-is-over", "no-data-is-over"]
"""Messages about two rules, which have no service in common."""
pytestmark = pytest.mark.live_run


@pytest.fixture(name="sent", scope="session")
def _sent(declared: Exported, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Message]:
    return played(declared, tmp_path_factory.mktemp("messages"))


@pytest.mark.parametrize("case", CASES)
def test_a_message_is_what_was_reviewed(sent: dict[str, Message], case: str) -> None:
    reviewed = (GOLDEN / "messages" / f"{case}.txt").read_text("utf-8")

    assert as_text(sent[case]) == reviewed, "if this is what you want, run make golden"


def test_there_is_a_golden_file_for_each_case_and_none_besides(sent: dict[str, Message]) -> None:
    assert sorted(sent) == CASES


@pytest.mark.parametrize("case", [case for case in CASES if case not in ("hostile", "unrouted")])
def test_a_message_says_tier_where_since_when_and_whose(sent: dict[str, Message], case: str) -> None:
    text = text_of(sent[case])

    service = "more than one service" if case in SEVERAL and case != "two-rules-are-over" else "[a-z-]+"
    assert re.search(
        rf"^(rule of )?P[123] · (production|dev) · {service} · owner ({'|'.join(OWNERS)})$", text, re.MULTILINE
    )
    assert "Nov 24 10:02" in text
    # A group of rules that cannot be evaluated has one cause, and no runbook of one rule names it.
    assert ("/runbooks/" in text) != (case in ("no-data-of-two-rules", "no-data-is-over"))


@pytest.mark.parametrize("case", [case for case in CASES if case not in OVER and case not in ("hostile", "unrouted")])
def test_a_firing_message_says_who_responds_and_has_a_silence_link(sent: dict[str, Message], case: str) -> None:
    text = text_of(sent[case])

    assert re.search(
        rf"^(<!channel> )?(Impact: .+\n)?(Its alerts are off\. |Their alerts are off\. )?"
        rf"({'|'.join(NAMES)}|No answer) .+\.$",
        text,
        re.MULTILINE,
    )
    assert ("|Silence>" in text) != (case == "no-data-of-two-rules")


@pytest.mark.parametrize("case", OVER)
def test_what_is_resolved_is_never_called_well(sent: dict[str, Message], case: str) -> None:
    message = sent[case]
    said = f"{title_of(message)}\n{text_of(message)}".lower().replace("no recovery", "")

    assert colour_of(message) in ("#8d8d8d", "warning")
    assert re.findall(r"recovered|recovery[^|]*\*|all is well|white_check_mark|healthy|\bok\b|fixed", said) == []
    assert ("#how-to-verify-recovery|Verify recovery>" in text_of(message)) != (case == "no-data-is-over")


@pytest.mark.parametrize("case", RECOVERED)
def test_an_empty_answer_of_a_rule_that_looks_for_a_fault_is_an_ordinary_end(
    sent: dict[str, Message], case: str
) -> None:
    message = sent[case]

    assert title_of(message).startswith("Resolved ")
    assert ":white_circle: No longer fires after " in text_of(message)
    assert colour_of(message) == "#8d8d8d"


@pytest.mark.parametrize("case", WITHOUT_RECOVERY)
def test_what_grafana_resolves_for_a_reason_of_its_own_is_no_recovery(sent: dict[str, Message], case: str) -> None:
    message = sent[case]

    reason, sentence = WITHOUT_RECOVERY[case]
    reason = reason.removesuffix(", unknown")

    assert title_of(message).startswith("Check whether it is over, ")
    said = f":warning: *Check whether the fault is over.* {sentence} ({reason}); this is no recovery."
    assert said in text_of(message)
    assert colour_of(message) == "warning"


MONITORING = {
    "no-data-is-over": "MissingSeries",
    "error-is-over": "MissingSeries",
    "error-ran-out": "",
    "error-by-an-update": "Updated",
}
"""Ends of alerts about rules that could not be evaluated, and the reason that Grafana sends."""
REASONS = RECOVERED | MONITORING | {case: reason for case, (reason, _) in WITHOUT_RECOVERY.items()}


@pytest.mark.parametrize("case", OVER)
def test_the_end_of_an_alert_is_worded_by_its_name_and_reason(sent: dict[str, Message], case: str) -> None:
    assert list(contradictions(sent[case], REASONS[case], monitoring=case in MONITORING)) == []


@pytest.mark.parametrize(
    ("title", "text", "reason", "monitoring", "problem"),
    [
        pytest.param(
            "Resolved without recovery: production: Freshness unknown",
            ":warning: *The data is gone; this is no recovery* (NoData). Look whether the fault is over.",
            "NoData",
            False,
            "an ordinary end is called no recovery",
            id="an empty answer that is the healthy one",
        ),
        pytest.param(
            "Resolved without recovery: production: API down cannot be evaluated",
            ":warning: *The data is gone; this is no recovery* (MissingSeries). Look whether the fault is over.",
            "MissingSeries",
            True,
            "data is back, and it is called gone",
            id="data that is back",
        ),
        pytest.param(
            "Resolved production: API down cannot be evaluated",
            ":white_circle: No longer fires after 12 min.",
            "MissingSeries",
            True,
            "does not say that the rule can be evaluated again",
            id="a rule that has data again",
        ),
        pytest.param(
            "P1 production: API down cannot be evaluated", "", "", True, "reads like a P1", id="a title with a tier"
        ),
        pytest.param(
            "Resolved production: API down",
            ":white_circle: No longer fires after 12 min.",
            "Paused",
            False,
            "says resolved, and nobody knows",
            id="a rule that was paused",
        ),
    ],
)
def test_the_old_texts_contradict_what_grafana_says(
    title: str, text: str, reason: str, monitoring: bool, problem: str
) -> None:
    """The texts as they were, for the reasons that Grafana really sends."""
    old = Message(0, Channel.ALERTS, "slack-alerts", {"attachments": [{"title": title, "text": text}]})

    assert problem in list(contradictions(old, reason, monitoring=monitoring))


@pytest.mark.parametrize(
    ("case", "title", "said"),
    [
        (
            "no-data-is-over",
            "2 rules can be evaluated again",
            'The rule "API down" can be evaluated again after 12 min',
        ),
        (
            "error-is-over",
            "the rule API down can be evaluated again",
            'The rule "API down" can be evaluated again after',
        ),
        ("error-ran-out", "the rule API down is no longer reported", "No longer reported after 12 min"),
    ],
)
def test_a_rule_that_has_data_again_is_not_one_whose_data_is_gone(
    sent: dict[str, Message], case: str, title: str, said: str
) -> None:
    message = sent[case]

    assert title_of(message) == f"P2 production monitoring: {title}"
    assert f":white_circle: {said}" in text_of(message)
    assert "no recovery" not in text_of(message)
    assert colour_of(message) == "#8d8d8d"


def test_a_rule_that_was_changed_while_it_could_not_be_evaluated_is_to_be_checked(sent: dict[str, Message]) -> None:
    message = sent["error-by-an-update"]

    assert title_of(message) == "P2 production monitoring: the rule API down was changed or paused, check this"
    assert "*Check whether it can be evaluated.*" in text_of(message)
    assert colour_of(message) == "warning"


def test_a_group_of_two_rules_names_both_each_with_impact_and_links(sent: dict[str, Message]) -> None:
    both, one = sent["two-rules"], sent["two-rules-of-which-one-is-over"]

    assert title_of(both) == "P1 production: API down, Production unreachable"
    assert re.findall(r"^(:\w+: [^:]+|Impact|<\S+/runbooks/[a-z-]+)", text_of(both), re.MULTILINE) == [
        ":rotating_light: *API down",
        "Impact",
        f"<{RUNBOOKS}/api-down",
        ":rotating_light: *Production unreachable",
        "Impact",
        f"<{RUNBOOKS}/production-unreachable",
    ]
    assert title_of(one) == "P1 production: Production unreachable"
    assert ":white_circle: API down: No longer fires after 12 min" in text_of(one)
    assert f"<{RUNBOOKS}/api-down.md#how-to-verify-recovery|Verify recovery>" in text_of(one)


def test_an_owner_is_named_as_people_name_them_and_not_by_the_key() -> None:
    owners = {"x-y": next(iter(OWNERS.values())).model_copy(update={"name": 'Ann "A" {{ Lee }}'})}

    text = text_of_templates(CATALOGUE.model_copy(update={"owners": owners}))

    assert """{{ if eq . "x-y" }}{{ "Ann \\"A\\" {{ Lee }}" }}{{ else }}The owner{{ end }}""" in text


@pytest.mark.parametrize(
    ("case", "lasted"),
    [
        ("resolved", "after 12 min, Nov 24 10:02 to 10:14 UTC"),
        ("resolved-at-once", "after less than a minute, Nov 24 10:02 to 10:02 UTC"),
        ("resolved-without-series", "for 25 h, Nov 24 10:02 to Nov 25 11:02 UTC"),
    ],
)
def test_what_is_resolved_says_how_long_it_fired(sent: dict[str, Message], case: str, lasted: str) -> None:
    assert lasted in text_of(sent[case])


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("no-data", 'The rule "API down" cannot be evaluated: grafanacloud-prom returned no data.'),
        ("error", 'The rule "API down" cannot be evaluated: its query to grafanacloud-prom failed.'),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_named_with_the_response_of_its_route(
    sent: dict[str, Message], case: str, said: str
) -> None:
    text = text_of(sent[case])
    owner = next(OWNERS[alert.owner].name for alert in CATALOGUE.alerts if alert.id == "api-down")

    assert said in text
    assert f"{owner} makes the rule work again within business hours." in text
    assert "[no value]" not in text
    # A P1 whose rule has no data is not yet a P1.
    verb = "has no data" if case == "no-data" else "cannot be queried"
    assert title_of(sent[case]) == f"P2 production monitoring: the rule API down {verb}"
    assert colour_of(sent[case]) == "warning"


@pytest.mark.parametrize("case", ["fifty", "fifty-of-which-some-are-over", "grouped"])
def test_fifty_alerts_are_below_3000_characters(sent: dict[str, Message], case: str) -> None:
    assert len(text_of(sent[case])) < 3000


@pytest.mark.parametrize("case", ["fifty", "fifty-of-which-some-are-over", "grouped", "two-rules"])
def test_of_a_group_too_what_to_do_stands_above_what_slack_folds_away(sent: dict[str, Message], case: str) -> None:
    shown, folded = fold(text_of(sent[case]))

    assert re.search(rf"^(<!channel> )?({'|'.join(NAMES)}|No answer) .+\.$", shown, re.MULTILINE)
    assert "|Runbook>" in shown
    assert shown.count(":rotating_light:") >= 2
    assert "|Explore>" in folded or case != "two-rules"


def test_a_group_says_how_many_it_does_not_show(sent: dict[str, Message]) -> None:
    shown = text_of(sent["fifty"]).count(":rotating_light:")

    assert (shown, f"… and {50 - shown} more\n" in text_of(sent["fifty"])) == (8, True)
    assert "more\n" not in text_of(sent["grouped"])


def test_hostile_values_ping_nobody_link_nowhere_and_mark_nothing(sent: dict[str, Message]) -> None:
    text = text_of(sent["hostile"])

    assert "<" not in text
    assert "<!" not in title_of(sent["hostile"])
    assert (text.count("*"), text.count("`"), text.count("\n")) == (2, 0, 3)
    assert len(text) < 3000
    assert "href" not in render(text)


@pytest.mark.parametrize("case", [case for case in CASES if case != "hostile"])
def test_only_addresses_stand_in_angle_brackets(sent: dict[str, Message], case: str) -> None:
    """And the mention of a P1 that begins; test_mails.py says when."""
    for link in re.findall(r"<[^>]*>?", text_of(sent[case]).removeprefix("<!channel> " * (case == "two-rules"))):
        assert re.fullmatch(r"<https://[^ |<>]+\|(Runbook|Explore|Silence|Verify recovery)>", link)


def test_the_rehearsal_reads_what_was_sent(sent: dict[str, Message], declared: Exported) -> None:
    cases = ("firing", "resolved", "resolved-without-series", "grouped", "fifty", "no-data", "error", "error-is-over")
    readings = {case: read(sent[case], declared.alerts) for case in cases}

    assert {case: (str(one.key), one.state, one.tier) for case, one in readings.items()} == {
        "firing": ("queue-backing-up (production)", "firing", "P2"),
        "resolved": ("queue-backing-up (production)", "resolved", "P2"),
        "resolved-without-series": ("high-error-rate (production)", "resolved", "P2"),
        "no-data": ("DatasourceNoData (production)", "firing", "P1"),
        "error": ("DatasourceError (production)", "firing", "P1"),
        "error-is-over": ("DatasourceError (production)", "resolved", "P1"),
        "grouped": ("connector-stale (dev)", "firing", "P2"),
        "fifty": ("connector-stale (production)", "firing", "P2"),
    }


def test_the_rehearsal_reads_a_group_of_two_rules_once_for_each_and_what_is_new_in_it(
    sent: dict[str, Message], declared: Exported
) -> None:
    order = ("two-rules", "two-rules-of-which-one-is-over", "two-rules-are-over")
    arrived = [replace(sent[case], at=at) for at, case in enumerate(order)]

    found = [(one.message.at, str(one.key), one.state) for one in read_all(arrived, declared.alerts)]

    assert found == [
        (0, "api-down (production)", "firing"),
        (0, "production-unreachable (production)", "firing"),
        (1, "api-down (production)", "resolved"),
        (2, "production-unreachable (production)", "resolved"),
    ]


def test_a_post_that_leads_to_no_message_is_reported(
    declared: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "ARRIVAL_SECONDS", 0.3)
    over = {"labels": {"alertname": "x"}, "startsAt": "2026-11-24T10:02:00Z", "endsAt": "2026-11-24T10:03:00Z"}

    with messages.Sender(declared, tmp_path) as sender, pytest.raises(RehearsalError, match="sent no message within"):
        sender.last_of([[over]])
