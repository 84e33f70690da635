"""`docs/a-week-with-it.md` names all that posts or runs by itself, and repeats no number that is written elsewhere."""

import re
from pathlib import Path

import pytest

from resilience.budget.workflows import read_workflows
from resilience.docgen import week
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.stack_file import StackFile

PAGE = (ROOT / "docs/a-week-with-it.md").read_text("utf-8")
BLOCK = re.compile(r"<!-- \[\[\[cog.*?\[\[\[end\]\]\] -->", re.DOTALL)
PROSE = BLOCK.sub("", PAGE)
WORKFLOWS = read_workflows(ROOT)
CATALOGUE = Catalogue.load()
SETTINGS = [StackFile.read(stack, ROOT).settings() for stack in ("production", "dev")]


@pytest.mark.parametrize("name", [one.name for one in WORKFLOWS])
def test_what_each_workflow_posts_is_in_the_table(name: str) -> None:
    assert re.search(rf"^\| `{name}` \| (`#sv0-\w+`|the pull request) \| .+ \| .+ \|$", PROSE, re.MULTILINE)


def test_nothing_is_written_out_that_is_generated() -> None:
    written = re.findall(r"\d+:\d\d|\d+ ?(?:%|ms?|s|h|d|w|(?:second|minute|hour|day|week)s?)\b", PROSE)

    assert written == []


def test_the_readme_leads_to_it() -> None:
    assert "(docs/a-week-with-it.md)" in (ROOT / "README.md").read_text("utf-8")


def test_it_is_one_page() -> None:
    assert len(PAGE.splitlines()) < 70


def test_each_schedule_is_in_words_with_its_zone() -> None:
    scheduled = {one.name: one.crons for one in WORKFLOWS if one.crons}
    by_name = {row[0]: row for row in week.rows(ROOT, SETTINGS, CATALOGUE)}

    assert scheduled["drift"] == ("17 5 * * *",)
    drift = by_name["[`drift`](../.github/workflows/drift.yml)"]
    assert drift == (drift[0], "GitHub", "at 05:17 every day, UTC")
    assert sum(row[1] == "GitHub" for row in by_name.values()) == len(scheduled) == 3


def test_checks_signs_of_life_and_hours_are_those_of_the_catalogue_and_the_settings() -> None:
    rows = {row[0]: row[2] for row in week.rows(ROOT, SETTINGS, CATALOGUE)}

    assert rows["all rules are evaluated"] == "every minute"
    assert rows["`sv0-production-ready` from Frankfurt and London"] == "every 1 minute 30 seconds"
    assert rows["a sign of life, to an address outside Grafana and Slack"] == "every 5 minutes"
    assert rows["what waited for Ivan's hours is sent"] == "Monday to Friday, 09:00 in Europe/Berlin"


def test_without_outside_checks_there_are_none_in_the_table() -> None:
    inside = [one.model_copy(update={"uptime": one.uptime.model_copy(update={"outside": False})}) for one in SETTINGS]

    assert not any(row[0].startswith("`sv0-") for row in week.rows(ROOT, inside, CATALOGUE))


def test_a_workflow_that_is_new_appears(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    text = "on:\n  schedule:\n    - cron: '5 4 * * 0'\njobs:\n  one:\n    runs-on: ubuntu-24.04\n"
    (folder / "tidy.yml").write_text(text, "utf-8")

    assert ("[`tidy`](../.github/workflows/tidy.yml)", "GitHub", "at 04:05 on Sunday, UTC") in week.rows(
        tmp_path, [], CATALOGUE
    )
