"""The installation of Grafana Synthetic Monitoring: one for each Grafana stack, so the shared stack declares it.

It is declared even where production itself has no outside checks. Without it the token in the state of
every other stack would be dead, and they could not even delete their checks (401).
"""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumiverse_grafana as grafana
from pulumiverse_grafana import syntheticmonitoring as monitoring

from components.grafana_stack import GrafanaStack
from resilience.core.conventions import CHECKS_TOKEN, PRODUCTION

_PURPOSE = "Results of the outside checks"


@dataclass(frozen=True, kw_only=True)
class ChecksInstallationArgs:
    """Attributes: `url` is that of the API of Synthetic Monitoring in the region of the stack."""

    stack_id: pulumi.Output[str]
    region: pulumi.Output[str]
    url: pulumi.Output[str]

    @classmethod
    def of(cls, stack: GrafanaStack) -> Self:
        """In this Grafana stack."""
        return cls(stack_id=stack.id, region=stack.region, url=stack.checks_url)


class ChecksInstallation(pulumi.ComponentResource):
    """Access policy and token for the results, and the installation; `token` is secret."""

    token: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ChecksInstallationArgs,
        cloud: grafana.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare everything."""
        super().__init__("sv0:grafana:ChecksInstallation", name, None, opts)
        installation = monitoring.Installation(
            f"{name}-installation",
            stack_id=args.stack_id,
            stack_sm_api_url=args.url,
            metrics_publisher_key=self._publisher(name, args, cloud),
            # The provider does not mark this as a secret.
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, additional_secret_outputs=["smAccessToken"]),
        )
        self.token = pulumi.Output.secret(installation.sm_access_token)
        self.register_outputs({})

    def _publisher(self, name: str, args: ChecksInstallationArgs, cloud: grafana.Provider) -> pulumi.Output[str]:
        policy = grafana.cloud.AccessPolicy(
            f"{name}-policy",
            region=args.region,
            name="sv0-outside-checks",
            display_name=_PURPOSE,
            # The scopes that the documentation of the installation names, on this one stack.
            scopes=["logs:write", "metrics:write", "stacks:read", "traces:write"],
            realms=[grafana.cloud.AccessPolicyRealmArgs(type="stack", identifier=args.stack_id)],
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, delete_before_replace=False),
        )
        return grafana.cloud.AccessPolicyToken(
            # No expiry: a new key makes a new installation, and every stack then has a dead token until its `up`.
            f"{name}-publisher",
            region=args.region,
            access_policy_id=policy.policy_id,
            display_name=_PURPOSE,
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, additional_secret_outputs=["token"]),
        ).token


def token_of_shared() -> pulumi.Output[str]:
    """The token that production's stack has as an output; secret, and an error in one sentence if it has none."""
    address = f"{pulumi.get_organization()}/{pulumi.get_project()}/{PRODUCTION}"
    return pulumi.Output.secret(pulumi.StackReference(address).get_output(CHECKS_TOKEN).apply(_given))


def _given(token: str | None) -> str:
    if token is None:
        raise pulumi.RunError(f"{PRODUCTION} has no output {CHECKS_TOKEN} yet: run `make up STACK={PRODUCTION}`")
    return token
