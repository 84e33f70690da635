"""The answers of providers: only the computed outputs that the program reads."""

from typing import Any

from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from resilience.core.conventions import CHECKS_TOKEN
from resilience.manifest import types
from resilience.manifest.model import secret

# Far away on purpose: a declared rule contains this end as a constant, and must not fire for it.
EXPIRES_AT = "2099-01-01T00:00:00Z"
REGION = "prod-eu-west-2"
_STACK_ID = "700001"
_PROBES = {"Frankfurt": 11, "London": 12, "Paris": 13}


def _stack(slug: str, region: str) -> dict[str, Any]:
    return {
        "slug": slug,
        "regionSlug": region,
        "url": f"https://{slug}.grafana.net",
        "logsUrl": f"https://logs-{region}.grafana.net",
        "logsUserId": 700002,
        "prometheusRemoteWriteEndpoint": f"https://prometheus-{region}.grafana.net/api/prom/push",
        "prometheusUserId": 700003,
        "smUrl": f"https://synthetic-monitoring-api-{region}.grafana.net",
    }


class ProviderMocks(Mocks):
    """Outputs are the inputs, with additions for some types."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer a registration."""
        outputs = dict(args.inputs)
        match args.typ:
            case types.STACK:
                return _STACK_ID, outputs | _stack(outputs["slug"], outputs["regionSlug"])
            case types.ACCESS_POLICY:
                outputs["policyId"] = f"{args.name}-id"
            case types.ROTATING_TOKEN:
                outputs |= {"token": secret("glc_fake"), "expiresAt": EXPIRES_AT}
            case types.ACCESS_POLICY_TOKEN:
                outputs["token"] = secret("glc_fake")
            case types.INSTALLATION:
                outputs["smAccessToken"] = secret("sm_fake")
            case types.STACK_REFERENCE:
                # The only output of another stack that the program reads.
                outputs |= {"outputs": {CHECKS_TOKEN: secret("sm_fake")}, "secretOutputNames": [CHECKS_TOKEN]}
            case types.SERVICE_ACCOUNT_TOKEN:
                outputs["key"] = secret("glsa_fake")
        return f"{args.name}-id", outputs

    # The SDK accepts a plain dict too, although its annotation excludes it.
    def call(self, args: MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
        """Answer a look-up.

        Raises:
            NotImplementedError: a new look-up, which needs an answer here.
        """
        if args.token == types.GET_STACK:
            return {"id": _STACK_ID, **_stack(args.args["slug"], REGION)}
        if args.token == types.GET_PROBES:
            return {"id": "probes", "filterDeprecated": True, "probes": _PROBES}
        raise NotImplementedError(f"no mock answer for {args.token}")
