"""Outside checks of one environment by Grafana Synthetic Monitoring.

Left out on purpose: alerts of Synthetic Monitoring itself; rules on `probe_success` are in the
catalogue like all others.
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
        token: of the installation (checks_installation.py).
        url: of the API of Synthetic Monitoring in the region of the stack.
    """

    environment: str
    checks: tuple[OutsideCheck, ...]
    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]
    token: pulumi.Output[str]
    url: pulumi.Output[str]
    retries: int

    @classmethod
    def of(cls, configuration: Configuration, stack: GrafanaStack, token: pulumi.Output[str]) -> Self:
        """The checks of this environment; `token` is that of the installation."""
        settings, secrets = configuration.settings, configuration.secrets
        return cls(
            environment=settings.environment,
            checks=outside_checks(settings),
            client_id=secrets[Secret.ACCESS_CLIENT_ID],
            client_secret=secrets[Secret.ACCESS_CLIENT_SECRET],
            token=token,
            url=stack.checks_url,
            retries=settings.retries,
        )


class UptimeChecks(pulumi.ComponentResource):
    """Provider and checks."""

    def __init__(self, name: str, args: UptimeChecksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare everything."""
        super().__init__("sv0:grafana:UptimeChecks", name, None, opts)
        provider = grafana.Provider(
            f"{name}-provider",
            sm_access_token=args.token,
            sm_url=args.url,
            retries=args.retries,
            opts=pulumi.ResourceOptions(parent=self),
        )
        known = monitoring.get_probes_output(opts=pulumi.InvokeOutputOptions(parent=self, provider=provider))
        for check in args.checks:
            self._check(name, args, check, _ids(known, check), provider)
        self.register_outputs({})

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
