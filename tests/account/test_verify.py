"""Each planted difference is named, with what to do; a Grafana as an `up` leaves it gives none.

One stand-in serves all of it. It is filled once, and each test begins with a copy of that state.
"""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from resilience.account import things
from resilience.account.http import ApiClient
from resilience.account.things import Thing
from resilience.account.verify import LiveDifference, Patience, VerifyInput, comparison, display, verify
from resilience.account.verify.values import Placeholders
from resilience.core.conventions import WATCHDOG
from resilience.core.problems import UserError
from resilience.manifest import Manifest
from tests.cli import hostile_values as hostile
from tests.standin.client import Client
from tests.standin.filled import declared, fill
from tests.standin.grafana.evaluations import NEVER, tick
from tests.standin.server import Standin, running
from tests.standin.state import Options
from tests.standin.wire import Json, StandinRequest

TOKEN = "glsa_CANARY"
STACKS = ("production", "dev")
API_DOWN = "sv0-production-api-down"
MAKE = "run `make up STACK=production`"
VIEW = f"see GRAFANA/alerting/grafana/{API_DOWN}/view"
DELETE = "delete it: docs/bootstrap.md, After a lost answer"
# What an `up` knows and the mocks do not: where Grafana is, and when the telemetry token ends.
_MOCKED = ("https://acme.grafana.net", "4070908800")
Plant = Callable[[Json], object]
Verified = Callable[..., list[LiveDifference]]


@pytest.fixture(name="standin", scope="module")
def _standin(production: Manifest, dev: Manifest) -> Iterator[Standin]:
    with running(Options(stacks=["acme"], stack_tokens=[TOKEN])) as standin:
        known = dict(zip(_MOCKED, (f"{standin.state.base}/stack/acme", "1795000000"), strict=True))
        fill(Client(standin, "/stack/acme", TOKEN), declared(production, dev), known)
        yield standin


@pytest.fixture(name="state")
def _state(standin: Standin) -> Iterator[Json]:
    """What is inside Grafana; a test may change all of it."""
    clean = copy.deepcopy(standin.state.state)
    yield standin.state.grafana("acme")
    standin.state.state = clean
    standin.faults.clear()


@pytest.fixture(name="spoilt")
def _spoilt() -> dict[str, bytes]:
    """What Grafana answers instead, by the end of a path."""
    return {}


@pytest.fixture(name="direct")
def _direct(standin: Standin, spoilt: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Asks the stand-in by a call: over a connection, and in threads, the tests take three times as long."""

    def answer(client: ApiClient, path: str, method: str, body: object, _seconds: float) -> tuple[int, bytes]:
        url = urlsplit(client.address + path)
        if (other := next((one for end, one in spoilt.items() if url.path.endswith(end)), None)) is not None:
            return 200, other
        request = StandinRequest(
            state=standin.state,
            method=method,
            path=url.path,
            query=dict(parse_qsl(url.query)),
            body=json.loads(json.dumps(body)),
            headers={"Authorization": f"Bearer {client.token}"},
        )
        reply = standin.handle(request)
        return reply.status, json.dumps(reply.body).encode() if reply.status < 300 else b""

    monkeypatch.setattr("resilience.account.http.within", lambda _seconds, work: work())
    monkeypatch.setattr(ApiClient, "_answer", answer)


@pytest.fixture(name="verified")
def _verified(standin: Standin, state: Json, direct: None, production: Manifest, dev: Manifest) -> Verified:
    """What `verify` finds, without waiting."""
    assert (bool(state), direct) == (True, None)

    def run(
        *stacks: str, notify: bool = False, patience: Patience | None = None, token: str = TOKEN
    ) -> list[LiveDifference]:
        address = f"{standin.state.base}/stack/acme"
        return verify(
            VerifyInput(
                address=address,
                token=token,
                manifests=[production, dev],
                stacks=stacks or STACKS,
                patience=patience or Patience(0),
                notify=notify,
            )
        )

    return run


def lines(found: list[LiveDifference]) -> list[str]:
    """What fails the command, with the address of the stand-in left out."""
    return [str(one) for one in found if not one.note]


def of_rule(**changed: Any) -> Plant:
    return lambda state: state["rules"][API_DOWN].update(changed)


def of_model(place: int, change: Callable[[Json], object]) -> Plant:
    return lambda state: change(state["rules"][API_DOWN]["data"][place]["model"])


def of_evaluation(uid: str = API_DOWN, **said: Any) -> Plant:
    return lambda state: state["evaluations"].update({uid: said})


def of_point(name: str, change: Callable[[Json], object]) -> Plant:
    return lambda state: [change(one) for one in state["contact_points"].values() if one["name"] == name]


def without_point(name: str) -> Plant:
    def remove(state: Json) -> None:
        state["contact_points"] = {uid: one for uid, one in state["contact_points"].items() if one["name"] != name}

    return remove


def of_route(name: str, change: Callable[[Json], object]) -> Plant:
    return lambda state: change(state["policy"]["routes"][place(state["policy"]["routes"], name)])


def place(routes: list[Json], name: str) -> int:
    """Where the route with these matchers is."""
    return [", ".join("".join(one) for one in route["object_matchers"]) for route in routes].index(name)


def of_routes(change: Callable[[list[Json]], object]) -> Plant:
    return lambda state: change(state["policy"]["routes"])


def of_template(old: str, new: str) -> Plant:
    def change(state: Json) -> None:
        template = state["templates"]["sv0"]
        assert old in template["template"]
        template["template"] = template["template"].replace(old, new, 1)

    return change


def hers(folder: str, group: str) -> Plant:
    """A rule that somebody made by hand."""
    made = {"uid": "hers", "title": "Hers", "folderUID": folder, "ruleGroup": group, "provenance": ""}
    return lambda state: state["rules"].update(hers=copy.deepcopy(state["rules"][API_DOWN]) | made)


def and_then(*plants: Plant) -> Plant:
    return lambda state: [plant(state) for plant in plants]


P1, EVENTS, WATCHDOG_ROUTE = "tier=P1", "event=true", "alert_id=watchdog"
STATE_ALERTS = "alertname=~DatasourceNoData|DatasourceError"
_SLOW = {"type": "email", "settings": {"addresses": "a@example.com"}}
_STALE = "was last evaluated "
PLANTED = {
    "a paused rule": (of_rule(isPaused=True), f"rule {API_DOWN}: is paused; {MAKE}"),
    "an expression": (
        of_model(0, lambda one: one.update(expr=one["expr"].replace("[2m]", "[9m]"))),
        f'rule {API_DOWN}: data.A.expr is "…job="sv0-api"}}[9m]))", not "…job="sv0-api"}}[2m]))"; {MAKE}',
    ),
    "a pending time": (of_rule(**{"for": "5m"}), f'rule {API_DOWN}: for is "5m", not "2m"; {MAKE}'),
    "a keep-firing time": (
        of_rule(keep_firing_for="5m"),
        f'rule {API_DOWN}: keep_firing_for is "5m", not "0s"; {MAKE}',
    ),
    "a label": (
        lambda state: state["rules"][API_DOWN]["labels"].update(tier="P3"),
        f'rule {API_DOWN}: labels.tier is "P3", not "P1"; {MAKE}',
    ),
    "a label more": (
        lambda state: state["rules"][API_DOWN]["labels"].update(team="hers"),
        f"rule {API_DOWN}: labels.team is there, and not declared; {MAKE}",
    ),
    "a label less": (
        lambda state: state["rules"][API_DOWN]["labels"].pop("owner"),
        f"rule {API_DOWN}: labels.owner is missing; {MAKE}",
    ),
    "an annotation": (
        lambda state: state["rules"][API_DOWN]["annotations"].update(response="None."),
        f'rule {API_DOWN}: annotations.response is "None.", not "Ivan answers within 1 hour."; {MAKE}',
    ),
    "a threshold": (
        of_model(1, lambda one: one["conditions"][0]["evaluator"].update(params=[7])),
        f'rule {API_DOWN}: data.C.conditions[0].evaluator.params[0] is "7", not "1"; {MAKE}',
    ),
    "a comparison": (
        of_model(1, lambda one: one["conditions"][0]["evaluator"].update(type="gt")),
        f'rule {API_DOWN}: data.C.conditions[0].evaluator.type is "gt", not "lt"; {MAKE}',
    ),
    "a data source of a query": (
        lambda state: state["rules"][API_DOWN]["data"][0].update(datasourceUid="grafanacloud-usage"),
        f'rule {API_DOWN}: data.A.datasourceUid is "grafanacloud-usage", not "grafanacloud-prom"; {MAKE}',
    ),
    "a state without data": (
        of_rule(noDataState="Alerting"),
        f'rule {API_DOWN}: noDataState is "Alerting", not "OK"; {MAKE}',
    ),
    "a state after an error": (
        of_rule(execErrState="OK"),
        f'rule {API_DOWN}: execErrState is "OK", not "KeepLast"; {MAKE}',
    ),
    "a condition": (of_rule(condition="A"), f'rule {API_DOWN}: condition is "A", not "C"; {MAKE}'),
    "a title": (of_rule(title="Down"), f'rule {API_DOWN}: title is "Down", not "API down"; {MAKE}'),
    "a series that must be missing longer": (
        of_rule(missingSeriesEvalsToResolve=9),
        f'rule {API_DOWN}: missingSeriesEvalsToResolve is "9", not "2"; {MAKE}',
    ),
    "a rule that bypasses the routes": (
        of_rule(notification_settings={"receiver": "slack-deploys"}),
        f"rule {API_DOWN}: notification_settings is there, and not declared; {MAKE}",
    ),
    "a rule that people can edit": (
        of_rule(provenance=""),
        f"rule {API_DOWN}: was not written by our provider, so everybody can edit it in Grafana; {MAKE}",
    ),
    "a rule in another folder": (
        of_rule(folderUID="sv0-dev"),
        f'rule {API_DOWN}: folderUID is "sv0-dev", not "sv0-production"; {MAKE}',
    ),
    "a missing rule": (lambda state: state["rules"].pop(API_DOWN), f"rule {API_DOWN}: is missing; {MAKE}"),
    "a rule more in our folder": (
        hers("sv0-production", "hers"),
        f"rule hers: is in our folder sv0-production, and declared nowhere; {DELETE}",
    ),
    "a rule more in our group": (
        hers("sv0-dev", "api-down"),
        "rule hers: is in our folder sv0-dev, and declared nowhere; run `make up STACK=dev`",
    ),
    "an interval": (
        lambda state: state["rules"][API_DOWN].update(_interval=600),
        f"rule {API_DOWN}: is evaluated every 10m, not every 1m; {MAKE}",
    ),
    "a receiver": (
        of_route(EVENTS, lambda one: one.update(receiver="slack-alerts")),
        f'route event=true: receiver is "slack-alerts", not "slack-deploys"; {MAKE}',
    ),
    "the receiver of what no route takes": (
        lambda state: state["policy"].update(receiver="slack-deploys"),
        f'policy tree: receiver is "slack-deploys", not "slack-unrouted"; {MAKE}',
    ),
    "a repeat interval": (
        of_route(P1, lambda one: one.update(repeat_interval="1d")),
        f'route tier=P1: repeat_interval is "1d", not "4h"; {MAKE}',
    ),
    "a grouping": (
        lambda state: state["policy"].update(group_by=["alertname", "tier"]),
        f'policy tree: group_by[1] is "tier", not "environment"; {MAKE}',
    ),
    "a route that goes on": (
        of_route(EVENTS, lambda one: one.pop("continue")),
        f'route event=true: continue is "false", not "true"; {MAKE}',
    ),
    "a muted route": (
        of_route(P1, lambda one: one.update(mute_time_intervals=["business-hours-ivan"])),
        f"route tier=P1: mute_time_intervals is there, and not declared; {MAKE}",
    ),
    "a route without its hours": (
        of_route(STATE_ALERTS, lambda one: one["routes"][0].pop("active_time_intervals")),
        "route alertname=~DatasourceNoData|DatasourceError > owner=ivan: active_time_intervals is missing; " + MAKE,
    ),
    "a missing route": (
        of_routes(lambda routes: routes.pop(place(routes, WATCHDOG_ROUTE))),
        f"route alert_id=watchdog: is missing; {MAKE}",
    ),
    "another matcher": (
        of_route(WATCHDOG_ROUTE, lambda one: one.update(object_matchers=[["alert_id", "=~", "watchdog"]])),
        f"route alert_id=watchdog: is missing; {MAKE}\nroute alert_id=~watchdog: is declared nowhere; {MAKE}",
    ),
    "a route more": (
        of_routes(lambda routes: routes.insert(0, {"receiver": "slack-deploys", "object_matchers": [["a", "=", "b"]]})),
        f"route a=b: is declared nowhere; {MAKE}",
    ),
    "a route more, in an older form": (
        of_routes(lambda routes: routes.append({"receiver": "slack-deploys", "matchers": ["a=b"]})),
        f'route ["a=b"]: is declared nowhere; {MAKE}',
    ),
    "an order of routes": (
        of_routes(lambda routes: routes.insert(0, routes.pop(place(routes, WATCHDOG_ROUTE)))),
        "policy tree: its route alert_id=watchdog is before environment!=production, environment=~.+, not after it; "
        + MAKE,
    ),
    "a tree that people can edit": (
        lambda state: state["policy"].update(provenance=""),
        f"policy tree: was not written by our provider, so everybody can edit it in Grafana; {MAKE}",
    ),
    "a missing timing": (
        lambda state: state["timings"].pop("business-hours-ivan"),
        f"timing business-hours-ivan: is missing; {MAKE}",
    ),
    "a timing": (
        lambda state: state["timings"]["business-hours-ivan"]["time_intervals"][0]["times"][0].update(end_time="23:00"),
        f'timing business-hours-ivan: intervals[0].times[0].end_time is "23:00", not "18:00"; {MAKE}',
    ),
    "the days of a timing": (
        lambda state: state["timings"]["business-hours-ivan"]["time_intervals"][0].update(weekdays=["monday:sunday"]),
        f'timing business-hours-ivan: intervals[0].weekdays[0][1] is "0", not "5"; {MAKE}',
    ),
    "a time zone": (
        lambda state: state["timings"]["business-hours-ivan"]["time_intervals"][0].pop("location"),
        f'timing business-hours-ivan: intervals[0].location is "UTC", not "Europe/Berlin"; {MAKE}',
    ),
    "a missing contact point": (
        without_point("slack-deploys"),
        f"contact point slack-deploys (slack): is missing; {MAKE}",
    ),
    "the title of a contact point": (
        of_point("slack-alerts", lambda one: one["settings"].update(title="x")),
        f"contact point slack-alerts (slack): settings.title is not as declared; {MAKE}",
    ),
    "the type of a contact point": (
        of_point(WATCHDOG, lambda one: one.update(_SLOW)),
        "\n".join(
            f"contact point watchdog ({kind}): {what}; {MAKE}"
            for kind, what in (("webhook", "is missing"), ("email", "is declared nowhere"))
        ),
    ),
    "a contact point without an address": (
        of_point("slack-alerts", lambda one: one["settings"].pop("url")),
        f"contact point slack-alerts (slack): settings.url is missing; {MAKE}",
    ),
    "a mention in a contact point": (
        of_point("slack-alerts", lambda one: one["settings"].update(mentionChannel="channel")),
        f"contact point slack-alerts (slack): settings.mentionchannel is there, and not declared; {MAKE}",
    ),
    "resolved messages of a contact point": (
        of_point("slack-alerts", lambda one: one.update(disableResolveMessage=True)),
        f"contact point slack-alerts (slack): disableResolveMessage is not as declared; {MAKE}",
    ),
    "an integration more": (
        lambda state: state["contact_points"].update(
            hers={"uid": "hers", "name": "slack-alerts", "provenance": "", **_SLOW}
        ),
        f"contact point slack-alerts (email): is declared nowhere; {MAKE}",
    ),
    "a template": (
        of_template("P2 {{", "P3 {{"),
        (
            'template sv0: template is "…alertname -}} P3 {{ template "sv0.environment…", '
            f'not "…alertname -}}}} P2 {{{{ template "sv0.environment…"; {MAKE}'
        ),
    ),
    "a template with our names": (
        lambda state: state["templates"].update(hers={"name": "hers", "template": '{{ define "sv0.title" }}{{ end }}'}),
        f"template hers: is declared nowhere, and defines our sv0.title again; {DELETE}",
    ),
    "a renamed folder": (
        lambda state: state["folders"]["sv0-dev"].update(title="Dev"),
        'folder sv0-dev: title is "Dev", not "SecurityV0 dev"; run `make up STACK=dev`',
    ),
    "a folder inside another": (
        and_then(
            lambda state: state["folders"].update(hers=state["folders"]["sv0-dev"] | {"uid": "hers"}),
            lambda state: state["folders"]["sv0-dev"].update(parentUid="hers"),
        ),
        "folder sv0-dev: parent is there, and not declared; run `make up STACK=dev`",
    ),
    "a data source that does not answer": (
        lambda state: state["datasources"]["grafanacloud-logs"].update(broken="no route to host"),
        (
            "data source grafanacloud-logs: does not answer Grafana (400); "
            "see GRAFANA/connections/datasources/edit/grafanacloud-logs"
        ),
    ),
    "a missing data source": (
        lambda state: state["datasources"].pop("grafanacloud-usage"),
        "data source grafanacloud-usage: is not there; correct `metrics_uid`, `logs_uid` or `usage_uid`",
    ),
    "a rule that was never evaluated": (
        of_evaluation(lastEvaluation=NEVER),
        f"rule {API_DOWN}: was never evaluated; {VIEW}, and status.grafana.com",
    ),
    "a stale evaluation": (
        lambda state: state["evaluations"].update({API_DOWN: {"lastEvaluation": tick(3605)}}),
        f"rule {API_DOWN}: was last evaluated 1h00m ago, although it is every 1m; {VIEW}, and status.grafana.com",
    ),
    "a rule in error": (
        of_evaluation(health="error", lastError="failed: https://u:CANARYpassword@x.example/ 500"),
        f"rule {API_DOWN}: is in error: failed: https://[hidden]@x.example/ 500; {VIEW}",
    ),
    "an error that does not count as one": (
        of_evaluation(lastError="too many samples"),
        f"rule {API_DOWN}: is in error: too many samples; {VIEW}",
    ),
    "a health that nobody knows": (
        of_evaluation(health="odd"),
        f"rule {API_DOWN}: is in error: its health is odd; {VIEW}",
    ),
    "a watchdog that is silent": (
        of_evaluation("sv0-production-watchdog", state="inactive"),
        (
            "rule sv0-production-watchdog: does not fire (its state is inactive), so no signs of life are sent; "
            "see runbooks/watchdog.md"
        ),
    ),
    "a message that does not render": (
        lambda state: state["unrendered"].update({"sv0.text": "missing )"}),
        (
            'contact point slack-alerts (slack): {{ template "sv0.text" . }} does not render: missing ); '
            "run `make up` of the shared stack"
        ),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_each_planted_difference_is_named_and_nothing_else(
    name: str, verified: Verified, state: Json, standin: Standin
) -> None:
    plant, expected = PLANTED[name]
    plant(state)

    assert "\n".join(lines(verified())).replace(f"{standin.state.base}/stack/acme", "GRAFANA") == expected


def test_a_grafana_as_an_up_leaves_it_gives_no_line(verified: Verified) -> None:
    assert (verified(), verified("production"), verified("dev")) == ([], [], [])


SAME = {
    "other spellings of a duration": of_rule(**{"for": "2m0s", "keep_firing_for": ""}),
    "a day in hours": of_routes(
        lambda routes: [one.update(repeat_interval="24h") for one in routes if one.get("repeat_interval") == "1d"]
    ),
    "defaults of a rule": of_rule(missingSeriesEvalsToResolve=2, notification_settings=None, isPaused=False),
    "another order of labels": lambda state: state["rules"][API_DOWN].update(
        labels=dict(reversed(state["rules"][API_DOWN]["labels"].items()))
    ),
    "whole numbers": of_model(1, lambda one: one["conditions"][0]["evaluator"].update(params=[1])),
    "the old name of expressions": lambda state: state["rules"][API_DOWN]["data"][1].update(datasourceUid="-100"),
    "what is empty": of_model(0, lambda one: one.update(hide=False, legendFormat="", exemplar=None)),
    "null instead of nothing": of_route(
        P1, lambda one: one.update(routes=None, mute_time_intervals=None, continue_=None)
    ),
    "another order of matchers": of_routes(lambda routes: routes[0]["object_matchers"].reverse()),
    "another order of grouping": of_route(P1, lambda one: one["group_by"].reverse()),
    "a template with a new line": lambda state: state["templates"]["sv0"].update(
        template="\n" + state["templates"]["sv0"]["template"] + "\n\n"
    ),
    "a setting that is empty": of_point(
        "slack-alerts", lambda one: one["settings"].update(recipient="", username=None)
    ),
    "the order of days": lambda state: state["timings"]["business-hours-ivan"]["time_intervals"][0].update(
        months=[], weekdays=["Monday:Friday"]
    ),
    "what others made": and_then(
        lambda state: state["folders"].update(hers={"uid": "hers", "title": "Hers", "parentUid": ""}),
        hers("hers", "hers"),
        lambda state: state["contact_points"].update(hers={"uid": "hers", "name": "hers", **_SLOW}),
        lambda state: state["timings"].update(hers={"name": "hers", "time_intervals": []}),
        lambda state: state["templates"].update(hers={"name": "hers", "template": '{{ define "hers" }}{{ end }}'}),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_grafana_writes_in_another_way_is_no_difference(name: str, verified: Verified, state: Json) -> None:
    SAME[name](state)

    assert lines(verified()) == []


def test_another_stack_is_not_compared(verified: Verified, state: Json) -> None:
    state["folders"]["sv0-dev"]["title"] = "Dev"
    state["policy"]["repeat_interval"] = "1h"

    assert lines(verified("dev")) == ['folder sv0-dev: title is "Dev", not "SecurityV0 dev"; run `make up STACK=dev`']
    assert len(lines(verified("production"))) == 1


def test_a_tree_without_any_route_is_written_only_when_it_is_replaced(verified: Verified, state: Json) -> None:
    """A refresh does not see it: reference real-engine.md 3.10."""
    state["policy"]["routes"] = []
    found = lines(verified())

    assert [line for line in found if "route" not in line.partition(":")[0]] == []
    anew = "is missing; run `pulumi up --stack production --replace '**::notification-policy-tree'`"
    assert all(one.endswith(anew) for one in found)


def test_a_rule_without_data_is_a_note(verified: Verified, state: Json) -> None:
    of_evaluation(health="nodata")(state)
    (found,) = verified()

    assert found.note
    assert str(found).startswith(f"rule {API_DOWN}: has no data")


def test_the_first_evaluation_is_waited_for(verified: Verified, state: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    state["evaluations"] |= {uid: {"lastEvaluation": NEVER, "state": "inactive"} for uid in state["rules"]}
    waited: list[int] = []
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        state["evaluations"] = {}

    monkeypatch.setattr("resilience.account.verify.evaluation.time.sleep", sleep)

    assert verified(patience=Patience(60, waited.append)) == []
    assert (waited, slept) == ([len(state["rules"])], [10])


def test_waiting_ends(verified: Verified, state: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    of_evaluation(lastEvaluation=NEVER)(state)
    passed = iter(range(10**6))
    monkeypatch.setattr("resilience.account.verify.evaluation.time.sleep", lambda _: None)
    monkeypatch.setattr("resilience.account.verify.evaluation._now", lambda: float(next(passed)))

    assert len(lines(verified(patience=Patience(5)))) == 1
    assert next(passed) < 10


def test_a_paused_rule_is_not_waited_for(verified: Verified, state: Json) -> None:
    of_rule(isPaused=True)(state)
    waited: list[int] = []

    assert len(lines(verified(patience=Patience(60, waited.append)))) == 1
    assert waited == []


@pytest.mark.parametrize(("status", "is_note"), [(404, True), (410, True), (500, False), (403, False)])
def test_where_templates_cannot_be_tested_that_is_said(
    verified: Verified, standin: Standin, status: int, is_note: bool
) -> None:
    Client(standin)("POST", "/_faults", {"match": "POST .*/templates/test", "status": status, "count": 99})
    found = verified()

    assert {one.note for one in found} == {is_note}
    assert str(status) in str(found[0])
    assert len(found) == 1 if is_note else len(found) > 1


def test_a_message_is_sent_to_each_contact_point_on_request(verified: Verified, state: Json) -> None:
    verified()
    assert state["sent"] == []

    found = verified(notify=True)

    points = sorted(one["name"] for one in state["contact_points"].values())
    assert {"slack-alerts", "slack-deploys", WATCHDOG} <= set(points)
    assert [one["name"] for one in state["sent"]] == points
    assert {one["alert"]["labels"]["alertname"] for one in state["sent"]} == {"Test message"}
    assert [(one.note, one.subject.split()[2]) for one in found] == [(True, name) for name in points]


def test_a_message_that_does_not_arrive_is_named_without_its_address(verified: Verified, state: Json) -> None:
    state["undelivered"]["watchdog"] = 'Post "https://hc.example/7f0c-CANARY": no such host'

    assert lines(verified(notify=True)) == [
        (
            'contact point watchdog (webhook): sent no test message: Post "[address] no such host; '
            "run `make up` of the shared stack, and see whether the receiver takes messages"
        )
    ]


def test_where_contact_points_cannot_be_tested_that_is_said(verified: Verified, standin: Standin) -> None:
    Client(standin)("POST", "/_faults", {"match": "POST .*/receivers/", "status": 404, "count": 99})

    assert [(one.note, "404" in str(one)) for one in verified(notify=True)] == [(True, True)]


def test_a_data_source_that_answers_with_an_error_is_named(verified: Verified, spoilt: dict[str, bytes]) -> None:
    spoilt["/grafanacloud-logs/health"] = b'{"status": "ERROR"}'

    assert [line.partition(":")[0] for line in lines(verified())] == ["data source grafanacloud-logs"]


@pytest.mark.parametrize(("text", "why"), [(" ", "it is empty"), ("P1 <no value>", "its text shows <no value>")])
def test_an_empty_message_does_not_render(verified: Verified, spoilt: dict[str, bytes], text: str, why: str) -> None:
    spoilt["/templates/test"] = json.dumps({"results": [{"name": "sv0-verify", "text": text}]}).encode()

    assert {f"does not render: {why};" in line for line in lines(verified())} == {True}


def test_a_part_that_cannot_be_read_hides_no_other(verified: Verified, state: Json, standin: Standin) -> None:
    state["datasources"]["grafanacloud-logs"]["broken"] = "x"
    Client(standin)("POST", "/_faults", {"match": "GET .*/prometheus/grafana", "status": 503, "count": 99})

    assert [line.partition(":")[0] for line in lines(verified())] == ["data source grafanacloud-logs", "evaluation"]


RULE_PATHS = ("/alert-rules", "/api/prometheus/grafana/api/v1/rules")
PATHS = (
    *("/folders", *RULE_PATHS, "/contact-points", "/mute-timings", "/provisioning/templates", "/policies"),
    *("/grafanacloud-prom/health", "/frontend/settings", "/templates/test", "/receivers/c2xhY2stYWxlcnRz/test"),
)


@pytest.mark.parametrize("path", PATHS)
def test_whatever_grafana_answers_is_a_sentence(
    verified: Verified, standin: Standin, spoilt: dict[str, bytes], path: str
) -> None:
    numbers, good = hostile.seeded(f"verify {path}"), answered(standin, path)
    documents = [*map(hostile.as_json, hostile.spoilt(good, 3, numbers)), *numbers.sample(hostile.TEXTS, 1)]
    for document in documents:
        spoilt[path] = document
        text = outcome(lambda: verified(notify=True))
        assert hostile.PASSWORD not in text
        assert hostile.CANARY not in text
        assert len(text) < 600_000


ODD: tuple[Any, ...] = (True, 10**400, 1e308, "x", [], [[]], {"a": {"b": [1]}})
LISTS = ("/folders", "/alert-rules", "/contact-points", "/mute-timings", "/provisioning/templates")


@pytest.mark.parametrize("path", [*LISTS, RULE_PATHS[1], "/policies"])
def test_a_value_of_any_type_at_any_place_is_a_difference_or_a_sentence(
    verified: Verified, standin: Standin, spoilt: dict[str, bytes], path: str
) -> None:
    good = answered(standin, path)
    if path in LISTS:
        body: Any = good + [odd for odd in odd_ones(good[0]) if odd.keys() >= KEYS[path]]
    elif path == "/policies":
        body = good | {"routes": good["routes"] + list(odd_ones(good["routes"][1], ("object_matchers", "routes")))}
    else:
        body = {
            "data": {"groups": [{"interval": 5, "rules": [odd]} for odd in odd_ones({"uid": API_DOWN, "state": "x"})]}
        }
    spoilt[path] = json.dumps(body).encode()

    assert outcome(lambda: verified(notify=True))


@pytest.mark.parametrize(
    ("live", "fits"),
    [
        ("https://live/a?end=123", True),
        ("https://mock/a?end=123", True),
        ("https://live/b?end=123", False),
        ("https://live/a?end=x", False),
        ("https://other/a?end=123", False),
    ],
)
def test_only_what_an_up_knows_may_differ_in_a_text(live: str, fits: bool) -> None:
    hidden = Placeholders({"https://mock": "https://live|https://mock", "4070908800": r"\d{1,12}"})

    assert hidden.fits("https://mock/a?end=4070908800", live) == fits
    assert not hidden.fits("a text without them", live)


MADE: dict[str, Callable[[Json], Thing]] = {
    "/alert-rules": things._rule,
    "/contact-points": things._integration,
    "/mute-timings": lambda one: things._timing("x", one["time_intervals"]),
    "/provisioning/templates": things._template,
    "/folders": lambda one: things._folder(one, ""),
    "/policies": lambda one: Thing(things.ROUTE, "x", things._node(one, things._existing_matchers)),
}


@pytest.mark.parametrize("path", MADE)
def test_a_value_of_any_type_is_compared(standin: Standin, path: str) -> None:
    good, make, hidden = answered(standin, path), MADE[path], Placeholders({})
    one = good["routes"][1] | {"group_by": ["x"]} if path == "/policies" else good[-1]
    wanted = make(one)
    found = [comparison._fields(wanted, make(odd), hidden, "") for odd in odd_ones(one, ("uid", "name", "routes"))]

    assert sum(bool([str(line) for line in lines]) for lines in found) > len(found) / 10
    assert [str(line) for line in comparison._fields(wanted, make(one), hidden, "")] == []


KEYS = {path: {"uid"} for path in LISTS[:2]} | {path: {"name"} for path in LISTS[2:]}


def odd_ones(good: Json, apart: tuple[str, ...] = ("uid", "name")) -> Iterator[Json]:
    """Copies, each with one odd value at one place; what identifies the thing stays, or all would be a bad answer."""
    for place in places(good):
        if place[0] not in apart:
            for value in ODD:
                odd = copy.deepcopy(good)
                parent = odd
                for key in place[:-1]:
                    parent = parent[key]
                parent[place[-1]] = value
                yield odd


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Where something is, at any depth."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (key,)
        yield from ((key, *rest) for rest in places(child))


def answered(standin: Standin, path: str) -> Any:
    """A good answer; of an object that is only read after a POST, the request's own form will do."""
    found = {
        "/grafanacloud-prom/health": {"status": "OK"},
        "/templates/test": {"results": [{"name": "sv0-verify", "text": "x"}], "errors": [{"message": "x"}]},
        "/receivers/c2xhY2stYWxlcnRz/test": {"status": "failure", "error": "x"},
    }
    if path in found:
        return found[path]
    whole = path if path.startswith("/api") else f"/api{path}" if path[1] == "f" else f"/api/v1/provisioning{path}"
    whole = whole.replace("provisioning/provisioning", "provisioning")
    return Client(standin, "/stack/acme", TOKEN)("GET", whole).body


def outcome(run: Callable[[], list[LiveDifference]]) -> str:
    """What is printed; any other exception than this one is a bug."""
    try:
        found = run()
    except UserError as error:
        return str(error)
    assert isinstance(json.loads(display.as_json(found)), dict)
    return display.as_text(found)


def test_an_answer_without_an_end_is_cut(verified: Verified, state: Json) -> None:
    for number in range(510):
        state["rules"][f"hers-{number}"] = state["rules"][API_DOWN] | {"uid": f"hers-{number}", "ruleGroup": "hers"}
    found = lines(verified())

    assert len(found) == 501
    assert found[-1] == "and more: 10 others are not listed; fix these first"


def test_a_secret_of_a_contact_point_is_never_shown(verified: Verified, state: Json) -> None:
    """Grafana shows the address of a webhook, and whoever knows the watchdog's can forge signs of life."""
    of_point(WATCHDOG, lambda one: one["settings"].update(url="https://hc.example/CANARY", message="CANARY"))(state)
    of_point("slack-alerts", lambda one: one["settings"].update(title="CANARY", token="CANARY"))(state)
    found = verified(notify=True)

    assert len(lines(found)) == 3
    assert "CANARY" not in display.as_text(found) + display.as_json(found)


def test_a_rejected_token_is_one_sentence(verified: Verified) -> None:
    with pytest.raises(UserError, match=r"answers 401 to /api/folders.*give the token the role Admin"):
        verified(token="glsa_CANARYwrong")
