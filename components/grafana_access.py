"""The program's own access to the Grafana stack: service account, token, provider."""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumiverse_grafana as grafana

from components.grafana_stack import GrafanaStack
from resilience.model.settings import StackSettings


@dataclass(frozen=True, kw_only=True)
class GrafanaAccessArgs:
    """Into which stack, for which environment."""

    uid: str
    slug: pulumi.Output[str]
    url: pulumi.Output[str]
    retries: int

    @classmethod
    def of(cls, settings: StackSettings, stack: GrafanaStack) -> Self:
        """Into this stack, for this environment."""
        return cls(uid=settings.uid, slug=stack.slug, url=stack.url, retries=settings.retries)


class GrafanaAccess(pulumi.ComponentResource):
    """One account for each environment, so that one can be revoked without the others."""

    provider: grafana.Provider

    def __init__(
        self, name: str, args: GrafanaAccessArgs, cloud: grafana.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare account, token and provider."""
        super().__init__("sv0:grafana:Access", name, None, opts)
        account = self._account(name, args, cloud)
        token = grafana.cloud.StackServiceAccountToken(
            # No name of its own: a named token is deleted before its successor exists. No expiry:
            # only the encrypted state holds it, and each change makes every preview uncertain.
            f"{name}-token",
            stack_slug=args.slug,
            service_account_id=account.id,
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, additional_secret_outputs=["key"]),
        )
        self.provider = grafana.Provider(
            f"{name}-provider",
            url=args.url,
            auth=token.key,
            retries=args.retries,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _account(
        self, name: str, args: GrafanaAccessArgs, cloud: grafana.Provider
    ) -> grafana.cloud.StackServiceAccount:
        return grafana.cloud.StackServiceAccount(
            f"{name}-account",
            stack_slug=args.slug,
            name=f"{args.uid}-pulumi",
            # Only an Admin may use the provisioning API (rules, contact points, policies).
            role="Admin",
            is_disabled=False,
            # For another name or stack, create the new account first, then delete the old one.
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, delete_before_replace=False),
        )
