"""Every alert leads to a page that says what to do, and every page belongs to an alert."""

import shutil
from collections.abc import Callable
from pathlib import Path

from resilience.lint.rules.runbook_incomplete import LINT

Judge = Callable[..., list[str]]


def spoil(root: Path, old: str, new: str) -> None:
    page = root / "runbooks/too-hot.md"
    page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_runbook_with_all_sections_is_quiet(judge: Judge, root: Path) -> None:
    spoil(root, "Do this.", "### In detail\n\n```sh\n## no heading\n```")

    assert judge(LINT) == []


def test_a_missing_section_fires_and_all_are_named(judge: Judge, root: Path) -> None:
    spoil(root, "## Likely causes", "## Causes")
    spoil(root, "## How to silence", "### How to silence")

    assert judge(LINT) == [
        (
            'runbooks/too-hot.md: (sections): lacks "Likely causes", "How to silence"; '
            "write something under each of these headings [runbook-incomplete]"
        )
    ]


def test_an_empty_section_fires(judge: Judge, root: Path) -> None:
    spoil(root, "## When to escalate\n\nDo this.", "## When to escalate\n\n")

    assert judge(LINT) == [
        (
            'runbooks/too-hot.md: (sections): lacks "When to escalate"; '
            "write something under each of these headings [runbook-incomplete]"
        )
    ]


def test_a_heading_inside_a_code_block_is_no_section(judge: Judge, root: Path) -> None:
    spoil(root, "## When to escalate", "```\n## When to escalate\n```")

    assert len(judge(LINT)) == 1


def test_a_runbook_without_an_alert_fires(judge: Judge, root: Path) -> None:
    shutil.copy(root / "runbooks/too-hot.md", root / "runbooks/too-cold.md")

    assert judge(LINT) == [
        (
            'runbooks/too-cold.md: (whole file): no alert is called "too-cold"; '
            "remove it, or name it after its alert [runbook-incomplete]"
        )
    ]


def test_a_link_that_leads_nowhere_fires(judge: Judge) -> None:
    assert judge(LINT, annotations={"runbook_url": "https://example.com/hot.md"}) == [
        (
            'stack production: too-hot.runbook_url: "hot.md" is no runbook; '
            "link to a page of runbooks/ [runbook-incomplete]"
        )
    ]


def test_the_runbook_of_another_alert_fires(judge: Judge) -> None:
    assert judge(LINT, labels={"alert_id": "too-cold"}) == [
        (
            'stack production: too-cold.runbook_url: "too-hot.md" is the runbook of another alert; '
            "link to its own [runbook-incomplete]"
        )
    ]
