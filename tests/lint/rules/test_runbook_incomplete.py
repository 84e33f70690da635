"""Every alert links to a page that says what to do, and every page belongs to an alert."""

import shutil
from pathlib import Path

from resilience.lint.rules.runbook_incomplete import LINT
from tests.lint.conftest import RunLints


def replace(root: Path, old: str, new: str) -> None:
    page = root / "runbooks/too-hot.md"
    page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_runbook_with_all_sections_is_quiet(run_lints: RunLints, root: Path) -> None:
    replace(root, "Do this.", "### In detail\n\n```sh\n## no heading\n```")

    assert run_lints(LINT) == []


def test_a_missing_section_fires_and_all_are_named(run_lints: RunLints, root: Path) -> None:
    replace(root, "## Likely causes", "## Causes")
    replace(root, "## How to silence", "### How to silence")

    assert run_lints(LINT) == [
        (
            'runbooks/too-hot.md: (sections): lacks "Likely causes", "How to silence"; '
            "write something under each of these headings [runbook-incomplete]"
        )
    ]


def test_an_empty_section_fires(run_lints: RunLints, root: Path) -> None:
    replace(root, "## When to escalate\n\nDo this.", "## When to escalate\n\n")

    assert run_lints(LINT) == [
        (
            'runbooks/too-hot.md: (sections): lacks "When to escalate"; '
            "write something under each of these headings [runbook-incomplete]"
        )
    ]


def test_a_heading_in_a_code_block_is_not_a_section(run_lints: RunLints, root: Path) -> None:
    replace(root, "## When to escalate", "```\n## When to escalate\n```")

    assert len(run_lints(LINT)) == 1


def test_a_runbook_without_an_alert_fires(run_lints: RunLints, root: Path) -> None:
    shutil.copy(root / "runbooks/too-hot.md", root / "runbooks/too-cold.md")

    assert run_lints(LINT) == [
        (
            'runbooks/too-cold.md: (whole file): no alert is called "too-cold"; '
            "remove it, or name it after its alert [runbook-incomplete]"
        )
    ]


def test_a_broken_link_fires(run_lints: RunLints) -> None:
    assert run_lints(LINT, annotations={"runbook_url": "https://example.com/hot.md"}) == [
        (
            'stack production: too-hot.runbook_url: "hot.md" is not a runbook; '
            "link to a page of runbooks/ [runbook-incomplete]"
        )
    ]


def test_the_runbook_of_another_alert_fires(run_lints: RunLints) -> None:
    assert run_lints(LINT, labels={"alert_id": "too-cold"}) == [
        (
            'stack production: too-cold.runbook_url: "too-hot.md" is the runbook of another alert; '
            "link to its own [runbook-incomplete]"
        )
    ]
