"""Where messages arrive: a contact point for each Slack channel, one for unrouted alerts, one for signs of life."""

from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from components import message_templates
from resilience.core.conventions import GRAFANA_JOB, WATCHDOG, WATCHED_JOB, Channel

UNROUTED = "unrouted"


@dataclass(frozen=True, kw_only=True)
class ContactPointsArgs:
    """Slack's incoming webhook of each channel; the address that waits for signs of life, if there is one."""

    webhooks: dict[Channel, pulumi.Output[str]]
    unrouted: Channel
    watchdog: pulumi.Output[str] | None


class ContactPoints(pulumi.ComponentResource):
    """A contact point for each channel, one whose messages say that no route matched, and the watchdog's."""

    names: dict[Channel, pulumi.Output[str]]
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
        self.names = {channel: _slack(name, channel.value, url, child) for channel, url in args.webhooks.items()}
        self.unrouted = _slack(name, UNROUTED, args.webhooks[args.unrouted], child)
        self.watchdog = _webhook(name, args.watchdog, child) if args.watchdog else None
        self.register_outputs({})


def _slack(name: str, suffix: str, url: pulumi.Output[str], opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    title, text = message_templates.TITLE, message_templates.TEXT
    if suffix == UNROUTED:
        title, text = message_templates.UNROUTED, message_templates.UNROUTED_TEXT
    point = grafana.alerting.ContactPoint(
        f"{name}-{suffix}",
        name=f"slack-{suffix}",
        slacks=[
            grafana.alerting.ContactPointSlackArgs(
                url=url,
                title=message_templates.call(title),
                text=message_templates.call(text),
                color=message_templates.call(message_templates.COLOR),
                disable_resolve_message=False,
            )
        ],
        opts=opts,
    )
    return point.name


def _webhook(name: str, url: pulumi.Output[str], opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The watchdog's contact point; a resolved message would be a sign of life too, so none is sent.

    The provider does not treat a webhook's address as a secret, but whoever knows it can forge signs of life.
    """
    point = grafana.alerting.ContactPoint(
        f"{name}-{WATCHDOG}",
        name=WATCHDOG,
        webhooks=[
            grafana.alerting.ContactPointWebhookArgs(
                url=url.apply(lambda address: address.replace(WATCHED_JOB, GRAFANA_JOB)),
                http_method="POST",
                disable_resolve_message=True,
            )
        ],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["webhooks"])),
    )
    return point.name
