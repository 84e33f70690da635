"""The generated parts of `probe/targets.toml`: the probe has no YAML, so settings and catalogue are copied there."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from json import dumps

from resilience.core.conventions import PRODUCTION, Tier
from resilience.core.durations import MINUTE, seconds
from resilience.model.alert import Alert
from resilience.model.catalogue import Catalogue, Owner
from resilience.model.outside_checks import OutsideCheck, outside_checks
from resilience.model.settings import StackSettings

_EARLY_MINUTES = 5
_EXPECTS = {"ready": "ready", "data": "findings"}


def runbooks(stacks: Sequence[StackSettings]) -> str:
    """The address of the runbooks; production comes first in the list of stacks."""
    return f"runbooks = {dumps(stacks[0].runbooks)}"


def reminder(catalogue: Catalogue) -> str:
    """When a P1 is repeated: as often as by Grafana, and no message between two of them."""
    repeats = catalogue.routing.tiers[Tier.P1].repeat_interval
    minutes = round(seconds(repeats) / MINUTE) - _EARLY_MINUTES
    return f"reminder_minutes = {minutes} # a P1 is repeated every {repeats}; runs are never exactly that far apart"


def mention(catalogue: Catalogue) -> str:
    """Who hears a sound at a P1: as at Grafana's, because the probe may be the only one that still speaks."""
    return (
        f"mention = {dumps(catalogue.routing.tiers[Tier.P1].slack_mention)} # ends a P1's message; a recovery has none"
    )


def targets(stacks: Sequence[StackSettings], catalogue: Catalogue) -> str:
    """What the probe asks: what the outside checks ask, of every stack."""
    return "\n\n".join(
        "\n".join(["[[targets]]", *_target(check, settings.environment, catalogue)])
        for settings in stacks
        for check in outside_checks(settings)
    )


def owners(stacks: Sequence[StackSettings], catalogue: Catalogue) -> str:
    """The business hours of those who own a target."""
    named = {_alert_of(check, one.environment, catalogue).owner for one in stacks for check in outside_checks(one)}
    return "\n\n".join("\n".join(_owner(name, catalogue.owners[name])) for name in sorted(named))


def windows(stacks: Sequence[StackSettings], catalogue: Catalogue) -> str:
    """When nobody is notified of which targets; windows that have ended, too, as the text must not follow the clock."""
    found = []
    for window in catalogue.maintenance:
        names = [
            f"{one.environment}-{check.kind}"
            for one in stacks
            for check in outside_checks(one)
            if one.environment in window.environments
            and window.silences(_alert_of(check, one.environment, catalogue).id)
        ]
        begins, ends = (moment.astimezone(UTC).isoformat() for moment in (window.begins, window.ends))
        head = ("[[windows]]", f"name = {dumps(window.name)}", f"begins = {begins}", f"ends = {ends}")
        found += ["\n".join([*head, f"targets = {dumps(names)}"])] if names else []
    return "\n\n".join(found) or "# None is announced."


def _target(check: OutsideCheck, environment: str, catalogue: Catalogue) -> Iterator[str]:
    alert = _alert_of(check, environment, catalogue)
    yield f"name = {dumps(f'{environment}-{check.kind}')}"
    yield f"environment = {dumps(environment)}"
    yield f"owner = {dumps(alert.owner)}"
    yield f"runbook = {dumps(alert.id)}"
    yield f"url = {dumps(check.url)}"
    if check.tenant:
        yield f"headers = {{ X-Tenant-Id = {dumps(check.tenant)} }}"
    yield f"expects = {dumps(_EXPECTS[check.kind])}"
    # As with alerts, nobody is called for another environment than production.
    yield f"worst = {dumps(alert.tier if environment == PRODUCTION else Tier.P3)}"
    if check.kind != "ready":
        yield f"explained_by = {dumps(f'{environment}-ready')} # not reported while that one fails"


def _alert_of(check: OutsideCheck, environment: str, catalogue: Catalogue) -> Alert:
    """The alert that reads the check; if it is not declared for this environment, its runbook helps nevertheless."""
    reads = f'probe_success{{job="sv0-$environment-{check.kind}"}}'
    found = [alert for alert in catalogue.alerts if reads in alert.expr]
    return max(found, key=lambda alert: alert.is_for(environment))


def _owner(name: str, owner: Owner) -> Iterator[str]:
    yield f"[owners.{name}]"
    for key in ("time_zone", "weekdays", "begins", "ends"):
        yield f"{key} = {dumps(getattr(owner, key))}"
