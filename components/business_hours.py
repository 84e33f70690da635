"""When each owner is notified of what can wait: an active timing in the owner's own time zone."""

from collections.abc import Mapping

import pulumi
import pulumiverse_grafana as grafana

from resilience.model.catalogue import Owner


class BusinessHours(pulumi.ComponentResource):
    """One timing for each owner; Grafana stores active and mute timings as the same kind of object."""

    names: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        owners: Mapping[str, Owner],
        provider: grafana.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the timings."""
        super().__init__("sv0:grafana:BusinessHours", name, None, opts)
        child = pulumi.ResourceOptions(
            parent=self,
            provider=provider,
            # With a fixed name the bridge deletes first, and the provider then removes the timing
            # from the policy tree: everything would be delivered at night too.
            delete_before_replace=False,
        )
        self.names = {key: _timing(name, key, owner, child) for key, owner in owners.items()}
        self.register_outputs({})


def _timing(name: str, key: str, owner: Owner, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    timing = grafana.alerting.MuteTiming(
        f"{name}-{key}",
        name=f"business-hours-{key}",
        intervals=[
            grafana.alerting.MuteTimingIntervalArgs(
                times=[grafana.alerting.MuteTimingIntervalTimeArgs(start=owner.begins, end=owner.ends)],
                weekdays=[owner.weekdays],
                location=owner.time_zone,
            )
        ],
        opts=opts,
    )
    return timing.name
