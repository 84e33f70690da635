"""What settings and catalogue must agree on."""

from resilience.model.catalogue import Catalogue
from resilience.model.faults import Fault
from resilience.model.rules import rules_of
from resilience.model.settings import SETTINGS_KEY, StackSettings

_UID_LENGTH = 40


def refusals(settings: StackSettings, catalogue: Catalogue, file: str) -> list[Fault]:
    """Everything in one stack's settings that the catalogue does not know or allow."""
    known = ", ".join(sorted(catalogue.owners))
    strangers = [
        Fault(file, f"{SETTINGS_KEY}.team[{index}].member", f'unknown owner "{member.member}"', f"write one of {known}")
        for index, member in enumerate(settings.team)
        if member.member not in catalogue.owners
    ]
    return strangers + _long_uids(settings, catalogue, file)


def _long_uids(settings: StackSettings, catalogue: Catalogue, file: str) -> list[Fault]:
    alerts = [alert for alert in catalogue.alerts if alert.is_for(settings.environment)]
    rules = [rule for alert in alerts for rule in rules_of(alert, settings, catalogue)]
    longest = max((rule.uid for rule in rules), key=len, default="")
    if len(longest) <= _UID_LENGTH:
        return []
    problem = f'"{settings.environment}" makes uid "{longest}" longer than {_UID_LENGTH} characters'
    return [Fault(file, f"{SETTINGS_KEY}.environment", problem, "write a shorter name")]
