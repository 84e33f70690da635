"""Outside checks by Grafana Synthetic Monitoring: the installation, and each environment's checks.

A Grafana stack has one installation, so the shared stack declares it; the others get its token by
configuration (docs/adr/0005-eyes-from-outside.md). Left out on purpose: alerts of Synthetic
Monitoring itself; rules on `probe_success` are in the catalogue like all others.
"""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumiverse_grafana as grafana
from pulumiverse_grafana import syntheticmonitoring as monitoring

from components.configuration import Configuration
from components.grafana_stack import GrafanaStack
from resilience.model.outside_checks import TIMEOUT, OutsideCheck, outside_checks
from resilience.model.settings import Secret

SOME_FINDINGS = r'"total_count":\s*[1-9]'
_MILLISECONDS = 1000


@dataclass(frozen=True, kw_only=True)
class UptimeChecksArgs:
    """What is checked, and the credentials for Cloudflare Access.

    Attributes:
        token: of an installation declared elsewhere; None where it is declared here.
        url: of the API of Synthetic Monitoring in the region of the stack.
    """

    environment: str
    checks: tuple[OutsideCheck, ...]
    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]
    token: pulumi.Output[str] | None
    stack_id: pulumi.Output[str]
    region: pulumi.Output[str]
    url: pulumi.Output[str]
    retries: int

    @classmethod
    def of(cls, configuration: Configuration, stack: GrafanaStack) -> Self:
        """The checks of this environment."""
        settings, secrets = configuration.settings, configuration.secrets
        return cls(
            environment=settings.environment,
            checks=outside_checks(settings),
            client_id=secrets[Secret.ACCESS_CLIENT_ID],
            client_secret=secrets[Secret.ACCESS_CLIENT_SECRET],
            token=secrets.get(Secret.CHECKS_TOKEN),
            stack_id=stack.id,
            region=stack.region,
            url=stack.checks_url,
            retries=settings.retries,
        )


class UptimeChecks(pulumi.ComponentResource):
    """Installation (where it is ours), provider and checks; `token` is secret."""

    token: pulumi.Output[str]

    def __init__(
        self, name: str, args: UptimeChecksArgs, cloud: grafana.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare everything."""
        super().__init__("sv0:grafana:UptimeChecks", name, None, opts)
        self.token = args.token or self._installed(name, args, cloud)
        provider = grafana.Provider(
            f"{name}-provider",
            sm_access_token=self.token,
            sm_url=args.url,
            retries=args.retries,
            opts=pulumi.ResourceOptions(parent=self),
        )
        known = monitoring.get_probes_output(opts=pulumi.InvokeOutputOptions(parent=self, provider=provider))
        for check in args.checks:
            self._check(name, args, check, _ids(known, check), provider)
        self.register_outputs({})

    def _installed(self, name: str, args: UptimeChecksArgs, cloud: grafana.Provider) -> pulumi.Output[str]:
        policy = grafana.cloud.AccessPolicy(
            f"{name}-policy",
            region=args.region,
            name="sv0-outside-checks",
            display_name="Results of the outside checks",
            # The scopes that the documentation of the installation names, on this one stack.
            scopes=["logs:write", "metrics:write", "stacks:read", "traces:write"],
            realms=[grafana.cloud.AccessPolicyRealmArgs(type="stack", identifier=args.stack_id)],
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, delete_before_replace=False),
        )
        publisher = grafana.cloud.AccessPolicyToken(
            # No expiry: a new key makes a new installation, and every other stack then needs its new token.
            f"{name}-publisher",
            region=args.region,
            access_policy_id=policy.policy_id,
            display_name="Results of the outside checks",
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, additional_secret_outputs=["token"]),
        )
        installation = monitoring.Installation(
            f"{name}-installation",
            stack_id=args.stack_id,
            stack_sm_api_url=args.url,
            metrics_publisher_key=publisher.token,
            # The provider does not mark this as a secret.
            opts=pulumi.ResourceOptions(parent=self, provider=cloud, additional_secret_outputs=["smAccessToken"]),
        )
        return pulumi.Output.secret(installation.sm_access_token)

    def _check(
        self,
        name: str,
        args: UptimeChecksArgs,
        check: OutsideCheck,
        probes: pulumi.Output[list[int]],
        provider: grafana.Provider,
    ) -> None:
        monitoring.Check(
            f"{name}-{check.kind}",
            job=check.job,
            target=check.url,
            enabled=True,
            probes=probes,
            frequency=check.every * _MILLISECONDS,
            timeout=TIMEOUT * _MILLISECONDS,
            # The full set has about 30 series per place; the rules need two of them.
            basic_metrics_only=True,
            labels={"environment": args.environment},
            settings=monitoring.CheckSettingsArgs(http=_http(args, check)),
            opts=pulumi.ResourceOptions(
                # A check of the same job and target is rejected (409) while the old one exists.
                parent=self,
                provider=provider,
                delete_before_replace=True,
                additional_secret_outputs=["settings"],
            ),
        )


def _http(args: UptimeChecksArgs, check: OutsideCheck) -> monitoring.CheckSettingsHttpArgs:
    """Accept only 200 and follow no redirect: it leads to Cloudflare's login page, whose 200 would look healthy."""
    return monitoring.CheckSettingsHttpArgs(
        ip_version="V4",
        method="GET",
        no_follow_redirects=True,
        valid_status_codes=[200],
        fail_if_not_ssl=check.url.startswith("https:"),
        fail_if_body_not_matches_regexps=[SOME_FINDINGS] if check.tenant else [],
        headers=[
            pulumi.Output.concat("CF-Access-Client-Id: ", args.client_id),
            pulumi.Output.concat("CF-Access-Client-Secret: ", args.client_secret),
            *([f"X-Tenant-Id: {check.tenant}"] if check.tenant else []),
        ],
    )


def _ids(known: pulumi.Output[monitoring.GetProbesResult], check: OutsideCheck) -> pulumi.Output[list[int]]:
    """Ids of the places, sorted: another order would show as a difference in previews."""

    def found(result: monitoring.GetProbesResult) -> list[int]:
        # In the first preview there is no installation yet to ask, and the engine returns {}.
        if (ids := result.probes) is None:
            return pulumi.output.UNKNOWN
        if missing := [place for place in check.places if place not in ids]:
            raise pulumi.RunError(
                f'{check.job}: Grafana checks from no place "{missing[0]}"; write one of {", ".join(sorted(ids))}'
            )
        return sorted(ids[place] for place in check.places)

    return known.apply(found)
