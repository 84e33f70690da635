"""What providers would answer: the computed outputs that the program reads, and nothing else."""

from typing import Any

from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from resilience.manifest.model import secret

# Far away on purpose: a declared rule holds this end as a constant, and must not fire for it.
EXPIRES_AT = "2099-01-01T00:00:00Z"
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


class Fakes(Mocks):
    """Outputs are the inputs, and for these types a little more."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer a registration."""
        outputs = dict(args.inputs)
        match args.typ:
            case "grafana:cloud/stack:Stack":
                return _STACK_ID, outputs | _stack(outputs["slug"], outputs["regionSlug"])
            case "grafana:cloud/accessPolicy:AccessPolicy":
                outputs["policyId"] = f"{args.name}-id"
            case "grafana:cloud/accessPolicyRotatingToken:AccessPolicyRotatingToken":
                outputs |= {"token": secret("glc_fake"), "expiresAt": EXPIRES_AT}
            case "grafana:cloud/accessPolicyToken:AccessPolicyToken":
                outputs["token"] = secret("glc_fake")
            case "grafana:syntheticMonitoring/installation:Installation":
                outputs["smAccessToken"] = secret("sm_fake")
            case "grafana:cloud/stackServiceAccountToken:StackServiceAccountToken":
                outputs["key"] = secret("glsa_fake")
        return f"{args.name}-id", outputs

    # The SDK takes a plain dict too, whatever its annotation says.
    def call(self, args: MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
        """Answer a look-up.

        Raises:
            NotImplementedError: the program asks something new, which needs an answer here.
        """
        if args.token == "grafana:cloud/getStack:getStack":  # noqa: S105  # a function's name
            return {"id": _STACK_ID, **_stack(args.args["slug"], "prod-eu-west-2")}
        if args.token == "grafana:syntheticMonitoring/getProbes:getProbes":  # noqa: S105  # a function's name
            return {"id": "probes", "filterDeprecated": True, "probes": _PROBES}
        raise NotImplementedError(f"no fake answer for {args.token}")
