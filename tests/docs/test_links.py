"""Every link of a page leads to a page and a heading; every alert leads to its runbook and back."""

import re
from pathlib import Path

import pytest

from resilience.manifest import Manifest, types
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.stack_file import StackFile

PAGES = sorted(path for pattern in ("*.md", "docs/**/*.md", "runbooks/*.md") for path in ROOT.glob(pattern))
RUNBOOKS = {path.stem for path in (ROOT / "runbooks").glob("*.md")}


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Headings as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[tuple[str, str]]:
    """Targets inside the repository, as path and anchor."""
    found = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", prose(page))
    return [(target, anchor) for target, anchor in found]


def broken(page: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    wrong = []
    for target, anchor in links(page):
        place = page.parent / target if target else page
        if not place.exists():
            wrong.append(f"{page.name}: {target} is no file")
        elif anchor and anchor not in anchors(place):
            wrong.append(f"{page.name}: {place.name} has no heading #{anchor}")
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    assert broken(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# What it's for\n```sh\n# no heading\n```\n", "utf-8")
    page = tmp_path / "a.md"
    page.write_text("[1](b.md#what-its-for) [2](c.md) [3](b.md#no-heading) [4](#none) [5](https://x.y/#z)", "utf-8")

    assert broken(page) == [
        "a.md: c.md is no file",
        "a.md: b.md has no heading #no-heading",
        "a.md: a.md has no heading #none",
    ]


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert {alert.id for alert in Catalogue.load().alerts} == RUNBOOKS


def test_a_runbook_is_reached_from_the_readme_and_is_called_after_its_alert() -> None:
    titles = {alert.id: alert.title for alert in Catalogue.load().alerts}
    reached = {Path(target).stem for target, _ in links(ROOT / "README.md") if target.startswith("runbooks/")}

    assert reached == RUNBOOKS
    for name in RUNBOOKS:
        assert (ROOT / "runbooks" / f"{name}.md").read_text("utf-8").startswith(f"# {titles[name]}\n")


def test_every_rule_leads_to_the_runbook_of_its_alert(production: Manifest, dev: Manifest) -> None:
    rules = [
        rule for one in (production, dev) for group in one.of_type(types.RULE_GROUP) for rule in group.inputs["rules"]
    ]

    address = StackFile.read("production", ROOT).settings().runbooks
    assert {rule["labels"]["alert_id"] for rule in rules} == RUNBOOKS
    for rule in rules:
        assert rule["annotations"]["runbook_url"] == f"{address}/{rule['labels']['alert_id']}.md"


@pytest.mark.parametrize("name", sorted(RUNBOOKS))
def test_a_runbook_has_the_heading_that_a_resolved_message_links_to(name: str) -> None:
    assert "how-to-verify-recovery" in anchors(ROOT / "runbooks" / f"{name}.md")
