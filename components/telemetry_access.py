"""What the collector of one environment may do: write metrics and logs to one stack, nothing else."""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumiverse_grafana as grafana

from components.grafana_stack import GrafanaStack
from resilience.model.settings import StackSettings

# 90 days; in the last 30 of them `up` replaces the token.
LIFETIME = "2160h"
ROTATION_WINDOW = "720h"


@dataclass(frozen=True, kw_only=True)
class TelemetryAccessArgs:
    """Whose collector, and which stack it writes to."""

    uid: str
    environment: str
    stack_id: pulumi.Output[str]
    region: pulumi.Output[str]

    @classmethod
    def of(cls, settings: StackSettings, stack: GrafanaStack) -> Self:
        """To this stack, for this environment."""
        return cls(uid=settings.uid, environment=settings.environment, stack_id=stack.id, region=stack.region)


class TelemetryAccess(pulumi.ComponentResource):
    """Access policy and rotating token; `expires_at` is RFC 3339."""

    token: pulumi.Output[str]
    expires_at: pulumi.Output[str]

    def __init__(
        self, name: str, args: TelemetryAccessArgs, cloud: grafana.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare policy and token."""
        super().__init__("sv0:grafana:TelemetryAccess", name, None, opts)
        policy = self._policy(name, args, cloud)
        token = grafana.cloud.AccessPolicyRotatingToken(
            f"{name}-token",
            region=args.region,
            access_policy_id=policy.policy_id,
            name_prefix=f"{args.uid}-telemetry",
            display_name=f"Collector of {args.environment}",
            expire_after=LIFETIME,
            early_rotation_window=ROTATION_WINDOW,
            # The old token stays valid until it expires, so a collector that has not been redeployed
            # yet can still write; deleting the policy deletes the token too.
            delete_on_destroy=False,
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, additional_secret_outputs=["token"]),
        )
        self.token = pulumi.Output.secret(token.token)
        self.expires_at = token.expires_at
        self.register_outputs({"token": self.token, "expiresAt": self.expires_at})

    def _policy(self, name: str, args: TelemetryAccessArgs, cloud: grafana.Provider) -> grafana.cloud.AccessPolicy:
        return grafana.cloud.AccessPolicy(
            f"{name}-policy",
            region=args.region,
            name=f"{args.uid}-telemetry",
            display_name=f"Collector of {args.environment}",
            scopes=["logs:write", "metrics:write"],
            realms=[grafana.cloud.AccessPolicyRealmArgs(type="stack", identifier=args.stack_id)],
            # With a fixed name the bridge deletes the policy first, and every token of it.
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, delete_before_replace=False),
        )
