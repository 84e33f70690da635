"""When announced work silences alerts: a mute timing for each window that has not ended (docs/adr/0018)."""

from collections.abc import Sequence

import pulumi
import pulumiverse_grafana as grafana

from resilience.model.dated.maintenance import MaintenanceInterval, MaintenanceWindow

_A = grafana.alerting


class Maintenance(pulumi.ComponentResource):
    """The timings; `names` are outputs, so that one is deleted only after the tree no longer uses it."""

    names: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        windows: Sequence[MaintenanceWindow],
        provider: grafana.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the timings."""
        super().__init__("sv0:grafana:Maintenance", name, None, opts)
        # As for business hours: else the provider takes a timing out of the tree before it replaces it.
        child = pulumi.ResourceOptions(parent=self, provider=provider, delete_before_replace=False)
        self.names = {window.name: _timing(name, window, child) for window in windows}
        self.register_outputs({})


def _timing(name: str, window: MaintenanceWindow, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    intervals = [_interval(one) for one in window.intervals]
    return _A.MuteTiming(f"{name}-{window.name}", name=window.timing, intervals=intervals, opts=opts).name


def _interval(one: MaintenanceInterval) -> _A.MuteTimingIntervalArgs:
    return _A.MuteTimingIntervalArgs(
        times=[_A.MuteTimingIntervalTimeArgs(start=one.start, end=one.end)],
        days_of_months=[one.day],
        months=[one.month],
        years=[one.year],
        location="UTC",
    )
