"""Announced work: mute timings, and a policy below each route that it concerns."""

from collections.abc import Callable
from typing import Any

import pulumiverse_grafana as grafana
import pytest
from pulumi import Output

from components.business_hours import BusinessHours
from components.maintenance import Maintenance
from components.notification_policy import MaintenanceArgs, NotificationPolicy, NotificationPolicyArgs
from resilience.core.conventions import Channel, Tier
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue
from resilience.model.dated.maintenance import MaintenanceWindow

Policies = list[dict[str, Any]]


def window(name: str, **given: Any) -> MaintenanceWindow:
    good = {
        "name": name,
        "begins": "2027-03-01T22:00:00Z",
        "ends": "2027-03-02T00:30:00Z",
        "environments": ["production"],
        "alerts": "all",
        "reason": "A new disk",
    }
    return MaintenanceWindow.model_validate(good | given)


def _program(catalogue: Catalogue, windows: tuple[MaintenanceWindow, ...]) -> None:
    inside = grafana.Provider("given-inside", auth="canary")
    args = NotificationPolicyArgs(
        routing=catalogue.routing,
        contact_points={channel: Output.from_input(f"slack-{channel}") for channel in Channel},
        unrouted=Output.from_input("slack-unrouted"),
        watchdog=Output.from_input("watchdog"),
        urgent={Tier.P1: Output.from_input("slack-alerts-p1")},
        business_hours=BusinessHours("given-hours", catalogue.owners, inside).names,
        maintenance=MaintenanceArgs(
            windows=windows, alerts=catalogue.alerts, timings=Maintenance("maintenance", windows, inside).names
        ),
    )
    NotificationPolicy("notification-policy", args, inside)


@pytest.fixture(name="declared")
def _declared(
    declare_program: Callable[..., Manifest],
    good_catalogue: Callable[..., Catalogue],
    good_alert: Callable[..., dict[str, Any]],
) -> Callable[..., Manifest]:
    alerts = [
        good_alert(),
        good_alert(id="too-cold", title="Too cold"),
        good_alert(id="too-wet", title="Too wet", tier="P2", owner="bob", event=True),
        good_alert(id="too-dry", title="Too dry", tier="P3", calibrating_until="2027-03-09"),
        good_alert(id="watchdog", title="Watchdog", tier="P3"),
    ]
    return lambda *windows: declare_program(lambda: _program(good_catalogue(heat=alerts), windows))


@pytest.fixture(name="below")
def _below(declared: Callable[..., Manifest]) -> Callable[..., dict[str, Policies]]:
    """The policies with mute timings, by the matchers of what is above them."""

    def found(*windows: MaintenanceWindow) -> dict[str, Policies]:
        (tree,) = declared(*windows).of_type(types.NOTIFICATION_POLICY)
        muted: dict[str, Policies] = {}
        _collect(tree.inputs, "", muted)
        return muted

    return found


def _collect(node: dict[str, Any], above: str, muted: dict[str, Policies]) -> None:
    for child in node.get("policies", []):
        if "muteTimings" in child:
            muted.setdefault(above, []).append(child)
        name = "".join(f"{one['label']}{one['match']}{one['value']}" for one in child["matchers"])
        _collect(child, f"{above} {name}".strip(), muted)


def matched(policies: Policies) -> list[dict[str, str]]:
    return [{one["label"]: f"{one['match']}{one['value']}" for one in policy["matchers"]} for policy in policies]


def test_a_window_over_midnight_is_a_timing_of_two_days_in_utc(declared: Callable[..., Manifest]) -> None:
    (timing,) = [one for one in declared(window("disk")).of_type(types.MUTE_TIMING) if one.name == "maintenance-disk"]

    def day(number: str, start: str, end: str) -> dict[str, Any]:
        times = [{"start": start, "end": end}]
        return {"times": times, "daysOfMonths": [number], "months": ["march"], "years": ["2027"], "location": "UTC"}

    assert timing.inputs == {
        "name": "maintenance-disk",
        "intervals": [day("1", "22:00", "24:00"), day("2", "00:00", "00:30")],
    }


def test_without_a_window_nothing_is_muted(below: Callable[..., dict[str, Policies]]) -> None:
    assert below() == {}


def test_only_routes_that_a_named_alert_may_take_are_concerned(below: Callable[..., dict[str, Policies]]) -> None:
    found = below(window("disk", alerts=["too-hot", "too-wet"]))

    hot, wet = ({"environment": "=production", "alert_id": f"={one}"} for one in ("too-hot", "too-wet"))
    assert {above: matched(policies) for above, policies in found.items()} == {
        "alertname=~DatasourceNoData|DatasourceError owner=ann": [hot],
        "alertname=~DatasourceNoData|DatasourceError owner=bob": [wet],
        "event=true": [wet],
        "tier=P1": [hot],
        "tier=P2 owner=bob": [wet],
    }


def test_a_window_of_all_concerns_every_route_but_the_watchdogs(below: Callable[..., dict[str, Policies]]) -> None:
    found = below(window("disk"))

    rest = {"environment": "=production", "alert_id": "!=watchdog"}
    assert {str(matched(policies)) for policies in found.values()} == {str([rest])}
    assert [above for above in found if "owner" not in above] == [
        "calibrating=true",
        "event=true",
        "tier=P1",
        "tier=P3",
    ]
    assert len([above for above in found if "owner" in above]) == 4


def test_a_silenced_policy_differs_in_nothing_else(below: Callable[..., dict[str, Policies]]) -> None:
    found = below(window("disk", alerts=["too-hot", "too-cold", "too-wet"]))
    ((p1,), (p2,)) = found["tier=P1"], found["tier=P2 owner=bob"]

    times = {"groupWait": "10s", "groupInterval": "5m"}
    # What pages is repeated within the length of a window.
    assert p1 == {
        "matchers": p1["matchers"],
        "contactPoint": "slack-alerts-p1",
        "muteTimings": ["maintenance-disk"],
        "repeatInterval": "2h30m",
        **times,
    }
    assert matched([p1]) == [{"environment": "=production", "alert_id": "=~too-hot|too-cold"}]
    assert (p2["activeTimings"], p2["muteTimings"]) == (["business-hours-bob"], ["maintenance-disk"])
    assert (p2["contactPoint"], p2["repeatInterval"]) == ("slack-alerts", "4h")


@pytest.mark.parametrize(
    ("ends", "repeats"),
    [("2027-03-01T22:10:00Z", "1h"), ("2027-03-02T00:00:00Z", "2h"), ("2027-03-02T10:00:00Z", "4h")],
)
def test_what_pages_is_repeated_within_the_shortest_window_but_not_more_often_than_hourly(
    below: Callable[..., dict[str, Policies]], ends: str, repeats: str
) -> None:
    ((p1,), *_) = (policies for above, policies in below(window("disk", ends=ends)).items() if above == "tier=P1")

    assert p1["repeatInterval"] == repeats


def test_each_other_environment_has_its_own_policies(below: Callable[..., dict[str, Policies]]) -> None:
    found = below(window("disk", environments=["dev", "staging"]), window("net", environments=["dev"]))

    (others,) = found.values()
    assert [(one["matchers"][0]["value"], one["muteTimings"]) for one in others] == [
        ("dev", ["maintenance-disk", "maintenance-net"]),
        ("staging", ["maintenance-disk"]),
    ]
    assert list(found) == ["environment=~.+environment!=production"]


def test_names_of_timings_are_outputs_so_that_the_tree_changes_first(
    declared: Callable[..., Manifest], named: Callable[..., list[str]]
) -> None:
    (tree,) = declared(window("disk")).of_type(types.NOTIFICATION_POLICY)

    assert "maintenance-disk" in named(tree.depends_on)
