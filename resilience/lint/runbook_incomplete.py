"""An alert leads to a page that says what to do, and every page belongs to an alert.

The catalogue refuses an alert without a runbook when it is read; here the link that is really
declared is followed.
"""

from collections.abc import Iterator
from pathlib import Path

from resilience.lint.declared import Declared, Lint
from resilience.model.faults import Fault
from resilience.model.runbooks import missing_sections

_FOLDER = "runbooks"


def _faults(declared: Declared) -> Iterator[Fault]:
    pages = {path.name: path for path in sorted((declared.root / _FOLDER).glob("*.md"))}
    yield from _links(declared, pages)
    alerts = {f"{alert.id}.md" for alert in declared.catalogue.alerts}
    for name, path in pages.items():
        if name not in alerts:
            problem = f'no alert is called "{path.stem}"'
            yield Fault(f"{_FOLDER}/{name}", "(whole file)", problem, "remove it, or name it after its alert")
        if missing := missing_sections(path.read_text(encoding="utf-8")):
            problem = "lacks " + ", ".join(f'"{heading}"' for heading in missing)
            yield Fault(f"{_FOLDER}/{name}", "(sections)", problem, "write something under each of these headings")


def _links(declared: Declared, pages: dict[str, Path]) -> Iterator[Fault]:
    for rule in declared.rules:
        link = rule.annotations.get("runbook_url", "")
        page = link.rpartition("/")[2]
        if page not in pages:
            yield rule.fault("runbook_url", f'"{page}" is no runbook', f"link to a page of {_FOLDER}/")
        elif page != f"{rule.labels.get('alert_id')}.md":
            yield rule.fault("runbook_url", f'"{page}" is the runbook of another alert', "link to its own")


LINT = Lint(
    "runbook-incomplete",
    "A rule without a runbook of its own, a runbook without an alert, or one that lacks a section "
    "(or leaves it empty).",
    "`runbooks/<alert-id>.md` with all sections of `resilience/model/runbooks.py`.",
    _faults,
)
