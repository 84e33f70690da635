"""The second path of a P1: its mails as they were reviewed, and when Slack makes a sound."""

import re

import pytest

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.parsed_message import Message, read_all, text_of, title_of
from tests.golden.mails import as_mail, played_mails
from tests.golden.rewrite import GOLDEN

LOUD = {
    "begins": True,
    "another-rule": True,
    "one-is-over": False,
    "and-begins-again": True,
    "one-is-over-again": False,
    "all-is-over": False,
    "begins-anew": True,
    "ends-openly": False,
    "hostile": True,
}
OVER = {"all-is-over": "Resolved ", "ends-openly": "Check whether it is over, "}

"""A beginning makes a sound, also the second one of an outage; an end does not, also while something still fires."""
MENTION = "<!channel>"
pytestmark = pytest.mark.live_run


@pytest.fixture(name="sent", scope="module")
def _sent(declared: Exported, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Message, Message]]:
    return played_mails(declared, tmp_path_factory.mktemp("mails"))


@pytest.mark.parametrize("case", LOUD)
def test_a_mail_is_what_was_reviewed(sent: dict[str, tuple[Message, Message]], case: str) -> None:
    reviewed = (GOLDEN / "mails" / f"{case}.txt").read_text("utf-8")

    assert as_mail(sent[case][1]) == reviewed, "if this is what you want, run make golden"


def test_there_is_a_golden_file_for_each_mail_and_none_besides(sent: dict[str, tuple[Message, Message]]) -> None:
    assert sorted(sent) == sorted(LOUD) == sorted(path.stem for path in (GOLDEN / "mails").glob("*.txt"))


@pytest.mark.parametrize(("case", "loud"), LOUD.items())
def test_slack_mentions_the_channel_at_a_beginning_and_at_no_end(
    sent: dict[str, tuple[Message, Message]], case: str, loud: bool
) -> None:
    text = text_of(sent[case][0])

    assert text.startswith(f"{MENTION} ") == loud
    assert text.count("<!") == int(loud)


@pytest.mark.parametrize("case", LOUD)
def test_the_subject_alone_says_tier_environment_what_is_broken_and_whether_it_is_over(
    sent: dict[str, tuple[Message, Message]], case: str
) -> None:
    subject, over = title_of(sent[case][1]), OVER.get(case, "")

    assert re.fullmatch(rf"{over}P1 production: (API down|Production unreachable)(, (API down|Prod[a-z ]+))?", subject)


@pytest.mark.parametrize("case", LOUD)
def test_what_fires_has_impact_response_and_runbook_in_its_mail(
    sent: dict[str, tuple[Message, Message]], case: str
) -> None:
    mail = sent[case][1].payload["mail"]
    firing, ended = mail.count("FIRING "), mail.count("ENDED ")

    assert [mail.count(f"\n{word}: ") for word in ("Impact", "Response", "Runbook")] == [firing] * 3
    assert mail.count("\nVerify recovery: https://") == ended
    assert firing + ended >= 1
    assert all(len(line) < 320 for line in mail.splitlines())


def test_hostile_values_stay_on_their_line(sent: dict[str, tuple[Message, Message]]) -> None:
    """Slack's words mean nothing in a mail, and Grafana escapes the text for its HTML."""
    mail = sent["hostile"][1].payload["mail"]

    assert sorted(line.partition(" ")[0] for line in mail.splitlines()) == [
        "",
        "FIRING",
        "Impact:",
        "P1",
        "Response:",
        "Runbook:",
    ]


def test_the_rehearsal_reads_mails_as_it_reads_messages(
    sent: dict[str, tuple[Message, Message]], declared: Exported
) -> None:
    for path in (0, 1):
        found = read_all([pair[path] for case, pair in sent.items() if case != "hostile"], declared.alerts)
        assert [(str(one.key), one.state, one.tier) for one in found] == [
            ("api-down (production)", "firing", "P1"),
            ("production-unreachable (production)", "firing", "P1"),
            ("api-down (production)", "resolved", "P1"),
            ("api-down (production)", "firing", "P1"),
            ("api-down (production)", "resolved", "P1"),
            ("production-unreachable (production)", "resolved", "P1"),
            ("api-down (production)", "firing", "P1"),
            ("api-down (production)", "resolved", "P1"),
        ]
        assert [one.recovered for one in found if one.resolved][-2:] == [True, False]
