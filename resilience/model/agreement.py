"""What settings and catalogue must agree on."""

from resilience.core.problems import Problem
from resilience.model.catalogue import Catalogue
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
