"""Messages of firings: groups, waits, repetitions and hours, as Alertmanager has them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from resilience.backtest import routes as tree
from resilience.backtest.firings import AlertFiring
from resilience.backtest.hours import Timing
from resilience.backtest.messages import messages
from resilience.backtest.routes import NumberedRoute, NumberedRoutes, routes_of
from resilience.core.durations import DAY, HOUR, MINUTE
from resilience.core.problems import UserError
from resilience.core.yaml_files import read_own
from resilience.manifest import Manifest, types
from resilience.model.catalogue import ROOT

VECTORS: dict[str, dict[str, Any]] = read_own((ROOT / "tests/grafana/alertmanager.yaml").read_text("utf-8"))["vectors"]
BEGIN = 1_794_787_200.0
"""Monday, 2026-11-16, midnight UTC."""
NIGHT = Timing("hours", [{"times": [{"start_time": "09:00", "end_time": "18:00"}]}])


Sent = Callable[..., list[tuple[float, bool, int]]]


def firing(begin: float, end: float | None, name: str = "Queue", **labels: str) -> AlertFiring:
    found = {"alertname": name, "__alert_rule_uid__": name.lower(), **labels}
    return AlertFiring(found, BEGIN + begin, None if end is None else BEGIN + end, begins_before=False)


def route(**changes: object) -> NumberedRoute:
    given: dict[str, object] = {
        "number": 0, "receiver": "slack-alerts", "channel": "#sv0-alerts", "sends_resolved": True,
        "group_by": ("alertname",), "wait": 30.0, "interval": 5 * MINUTE, "repeat": 4 * HOUR, "active": (), "muted": (),
    }  # fmt: skip
    return NumberedRoute(**{**given, **changes})  # type: ignore[arg-type]  # a test gives the right types


@pytest.fixture(name="sent")
def _sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The messages of one route, as minutes and whether all is over; which route that is, is not the point here."""
    monkeypatch.setattr(NumberedRoutes, "taken", lambda self, sets: [list(self.routes) for _ in sets])

    def sent(one: NumberedRoute, *firings: AlertFiring) -> list[tuple[float, bool, int]]:
        found = messages(NumberedRoutes((one,), {}), firings, BEGIN + 2 * DAY)
        return [((each.at - BEGIN) / MINUTE, each.resolved, len(each.firings)) for each in found]

    return sent


def test_a_firing_is_sent_after_the_wait_and_its_end_at_the_next_look_at_the_group(sent: Sent) -> None:
    assert sent(route(), firing(60, 10 * MINUTE)) == [(1.5, False, 1), (11.5, True, 1)]


def test_what_is_over_before_the_wait_is_never_sent(sent: Sent) -> None:
    assert sent(route(wait=120.0), firing(0, 60)) == []


def test_firings_of_a_group_share_messages(sent: Sent) -> None:
    both = (firing(0, 12 * MINUTE, connector="a"), firing(10, 12 * MINUTE, connector="b"))
    later = firing(2 * MINUTE, 12 * MINUTE, connector="b")

    assert sent(route(), *both) == [(0.5, False, 2), (15.5, True, 2)]
    assert sent(route(), both[0], later) == [(0.5, False, 1), (5.5, False, 2), (15.5, True, 2)]
    assert len(sent(route(group_by=("...",)), *both)) == 4


def test_what_goes_on_is_repeated(sent: Sent) -> None:
    found = sent(route(), firing(0, 9 * HOUR))

    assert [(round(at / 60), over) for at, over, _ in found] == [(0, False), (4, False), (8, False), (9, True)]


def test_what_begins_at_night_waits_for_the_hours_and_what_ends_at_night_is_not_sent(sent: Sent) -> None:
    inside = route(active=(NIGHT,), repeat=12 * HOUR)

    assert sent(inside, firing(2 * HOUR, 10 * HOUR)) == [(540.5, False, 1), (600.5, True, 1)]
    assert sent(inside, firing(2 * HOUR, 8 * HOUR)) == []
    assert sent(inside, firing(17 * HOUR, 20 * HOUR)) == [(1020.5, False, 1)]


def test_what_ended_and_began_again_at_night_is_sent_when_the_last_message_is_a_repetition_old(sent: Sent) -> None:
    """A repeat interval of a day swallows what returns after a night: docs/adr/0011."""
    again = (firing(17 * HOUR, 20 * HOUR), firing(30 * HOUR, 35 * HOUR))

    assert [at for at, over, _ in sent(route(active=(NIGHT,), repeat=12 * HOUR), *again) if not over] == [
        1020.5,
        1980.5,
    ]
    assert [at for at, over, _ in sent(route(active=(NIGHT,), repeat=DAY), *again) if not over] == [1020.5]


@pytest.mark.parametrize("name", ["M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "Cs"])
def test_the_notification_vectors_hold(sent: Sent, name: str) -> None:
    """What a real Alertmanager does is in tests/grafana/alertmanager.yaml; a message may come a minute later."""
    vector = VECTORS[name]
    given = {"group_wait": 0.5, "group_interval": 5, "repeat_interval": 240} | vector.get("route", {})
    times = dict(zip(("wait", "interval", "repeat"), (given[key] * MINUTE for key in given), strict=False))
    by = {"group_by": given["group_by"]} if "group_by" in given else {}

    found = sent(route(**times, **by, muted=muted(vector["steps"])), *firings(vector["steps"]))

    wanted = [(float(at), "+" not in text) for at, _, text in (one.partition(" ") for one in vector["messages"])]
    got = [(at, over) for at, over, _ in found if at <= vector.get("until", 30)]
    assert [over for _, over in got] == [over for _, over in wanted]
    for (at, _), (earliest, _) in zip(got, wanted, strict=True):
        assert earliest <= at <= earliest + given["group_interval"] + 1


def firings(steps: list[str]) -> list[AlertFiring]:
    """`0 a+` begins one, `20..35 a-` ends it and says so every minute until then."""
    found: dict[str, list[AlertFiring]] = {}
    for step in steps:
        when, _, what = step.partition(" ")
        first, _, last = when.partition("..")
        name = what[0]
        if what[1:2] == "+":
            found.setdefault(name, []).append(firing(float(first) * MINUTE, None, series=name))
        elif what[1:2] == "-":
            end = BEGIN + float(first) * MINUTE
            found[name][-1] = replace(found[name][-1], end=end, posted_until=BEGIN + float(last or first) * MINUTE)
    return [one for each in found.values() for one in each]


def muted(steps: list[str]) -> tuple[Timing, ...]:
    """The night between `mute` and `unmute`."""
    times = [int(step.split()[0]) for step in steps if step.endswith("mute")]
    clocks = [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in times]
    return (Timing("night", [{"times": [{"start_time": clocks[0], "end_time": clocks[1]}]}]),) if clocks else ()


def test_a_muted_route_is_silent_and_a_webhook_without_ends_gets_none(sent: Sent) -> None:
    assert sent(route(muted=(NIGHT,)), firing(10 * HOUR, 11 * HOUR)) == []
    assert sent(route(sends_resolved=False), firing(0, 10 * MINUTE)) == [(0.5, False, 1)]


def test_routes_are_those_that_are_declared_each_with_its_own_hours(production: Manifest, dev: Manifest) -> None:
    found = routes_of([production, dev])
    assert found
    labels = {"alertname": "Queue backing up", "environment": "production", "tier": "P2", "owner": "ivan"}
    night, dev_, event = found.taken([labels, labels | {"environment": "dev"}, labels | {"event": "true"}])

    assert [(one.channel, [timing.name for timing in one.active]) for one in night] == [
        ("#sv0-alerts", ["business-hours-ivan"])
    ]
    assert [(one.channel, one.repeat, one.active) for one in dev_] == [("#sv0-deploys", DAY, ())]
    assert [one.channel for one in event] == ["#sv0-deploys", "#sv0-alerts"]
    assert {one.group_by for one in night} == {("alertname", "environment")}


def test_a_route_inherits_waits_and_no_hours(production: Manifest) -> None:
    (tree_,) = production.of_type(types.NOTIFICATION_POLICY)
    child = {"matchers": [{"label": "a", "match": "=", "value": "b"}]}
    changed = {"activeTimings": ["business-hours-ivan"], "muteTimings": ["business-hours-sergey"], "policies": [child]}
    route_ = {**tree_.inputs["policies"][-1], **changed}
    others = tuple(one for one in production.resources if one is not tree_)
    whole = replace(tree_, inputs={**tree_.inputs, "policies": [route_]})

    found = routes_of([Manifest("production", (*others, whole))])

    assert found
    parent, below = found.routes[1:]
    assert [len(one.active) + len(one.muted) for one in (parent, below)] == [2, 0]
    assert (below.wait, below.repeat, below.channel) == (parent.wait, parent.repeat, parent.channel)


def test_without_a_policy_tree_there_are_no_routes(dev: Manifest) -> None:
    assert routes_of([dev]) is None


def test_too_many_alerts_are_not_matched(production: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_SETS", 1)
    found = routes_of([production])
    assert found
    with pytest.raises(UserError, match="2 different alerts fire; the routes of 1 are matched at most"):
        found.taken([{"a": "1"}, {"a": "2"}])
