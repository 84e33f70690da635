"""What runs without anybody, and when, for `docs/a-week-with-it.md`."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cronsim import CronSim

from resilience.budget.workflows import FOLDER, read_workflows
from resilience.core.conventions import SCRAPE_SECONDS
from resilience.core.durations import in_words, seconds
from resilience.model.catalogue import Catalogue, Owner
from resilience.model.outside_checks import outside_checks
from resilience.model.settings import StackSettings

HEAD = ("what", "who", "when")
ScheduleRow = tuple[str, ...]


def rows(root: Path, stacks: Sequence[StackSettings], catalogue: Catalogue) -> list[ScheduleRow]:
    """What happens most often comes first.

    Raises:
        BadInputError: a workflow cannot be read.
    """
    checks = [row for settings in stacks if settings.uptime.outside for row in _checks(settings)]
    return [*_grafana(catalogue), *checks, *_workflows(root), *_mornings(catalogue)]


def _grafana(catalogue: Catalogue) -> Iterator[ScheduleRow]:
    watchdog = catalogue.routing.watchdog
    signs = seconds(watchdog.group_interval) + seconds(watchdog.repeat_interval)
    yield "the API is scraped", "collector", _every(SCRAPE_SECONDS)
    yield "all rules are evaluated", "Grafana", _every(SCRAPE_SECONDS)
    yield "a sign of life, to an address outside Grafana and Slack", "Grafana", _every(signs)


def _checks(settings: StackSettings) -> Iterator[ScheduleRow]:
    for check in outside_checks(settings):
        yield f"`{check.job}` from {' and '.join(check.places)}", "Grafana", _every(check.every)


def _workflows(root: Path) -> Iterator[ScheduleRow]:
    for workflow in sorted(read_workflows(root), key=lambda one: -one.scheduled):
        for cron in workflow.crons:
            when = CronSim(cron, datetime.now(UTC)).explain()
            yield f"[`{workflow.name}`](../{FOLDER}/{workflow.name}.yml)", "GitHub", f"{when[0].lower()}{when[1:]}, UTC"


def _mornings(catalogue: Catalogue) -> Iterator[ScheduleRow]:
    for owner in catalogue.owners.values():
        yield f"what waited for {owner.name}'s hours is sent", "Grafana", _hours_begin(owner)


def _hours_begin(owner: Owner) -> str:
    days = " to ".join(day.capitalize() for day in owner.weekdays.split(":"))
    return f"{days}, {owner.begins} in {owner.time_zone}"


def _every(interval: float) -> str:
    return "every " + re.sub(r"^1 (\w+)$", r"\1", in_words(interval))
