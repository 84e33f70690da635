"""What settings and catalogue must agree on, and what of the catalogue agrees with the clock."""

from collections.abc import Collection, Iterator
from datetime import date, datetime

from resilience.core.problems import Problem, shown
from resilience.model.catalogue import Catalogue
from resilience.model.dated import calibration, maintenance
from resilience.model.rules import rules_of
from resilience.model.settings import SETTINGS_KEY, StackSettings

_UID_LENGTH = 40


def problems(settings: StackSettings, catalogue: Catalogue, file: str) -> list[Problem]:
    """Everything in one stack's settings that the catalogue does not know or allow."""
    known = ", ".join(sorted(catalogue.owners))
    unmanaged = [
        Problem(
            file, f"{SETTINGS_KEY}.team[{index}].member", f'unknown owner "{member.member}"', f"write one of {known}"
        )
        for index, member in enumerate(settings.team)
        if member.member not in catalogue.owners
    ]
    return unmanaged + _long_uids(settings, catalogue, file)


def _long_uids(settings: StackSettings, catalogue: Catalogue, file: str) -> list[Problem]:
    rules = [rule for alert in catalogue.alerts for rule in rules_of(alert, settings, catalogue)]
    longest = max((rule.uid for rule in rules), key=len, default="")
    if len(longest) <= _UID_LENGTH:
        return []
    what = f'"{settings.environment}" makes uid "{longest}" longer than {_UID_LENGTH} characters'
    return [Problem(file, f"{SETTINGS_KEY}.environment", what, "write a shorter name")]


def unknown_environments(catalogue: Catalogue, environments: Collection[str]) -> Iterator[Problem]:
    """Environments of maintenance windows that no stack has."""
    for index, window in enumerate(catalogue.maintenance):
        for place, one in enumerate(window.environments):
            if one not in environments:
                at, known = f"windows[{index}].environments[{place}]", ", ".join(sorted(environments))
                yield Problem(maintenance.FILE, at, f"{shown(one)} does not exist", f"write some of {known}")


def ended_windows(catalogue: Catalogue, now: datetime | None) -> Iterator[Problem]:
    """Windows that the next `up` leaves out."""
    for index, window in enumerate(catalogue.maintenance):
        if now is not None and window.ends <= now:
            what, instead = f'"{window.name}" has ended', "remove it; the next up leaves it out anyway"
            yield Problem(maintenance.FILE, f"windows[{index}]", what, instead)


def ended_trials(catalogue: Catalogue, now: datetime | None) -> Iterator[Problem]:
    """Alerts whose trial is over, so that the next `up` makes them real."""
    for place, until in _trials(catalogue):
        if calibration.is_over(until, now):
            yield Problem(*place, f'"{until}" has come, so the alert is real', "remove the key, or set a later date")


def long_trials(catalogue: Catalogue, now: datetime | None) -> Iterator[Problem]:
    """Alerts that would be on trial for too long."""
    for place, until in _trials(catalogue):
        if now is not None and calibration.is_too_far(until, now):
            what = f'"{until}" is more than {calibration.LONGEST.days} days ahead'
            yield Problem(*place, what, f"write {(now + calibration.LONGEST).date()} or an earlier day")


def _trials(catalogue: Catalogue) -> Iterator[tuple[tuple[str, str], date]]:
    """File and path of each date, and the date."""
    for topic, group in catalogue.groups.items():
        for index, alert in enumerate(group):
            if alert.calibrating_until:
                yield (f"catalogue/alerts/{topic}.yaml", f"alerts[{index}].{calibration.KEY}"), alert.calibrating_until
