"""An alert of the catalogue as rules of one environment: names, labels and texts, still without Grafana."""

from dataclasses import dataclass
from functools import cached_property

from resilience.core.conventions import CALIBRATING_LABEL, EVENT_LABEL, NO_DATA_MEANS, PRODUCTION, NoDataMeans, Tier
from resilience.core.text import filled
from resilience.model.alert import Alert, Escalation, Threshold
from resilience.model.catalogue import Catalogue, Route
from resilience.model.settings import StackSettings
from resilience.promql.placeholders import either, only_outside


@dataclass(frozen=True)
class Rule:
    """One Grafana rule; an alert with an escalation makes two.

    `expr` still holds `$credentials` and `$renewed_credentials` where the ends of credentials belong.
    """

    alert: Alert
    settings: StackSettings
    catalogue: Catalogue
    tier: Tier
    title: str
    threshold: Threshold

    @cached_property
    def uid(self) -> str:
        """Pinned: a fresh uid would lose the state's history and live silences."""
        suffix = "" if self.tier is self.alert.tier else f"-{self.tier.lower()}"
        return f"{self.settings.uid}-{self.alert.id}{suffix}"

    @cached_property
    def expr(self) -> str:
        """The query of this environment."""
        limits = {f"limit_{name}": str(limit.limit) for name, limit in self.catalogue.limits.items()}
        # Nobody retired is an empty pattern, which no connector's id matches.
        retired = either(self.settings.retired_connectors)
        values = {
            "environment": self.settings.environment,
            "retired_connectors": retired,
            "monitoring_routes": either(self.catalogue.monitoring_routes),
        }
        return filled(self.alert.query, limits | values)

    @cached_property
    def labels(self) -> dict[str, str]:
        """What routes match on."""
        return {
            "alert_id": self.alert.id,
            "tier": self.tier.value,
            "environment": self.settings.environment,
            "owner": self.alert.owner,
            "service": self.alert.service,
            **({EVENT_LABEL: "true"} if self.alert.event else {}),
            **({CALIBRATING_LABEL: "true"} if self.alert.calibrating_until else {}),
        }

    @cached_property
    def annotations(self) -> dict[str, str]:
        """What the reader is shown, except links into Grafana."""
        values = {"environment": self.settings.environment, "url": self.settings.uptime.url}
        return {
            "summary": self.alert.text(self.alert.summary, values),
            "impact": self.alert.text(self.alert.impact, values),
            "response": self._response(),
            "runbook_url": f"{self.settings.runbooks}/{self.alert.id}.md",
            **({NO_DATA_MEANS: means.value} if (means := self.alert.no_data_means) is NoDataMeans.UNKNOWN else {}),
        }

    def _response(self) -> str:
        return filled(self._route().response, {"owner": self.catalogue.owners[self.alert.owner].name})

    def _route(self) -> Route:
        routing = self.catalogue.routing
        if self.settings.environment != PRODUCTION:
            return routing.other_environments
        return routing.calibrating if self.alert.calibrating_until else routing.tiers[self.tier]


def rules_of(alert: Alert, settings: StackSettings, catalogue: Catalogue) -> list[Rule]:
    """The alert itself, and its escalation; none of another environment's, or on outside checks that are not made."""
    unasked = not settings.uptime.outside and only_outside(alert.query, alert.source)
    if unasked or not alert.is_for(settings.environment):
        return []
    levels: list[Alert | Escalation] = [level for level in (alert, alert.escalation) if level]
    return [Rule(alert, settings, catalogue, level.tier, level.title, level.threshold) for level in levels]
