"""What a Grafana has once for all environments; declared by the stack with `shared: true`."""

from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from components.business_hours import BusinessHours
from components.contact_points import ContactPoints, ContactPointsArgs
from components.message_templates import MessageTemplates
from components.notification_policy import NotificationPolicy, NotificationPolicyArgs
from components.team import Team, TeamArgs
from resilience.core.conventions import Channel
from resilience.model.catalogue import Catalogue
from resilience.model.settings import StackSettings


@dataclass(frozen=True, kw_only=True)
class SharedArgs:
    """Settings and catalogue (who is notified, and how), and addresses: Slack's webhooks, the watchdog's, e-mail."""

    settings: StackSettings
    catalogue: Catalogue
    webhooks: dict[Channel, pulumi.Output[str]]
    watchdog: pulumi.Output[str] | None
    emails: pulumi.Output[list[str]] | None


class Shared(pulumi.ComponentResource):
    """Templates, contact points, business hours, policy tree and members."""

    def __init__(
        self,
        name: str,
        args: SharedArgs,
        cloud: grafana.Provider,
        inside: grafana.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare everything; `cloud` reaches grafana.com, `inside` the stack."""
        super().__init__("sv0:platform:Shared", name, None, opts)
        child, catalogue = pulumi.ResourceOptions(parent=self), args.catalogue
        templates = MessageTemplates("message-templates", catalogue, inside, child)
        hours = BusinessHours("business-hours", catalogue.owners, inside, child)
        points = ContactPoints(
            "contact-points",
            ContactPointsArgs(
                webhooks=args.webhooks, routing=catalogue.routing, watchdog=args.watchdog, emails=args.emails
            ),
            templates,
            inside,
            child,
        )
        NotificationPolicy(
            "notification-policy",
            NotificationPolicyArgs(
                routing=catalogue.routing,
                contact_points=points.names,
                urgent=points.urgent,
                unrouted=points.unrouted,
                watchdog=points.watchdog,
                business_hours=hours.names,
            ),
            inside,
            child,
        )
        members = TeamArgs(org=args.settings.grafana.org, members=args.settings.team, people=catalogue.owners)
        Team("team", members, cloud, child)
        self.register_outputs({})
