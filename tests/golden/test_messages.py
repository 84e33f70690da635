"""What Slack is sent, by real Alertmanager on the exported configuration, checked as its reader would read it."""

import re
from pathlib import Path

import pytest

from resilience.model.catalogue import Catalogue
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.mrkdwn import render
from resilience.rehearsal.report.parsed_message import Message, colour_of, read, text_of, title_of
from resilience.tools.errors import RehearsalError
from tests.golden.cases import as_text, played
from tests.golden.rewrite import GOLDEN
from tests.rehearsal import messages

CASES = sorted(path.stem for path in (GOLDEN / "messages").glob("*.txt"))
CATALOGUE = Catalogue.load()
OWNERS = CATALOGUE.owners
# Of a rule without data Grafana knows only the label.
NAMES = [*(owner.name for owner in OWNERS.values()), *(key.title() for key in OWNERS)]
OVER = [case for case in CASES if case.startswith("resolved") or case.endswith("-is-over")]
WITHOUT_RECOVERY = ["resolved-by-a-change", "resolved-without-data"]
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

    assert re.search(rf"^P[12] · (production|dev) · [a-z-]+ · owner ({'|'.join(OWNERS)})$", text, re.MULTILINE)
    assert "Nov 24 10:02" in text
    assert "/runbooks/" in text


@pytest.mark.parametrize("case", [case for case in CASES if case not in OVER and case not in ("hostile", "unrouted")])
def test_a_firing_message_says_who_responds_and_has_a_silence_link(sent: dict[str, Message], case: str) -> None:
    text = text_of(sent[case])

    assert re.search(
        rf"^(Impact: .+\n)?(This rule cannot be evaluated; its alerts are off\. )?({'|'.join(NAMES)}|No answer) .+\.$",
        text,
        re.MULTILINE,
    )
    assert "|Silence>" in text


@pytest.mark.parametrize("case", OVER)
def test_what_is_resolved_is_never_called_well(sent: dict[str, Message], case: str) -> None:
    message = sent[case]
    said = f"{title_of(message)}\n{text_of(message)}".lower().replace("no recovery", "").replace("without recovery", "")

    assert colour_of(message) in ("#8d8d8d", "warning")
    assert re.findall(r"recovered|recovery[^|]*\*|all is well|white_check_mark|healthy|\bok\b|fixed", said) == []
    assert "#how-to-verify-recovery|Verify recovery>" in text_of(message)


@pytest.mark.parametrize("case", WITHOUT_RECOVERY)
def test_what_grafana_resolves_for_a_reason_of_its_own_is_no_recovery(sent: dict[str, Message], case: str) -> None:
    message = sent[case]

    assert title_of(message).startswith("Resolved without recovery: ")
    assert "this is no recovery* (" in text_of(message)
    assert colour_of(message) == "warning"


def test_data_that_is_gone_names_the_alerts_that_fire_instead(sent: dict[str, Message]) -> None:
    assert "The data is gone" in text_of(sent["resolved-without-data"])
    assert "Look whether the fault is over." in text_of(sent["resolved-without-data"])
    assert "Telemetry missing" not in text_of(sent["resolved-by-a-change"])


@pytest.mark.parametrize(
    ("case", "lasted"),
    [
        ("resolved", "after 12 min, Nov 24 10:02 to 10:14 UTC"),
        ("resolved-at-once", "after less than a minute, Nov 24 10:02 to 10:02 UTC"),
        ("resolved-without-data", "for 25 h, Nov 24 10:02 to Nov 25 11:02 UTC"),
    ],
)
def test_what_is_resolved_says_how_long_it_fired(sent: dict[str, Message], case: str, lasted: str) -> None:
    assert lasted in text_of(sent[case])


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("no-data", 'The rule "API down" cannot be evaluated: grafanacloud-prom returns no data.'),
        ("error", 'The rule "API down" cannot be evaluated: its query to grafanacloud-prom fails.'),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_named_with_the_response_of_its_route(
    sent: dict[str, Message], case: str, said: str
) -> None:
    text = text_of(sent[case])
    owner = next(alert.owner.title() for alert in CATALOGUE.alerts if alert.id == "api-down")

    assert said in text
    assert f"{owner} makes the rule work again within business hours." in text
    assert "[no value]" not in text
    assert title_of(sent[case]) == "P1 production: API down cannot be evaluated"


@pytest.mark.parametrize("case", ["fifty", "fifty-of-which-some-are-over", "grouped"])
def test_fifty_alerts_are_below_3000_characters(sent: dict[str, Message], case: str) -> None:
    assert len(text_of(sent[case])) < 3000


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
    for link in re.findall(r"<[^>]*>?", text_of(sent[case])):
        assert re.fullmatch(r"<https://[^ |<>]+\|(Runbook|Explore|Silence|Verify recovery)>", link)


def test_the_rehearsal_reads_what_was_sent(sent: dict[str, Message], declared: Exported) -> None:
    cases = ("firing", "resolved", "resolved-without-data", "grouped", "fifty")
    readings = {case: read(sent[case], declared.alerts) for case in cases}

    assert {case: (str(one.key), one.state, one.tier) for case, one in readings.items()} == {
        "firing": ("queue-backing-up (production)", "firing", "P2"),
        "resolved": ("api-down (production)", "resolved", "P1"),
        "resolved-without-data": ("high-error-rate (production)", "resolved", "P2"),
        "grouped": ("connector-stale (dev)", "firing", "P2"),
        "fifty": ("connector-stale (production)", "firing", "P2"),
    }


def test_a_post_that_leads_to_no_message_is_reported(
    declared: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "ARRIVAL_SECONDS", 0.3)
    over = {"labels": {"alertname": "x"}, "startsAt": "2026-11-24T10:02:00Z", "endsAt": "2026-11-24T10:03:00Z"}

    with messages.Sender(declared, tmp_path) as sender, pytest.raises(RehearsalError, match="sent no message within"):
        sender.last_of([[over]])
