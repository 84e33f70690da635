"""Every alert links to a page that says what to do, and every page belongs to an alert.

The catalogue is checked for missing runbooks when it is read; this lint checks the link that is really declared.
"""

from collections.abc import Iterator
from pathlib import Path

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.model.runbooks import missing_sections

_FOLDER = "runbooks"


def _problems(context: Context) -> Iterator[Problem]:
    pages = {path.name: path for path in sorted((context.root / _FOLDER).glob("*.md"))}
    yield from _links(context, pages)
    alerts = {f"{alert.id}.md" for alert in context.catalogue.alerts}
    for name, path in pages.items():
        if name not in alerts:
            what = f'no alert is called "{path.stem}"'
            yield Problem(f"{_FOLDER}/{name}", "(whole file)", what, "remove it, or name it after its alert")
        if missing := missing_sections(path.read_text(encoding="utf-8")):
            what = "lacks " + ", ".join(f'"{heading}"' for heading in missing)
            yield Problem(f"{_FOLDER}/{name}", "(sections)", what, "write something under each of these headings")


def _links(context: Context, pages: dict[str, Path]) -> Iterator[Problem]:
    for rule in context.rules:
        link = rule.annotations.get("runbook_url", "")
        page = link.rpartition("/")[2]
        if page not in pages:
            yield rule.problem("runbook_url", f'"{page}" is not a runbook', f"link to a page of {_FOLDER}/")
        elif page != f"{rule.labels.get('alert_id')}.md":
            yield rule.problem("runbook_url", f'"{page}" is the runbook of another alert', "link to its own")


LINT = Lint(
    "runbook-incomplete",
    "A rule without a runbook of its own, a runbook without an alert, or one that lacks a section "
    "(or leaves it empty).",
    "`runbooks/<alert-id>.md` with all sections of `resilience/model/runbooks.py`.",
    _problems,
)
