"""The one Grafana Cloud stack: declared by its owner, found by slug by everyone else."""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumiverse_grafana as grafana

from resilience.model.settings import StackSettings

_REMEDY = {
    True: "Sign up for it first, or write `adopt: false` to create it",
    False: "It is declared by the stack of production: run `make up STACK=production` first",
}


@dataclass(frozen=True, kw_only=True)
class GrafanaStackArgs:
    """Which stack, and whether this program owns it.

    Attributes:
        owned: declare it; otherwise only look it up.
        adopt: it exists already, so import it (by slug) instead of creating it.
        region: None where it is looked up, which only an existing stack allows.
    """

    slug: str
    title: str
    region: str | None
    owned: bool
    adopt: bool

    @classmethod
    def of(cls, settings: StackSettings) -> Self:
        """From the settings of this Pulumi stack."""
        wanted = settings.grafana
        return cls(
            slug=wanted.stack, title=wanted.name, region=wanted.region, owned=settings.shared, adopt=wanted.adopt
        )


class GrafanaStack(pulumi.ComponentResource):
    """Addresses of the stack and its user ids for basic authentication, whichever Pulumi stack owns it."""

    id: pulumi.Output[str]
    slug: pulumi.Output[str]
    region: pulumi.Output[str]
    url: pulumi.Output[str]
    loki_url: pulumi.Output[str]
    loki_user: pulumi.Output[str]
    prometheus_url: pulumi.Output[str]
    prometheus_user: pulumi.Output[str]
    checks_url: pulumi.Output[str]

    def __init__(
        self, name: str, args: GrafanaStackArgs, provider: grafana.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare or find the stack.

        Raises:
            pulumi.RunError: the Grafana stack exists already, or should, and cannot be read.
        """
        super().__init__("sv0:grafana:Stack", name, None, opts)
        found = self._declared(name, args, provider) if args.owned else self._found(args, provider)
        self.id = pulumi.Output.from_input(found.id)
        self.slug = pulumi.Output.from_input(found.slug)
        self.region = pulumi.Output.from_input(found.region_slug).apply(lambda region: region or args.region or "")
        self.url = pulumi.Output.from_input(found.url).apply(lambda url: url.rstrip("/"))
        # The provider returns the base URL of Loki, but the full URL of remote write.
        self.loki_url = pulumi.Output.from_input(found.logs_url).apply(
            lambda url: f"{url.rstrip('/')}/loki/api/v1/push"
        )
        self.loki_user = pulumi.Output.from_input(found.logs_user_id).apply(lambda user: str(int(user)))
        self.prometheus_url = pulumi.Output.from_input(found.prometheus_remote_write_endpoint)
        self.prometheus_user = pulumi.Output.from_input(found.prometheus_user_id).apply(lambda user: str(int(user)))
        self.checks_url = pulumi.Output.from_input(found.sm_url)
        self.register_outputs({"url": self.url})

    def _declared(self, name: str, args: GrafanaStackArgs, provider: grafana.Provider) -> grafana.cloud.Stack:
        return grafana.cloud.Stack(
            f"{name}-stack",
            name=args.title,
            slug=args.slug,
            region_slug=args.region or self._found(args, provider).region_slug,
            description="SecurityV0: logs, metrics and alerts of all environments",
            labels={"managed-by": "pulumi"},
            # On a new stack True would need a second `up` (the provider sets it after its last
            # read); on an adopted one False would switch off what the portal may have on.
            delete_protection=args.adopt,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=provider,
                import_=args.slug if args.adopt else None,
                # Replacing the stack would leave an empty Grafana, without a warning.
                protect=True,
                retain_on_delete=True,
            ),
        )

    def _found(self, args: GrafanaStackArgs, provider: grafana.Provider) -> grafana.cloud.GetStackResult:
        try:
            return grafana.cloud.get_stack(slug=args.slug, opts=pulumi.InvokeOptions(parent=self, provider=provider))
        except Exception as error:
            reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
            raise pulumi.RunError(
                f'Grafana stack "{args.slug}" cannot be read ({reason}). {_REMEDY[args.owned]}, '
                "and check grafana.stack and the token."
            ) from error
