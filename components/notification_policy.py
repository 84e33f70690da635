"""The policy tree: which message goes where. There is one per Grafana, so the shared stack owns it.

From the top, the first match wins: other environments, rules without data or with an error, the
watchdog, tiers. Events are posted on their way to the tiers. An alert that nothing matches, or whose
owner has no known hours, says so in #sv0-alerts.
"""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumiverse_grafana as grafana

from resilience.core.conventions import EVENT_LABEL, PRODUCTION, STATE_ALERTS, WATCHDOG, Channel, Tier
from resilience.model.catalogue import Hours, Route, RouteTiming, Routing

_A = grafana.alerting
_Matcher = tuple[str, str, str]


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
            self._route(routing.other_environments, other_environments),
            self._route(routing.no_data_or_error, no_data_or_error),
            *self._watchdog(routing.watchdog),
            self._route(routing.events, [(EVENT_LABEL, "=", "true")], continues=True),
            *(self._tier(tier, route) for tier, route in routing.tiers.items()),
        ]

    def _tier(self, tier: Tier, route: Route) -> _A.NotificationPolicyPolicyArgs:
        return self._route(route, [("tier", "=", tier)], own=self._args.urgent.get(tier))

    def _watchdog(self, timing: RouteTiming) -> list[_A.NotificationPolicyPolicyArgs]:
        if self._args.watchdog is None:
            return []
        matchers, point = _matchers([("alert_id", "=", WATCHDOG)]), self._args.watchdog
        return [_A.NotificationPolicyPolicyArgs(matchers=matchers, contact_point=point, **_timing(timing))]

    def _route(
        self,
        route: Route,
        matchers: list[_Matcher],
        *,
        continues: bool = False,
        own: pulumi.Output[str] | None = None,
    ) -> _A.NotificationPolicyPolicyArgs:
        waits = route.hours is Hours.BUSINESS
        return _A.NotificationPolicyPolicyArgs(
            matchers=_matchers(matchers),
            continue_=continues or None,
            group_bies=list(route.group_by) or None,
            # The policies below are the owners, each in business hours. What stays here has no known owner.
            contact_point=self._args.unrouted if waits else own or self._args.contact_points[route.channel],
            policies=[self._of_owner(route, owner) for owner in self._args.business_hours] if waits else None,
            **_timing(route),
        )

    def _of_owner(self, route: Route, owner: str) -> _A.NotificationPolicyPolicyPolicyArgs:
        return _A.NotificationPolicyPolicyPolicyArgs(
            matchers=[_A.NotificationPolicyPolicyPolicyMatcherArgs(label="owner", match="=", value=owner)],
            contact_point=self._args.contact_points[route.channel],
            active_timings=[self._args.business_hours[owner]],
            **_timing(route),
        )


def _matchers(found: list[_Matcher]) -> list[_A.NotificationPolicyPolicyMatcherArgs]:
    return [_A.NotificationPolicyPolicyMatcherArgs(label=left, match=op, value=right) for left, op, right in found]


def _timing(route: RouteTiming) -> dict[str, Any]:
    return {
        "group_wait": route.group_wait,
        "group_interval": route.group_interval,
        "repeat_interval": route.repeat_interval,
    }
