"""The providers for what lies outside the Grafana stack: grafana.com and GitHub."""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumi_github as github
import pulumiverse_grafana as grafana

from components.configuration import Configuration
from resilience.model.settings import Secret


@dataclass(frozen=True, kw_only=True)
class ProvidersArgs:
    """Addresses, credentials and retries.

    Attributes:
        retries: attempts after a failed request.
    """

    grafana_url: str
    grafana_token: pulumi.Output[str]
    github_url: str
    github_owner: str
    github_token: pulumi.Output[str]
    retries: int

    @classmethod
    def of(cls, configuration: Configuration) -> Self:
        """From the configuration of the Pulumi stack."""
        settings, secrets = configuration.settings, configuration.secrets
        return cls(
            grafana_url=settings.grafana.api_url,
            grafana_token=secrets[Secret.GRAFANA_CLOUD_TOKEN],
            github_url=settings.github.api_url,
            github_owner=settings.github.owner,
            github_token=secrets[Secret.GITHUB_TOKEN],
            retries=settings.retries,
        )


class Providers(pulumi.ComponentResource):
    """Explicit providers; configuration.py rejects environment variables that would change them."""

    cloud: grafana.Provider
    github: github.Provider

    def __init__(self, name: str, args: ProvidersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare both providers."""
        super().__init__("sv0:platform:Providers", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.cloud = grafana.Provider(
            f"{name}-cloud",
            cloud_access_policy_token=args.grafana_token,
            cloud_api_url=args.grafana_url,
            retries=args.retries,
            opts=child,
        )
        self.github = github.Provider(
            f"{name}-github",
            base_url=args.github_url,
            owner=args.github_owner,
            token=args.github_token,
            max_retries=args.retries,
            opts=child,
        )
        self.register_outputs({})
