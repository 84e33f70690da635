"""The policy tree: which message goes where. There is one per Grafana, so the shared stack owns it.

From the top, the first match wins: other environments, alerts on trial, rules without data or with an error, the
watchdog, tiers. Events are posted on their way to the tiers. An alert that nothing matches, or whose
owner has no known hours, says so in #sv0-alerts.

Announced work silences some alerts of a route: they have a policy below it that differs in nothing but its mute
timings, so that the others go on. The watchdog's route has none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi
import pulumiverse_grafana as grafana

from resilience.core.conventions import (
    CALIBRATING_LABEL,
    EVENT_LABEL,
    PRODUCTION,
    STATE_ALERTS,
    WATCHDOG,
    Channel,
    Tier,
)
from resilience.core.durations import HOUR, seconds, spelt
from resilience.model.alert import Alert
from resilience.model.catalogue import Hours, Route, RouteTiming, Routing
from resilience.model.dated.maintenance import MaintenanceWindow, SilencedAlerts, silenced

_A = grafana.alerting
_Matcher = tuple[str, str, str]
_MatcherArgs = TypeVar("_MatcherArgs")
_Concerned = Callable[[Alert], bool]
"""Whether a route takes the messages of an alert."""


@dataclass(frozen=True, kw_only=True)
class MaintenanceArgs:
    """Announced work, the alerts that it may name, and the names of its mute timings by that of the window."""

    windows: Sequence[MaintenanceWindow] = ()
    alerts: Sequence[Alert] = ()
    timings: dict[str, pulumi.Output[str]] = field(default_factory=dict)

    def silenced(self, concerned: _Concerned, *, outside_production: bool = False) -> list[SilencedAlerts]:
        """Those of production, or of all other environments, among the alerts that a route takes."""
        named = {one for window in self.windows for one in window.environments}
        return [
            found
            for environment in sorted(named)
            if (environment != PRODUCTION) == outside_production
            for found in silenced(self.windows, environment, self._ids(concerned, environment))
        ]

    def _ids(self, concerned: _Concerned, environment: str) -> Iterable[str]:
        every = (one for one in self.alerts if one.id != WATCHDOG and one.is_for(environment))
        return (one.id for one in every if concerned(one))


@dataclass(frozen=True, kw_only=True)
class NotificationPolicyArgs:
    """Routing, and the names that it refers to.

    The names are outputs, so that a renamed contact point or timing is deleted only after the tree
    no longer uses it. `urgent` are those of tiers that have one of their own instead of their channel's.
    `watchdog` is None where nobody outside waits for signs of life.
    """

    routing: Routing
    contact_points: dict[Channel, pulumi.Output[str]]
    urgent: dict[Tier, pulumi.Output[str]]
    unrouted: pulumi.Output[str]
    watchdog: pulumi.Output[str] | None
    business_hours: dict[str, pulumi.Output[str]]
    maintenance: MaintenanceArgs = field(default_factory=MaintenanceArgs)


class NotificationPolicy(pulumi.ComponentResource):
    """The whole tree as one resource; deleting it would reset Grafana to its default."""

    def __init__(
        self,
        name: str,
        args: NotificationPolicyArgs,
        provider: grafana.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the tree."""
        super().__init__("sv0:grafana:NotificationPolicy", name, None, opts)
        self._args = args
        root = args.routing.default
        _A.NotificationPolicy(
            f"{name}-tree",
            contact_point=args.unrouted,
            group_bies=list(args.routing.group_by),
            policies=self._routes(args.routing),
            **_timing(root),
            # There is one tree: the other order would write it and then reset it to Grafana's default.
            opts=pulumi.ResourceOptions(parent=self, provider=provider, delete_before_replace=True),
        )
        self.register_outputs({})

    def _routes(self, routing: Routing) -> list[_A.NotificationPolicyPolicyArgs]:
        other_environments = [("environment", "=~", ".+"), ("environment", "!=", PRODUCTION)]
        no_data_or_error = [("alertname", "=~", "|".join(STATE_ALERTS))]
        return [
            self._route(routing.other_environments, other_environments, _every),
            self._route(routing.calibrating, [(CALIBRATING_LABEL, "=", "true")], _is_on_trial),
            self._route(routing.no_data_or_error, no_data_or_error, _every),
            *self._watchdog(routing.watchdog),
            self._route(routing.events, [(EVENT_LABEL, "=", "true")], _is_event, continues=True),
            *(self._tier(tier, route) for tier, route in routing.tiers.items()),
        ]

    def _tier(self, tier: Tier, route: Route) -> _A.NotificationPolicyPolicyArgs:
        return self._route(route, [("tier", "=", tier)], _of_tier(tier), own=self._args.urgent.get(tier))

    def _watchdog(self, timing: RouteTiming) -> list[_A.NotificationPolicyPolicyArgs]:
        if self._args.watchdog is None:
            return []
        matchers = _matchers(_A.NotificationPolicyPolicyMatcherArgs, [("alert_id", "=", WATCHDOG)])
        point = self._args.watchdog
        return [_A.NotificationPolicyPolicyArgs(matchers=matchers, contact_point=point, **_timing(timing))]

    def _route(
        self,
        route: Route,
        matchers: list[_Matcher],
        concerned: _Concerned,
        *,
        continues: bool = False,
        own: pulumi.Output[str] | None = None,
    ) -> _A.NotificationPolicyPolicyArgs:
        waits = route.hours is Hours.BUSINESS
        # The policies below are the owners, each in business hours. What stays here has no known owner.
        point = self._args.unrouted if waits else own or self._args.contact_points[route.channel]
        below: list[_A.NotificationPolicyPolicyPolicyArgs]
        if waits:
            below = [self._of_owner(route, owner, concerned) for owner in self._args.business_hours]
        else:
            outside = route is self._args.routing.other_environments
            silent = self._args.maintenance.silenced(concerned, outside_production=outside)
            below = [self._silent(route, point, one) for one in silent]
        return _A.NotificationPolicyPolicyArgs(
            matchers=_matchers(_A.NotificationPolicyPolicyMatcherArgs, matchers),
            continue_=continues or None,
            group_bies=list(route.group_by) or None,
            contact_point=point,
            policies=below or None,
            **_timing(route),
        )

    def _of_owner(self, route: Route, owner: str, concerned: _Concerned) -> _A.NotificationPolicyPolicyPolicyArgs:
        point, hours = self._args.contact_points[route.channel], self._args.business_hours[owner]
        silent = self._args.maintenance.silenced(lambda alert: alert.owner == owner and concerned(alert))
        return _A.NotificationPolicyPolicyPolicyArgs(
            matchers=_matchers(_A.NotificationPolicyPolicyPolicyMatcherArgs, [("owner", "=", owner)]),
            contact_point=point,
            active_timings=[hours],
            policies=[self._silent_of_owner(route, point, hours, one) for one in silent] or None,
            **_timing(route),
        )

    def _silent(
        self, route: Route, point: pulumi.Output[str], found: SilencedAlerts
    ) -> _A.NotificationPolicyPolicyPolicyArgs:
        return _A.NotificationPolicyPolicyPolicyArgs(
            matchers=_matchers(_A.NotificationPolicyPolicyPolicyMatcherArgs, _silent_matchers(found)),
            contact_point=point,
            mute_timings=self._mute_timings(found),
            **_silent_timing(route, found),
        )

    def _silent_of_owner(
        self, route: Route, point: pulumi.Output[str], hours: pulumi.Output[str], found: SilencedAlerts
    ) -> _A.NotificationPolicyPolicyPolicyPolicyArgs:
        """The same one level deeper, where hours have to be stated again: they are not inherited."""
        return _A.NotificationPolicyPolicyPolicyPolicyArgs(
            matchers=_matchers(_A.NotificationPolicyPolicyPolicyPolicyMatcherArgs, _silent_matchers(found)),
            contact_point=point,
            active_timings=[hours],
            mute_timings=self._mute_timings(found),
            **_silent_timing(route, found),
        )

    def _mute_timings(self, found: SilencedAlerts) -> list[pulumi.Output[str]]:
        return [self._args.maintenance.timings[window.name] for window in found.windows]


def _every(_alert: Alert) -> bool:
    return True


def _is_on_trial(alert: Alert) -> bool:
    return alert.calibrating_until is not None


def _is_event(alert: Alert) -> bool:
    return alert.event and not _is_on_trial(alert)


def _of_tier(tier: Tier) -> _Concerned:
    def concerned(alert: Alert) -> bool:
        tiers = {alert.tier, *([alert.escalation.tier] if alert.escalation else [])}
        return tier in tiers and not _is_on_trial(alert)

    return concerned


def _silent_matchers(found: SilencedAlerts) -> list[_Matcher]:
    if not found.ids:
        ours: _Matcher = ("alert_id", "!=", WATCHDOG)
    else:
        ours = ("alert_id", "=~" if len(found.ids) > 1 else "=", "|".join(found.ids))
    return [("environment", "=", found.environment), ours]


def _silent_timing(route: Route, found: SilencedAlerts) -> dict[str, Any]:
    """What pages is repeated within the length of a window, though no more often than hourly.

    What was announced before a window and ended in it counts as announced until the repeat interval is over: what
    begins again after it would page nobody (docs/adr/0011, 2).
    """
    if not route.pages:
        return _timing(route)
    shortest = min(window.length for window in found.windows).total_seconds()
    repeats = spelt(min(seconds(route.repeat_interval), max(shortest, HOUR)))
    return {**_timing(route), "repeat_interval": repeats}


def _matchers(kind: Callable[..., _MatcherArgs], found: Iterable[_Matcher]) -> list[_MatcherArgs]:
    """The SDK has a type of its own for each depth of the tree."""
    return [kind(label=label, match=op, value=value) for label, op, value in found]


def _timing(route: RouteTiming) -> dict[str, Any]:
    return {
        "group_wait": route.group_wait,
        "group_interval": route.group_interval,
        "repeat_interval": route.repeat_interval,
    }
