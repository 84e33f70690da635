"""Where messages arrive: contact points for Slack channels, urgent tiers, unrouted alerts and signs of life."""

from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from components import message_templates, urgent_messages
from resilience.core.conventions import GRAFANA_JOB, WATCHDOG, WATCHED_JOB, Channel, Tier
from resilience.model.catalogue import Routing, TierRoute

UNROUTED = "unrouted"
_A = grafana.alerting


@dataclass(frozen=True, kw_only=True)
class ContactPointsArgs:
    """Slack's incoming webhook of each channel; how tiers travel; addresses outside Slack, where there are some.

    `watchdog` waits for signs of life; `emails` are the second path of tiers that have one.
    """

    webhooks: dict[Channel, pulumi.Output[str]]
    routing: Routing
    watchdog: pulumi.Output[str] | None
    emails: pulumi.Output[list[str]] | None


class ContactPoints(pulumi.ComponentResource):
    """One for each channel and each urgent tier, one whose messages say that no route matched, and the watchdog's."""

    names: dict[Channel, pulumi.Output[str]]
    urgent: dict[Tier, pulumi.Output[str]]
    unrouted: pulumi.Output[str]
    watchdog: pulumi.Output[str] | None

    def __init__(
        self,
        name: str,
        args: ContactPointsArgs,
        templates: message_templates.MessageTemplates,
        provider: grafana.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the contact points; they come after the templates that they call."""
        super().__init__("sv0:grafana:ContactPoints", name, None, opts)
        child = pulumi.ResourceOptions(
            parent=self,
            provider=provider,
            depends_on=[templates.group],
            # With a fixed name the bridge deletes first; Grafana rejects that while the policy
            # tree uses the contact point (409), and the run stops half way.
            delete_before_replace=False,
        )
        self.names = {
            channel: _point(name, channel.value, _slack(url), child) for channel, url in args.webhooks.items()
        }
        self.urgent = {
            tier: _urgent(name, tier, route, args, child) for tier, route in args.routing.tiers.items() if route.urgent
        }
        unrouted = _slack(
            args.webhooks[args.routing.default.channel], message_templates.UNROUTED, message_templates.UNROUTED_TEXT
        )
        self.unrouted = _point(name, UNROUTED, unrouted, child)
        self.watchdog = _webhook(name, args.watchdog, child) if args.watchdog else None
        self.register_outputs({})


def _slack(
    url: pulumi.Output[str], title: str = message_templates.TITLE, text: str = message_templates.TEXT
) -> _A.ContactPointSlackArgs:
    return _A.ContactPointSlackArgs(
        url=url,
        title=message_templates.call(title),
        text=message_templates.call(text),
        color=message_templates.call(message_templates.COLOR),
        disable_resolve_message=False,
    )


def _point(
    name: str,
    suffix: str,
    slack: _A.ContactPointSlackArgs,
    opts: pulumi.ResourceOptions,
    emails: list[_A.ContactPointEmailArgs] | None = None,
) -> pulumi.Output[str]:
    return _A.ContactPoint(
        f"{name}-{suffix}",
        name=f"slack-{suffix}",
        slacks=[slack],
        emails=emails,
        # The provider does not treat addresses as secrets, but they are of people.
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["emails"] if emails else None)
        ),
    ).name


def _urgent(
    name: str, tier: Tier, route: TierRoute, args: ContactPointsArgs, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """In the channel, with a mention, and by e-mail; each goes also if the other fails."""
    slack = _slack(args.webhooks[route.channel], text=urgent_messages.TEXT)
    emails = [_email(args.emails)] if route.email and args.emails else None
    return _point(name, f"{route.channel}-{tier.lower()}", slack, opts, emails)


def _email(addresses: pulumi.Output[list[str]]) -> _A.ContactPointEmailArgs:
    return _A.ContactPointEmailArgs(
        addresses=addresses,
        # One for each address, so that nobody reads the others', and one that bounces stops no other.
        single_email=False,
        subject=message_templates.call(urgent_messages.MAIL_SUBJECT),
        message=message_templates.call(urgent_messages.MAIL_TEXT),
        disable_resolve_message=False,
    )


def _webhook(name: str, url: pulumi.Output[str], opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The watchdog's contact point; a resolved message would be a sign of life too, so none is sent.

    The provider does not treat a webhook's address as a secret, but whoever knows it can forge signs of life.
    """
    point = _A.ContactPoint(
        f"{name}-{WATCHDOG}",
        name=WATCHDOG,
        webhooks=[
            _A.ContactPointWebhookArgs(
                url=url.apply(lambda address: address.replace(WATCHED_JOB, GRAFANA_JOB)),
                http_method="POST",
                disable_resolve_message=True,
            )
        ],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["webhooks"])),
    )
    return point.name
