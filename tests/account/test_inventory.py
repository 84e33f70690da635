"""What exists in a Grafana: ours by stack, what is unmanaged, and what a refresh does not see."""

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner

from resilience.account.http import ApiClient, ApiResponse
from resilience.account.inventory import MISSING, UNMANAGED, Item, as_text, failed, inventory
from resilience.cli import main
from resilience.core.problems import UserError
from resilience.manifest import Manifest
from tests.standin.client import Client
from tests.standin.filled import API, declared, fill, good, rule
from tests.standin.server import Standin, running
from tests.standin.state import Options

TOKEN = "glsa_CANARY"


@pytest.fixture(name="standin")
def _standin() -> Iterator[Standin]:
    with running(Options(stacks=["acme"], stack_tokens=[TOKEN])) as standin:
        yield standin


@pytest.fixture(name="grafana")
def _grafana(standin: Standin, production: Manifest, dev: Manifest) -> Client:
    """A Grafana with exactly what we declare, written as the provider writes it."""
    client = Client(standin, "/stack/acme", TOKEN)
    fill(client, declared(production, dev))
    return client


@pytest.fixture(name="taken")
def _taken(grafana: Client, production: Manifest, dev: Manifest) -> Callable[[], list[Item]]:
    address = f"{grafana.standin.state.base}/stack/acme"
    return lambda: inventory(address, TOKEN, [production, dev])


def unexpected(items: list[Item]) -> list[Item]:
    return [item for item in items if item.owner in (UNMANAGED, MISSING)]


def test_what_we_declare_belongs_to_its_stack_and_nothing_is_unmanaged(taken: Callable[[], list[Item]]) -> None:
    items = taken()

    assert (unexpected(items), failed(items)) == ([], False)
    assert {item.owner for item in items} == {"production", "dev"}
    assert {item.kind for item in items} == {"folder", "rule", "contact point", "timing", "template", "route"}
    assert "folder         dev          sv0-dev" in as_text(items).splitlines()


def test_every_kind_of_unmanaged_thing_is_named(grafana: Client, taken: Callable[[], list[Item]]) -> None:
    good(grafana("POST", "/api/folders", {"uid": "hers", "title": "Hers"}))
    good(grafana("POST", "/api/folders", {"uid": "inner", "title": "Inner", "parentUid": "hers"}))
    hers = rule(
        {"uid": "hers", "name": "Hers", "condition": "A", "noDataState": "OK", "execErrState": "OK", "datas": []}
    )
    query = {"refId": "A", "datasourceUid": "grafanacloud-prom", "relativeTimeRange": {"from": 60}, "model": {}}
    good(grafana("PUT", f"{API}/folder/hers/rule-groups/x", {"interval": 60, "rules": [hers | {"data": [query]}]}))
    good(grafana("PUT", f"{API}/templates/hers", {"template": '{{ define "x" }}{{ end }}'}))
    good(grafana("POST", f"{API}/mute-timings", {"name": "hers"}))
    good(grafana("POST", f"{API}/contact-points", {"name": "hers", "type": "email", "settings": {"addresses": "x"}}))

    assert [(item.kind, item.key) for item in unexpected(taken())] == [
        ("contact point", "hers"),
        ("folder", "hers"),
        ("folder", "inner"),
        ("rule", "hers"),
        ("template", "hers"),
        ("timing", "hers"),
    ]


def test_a_second_integration_that_was_merged_into_ours_is_unmanaged(
    grafana: Client, taken: Callable[[], list[Item]]
) -> None:
    settings = {"url": "https://elsewhere.example"}
    good(grafana("POST", f"{API}/contact-points", {"name": "slack-alerts", "type": "webhook", "settings": settings}))

    assert unexpected(taken()) == [Item("contact point", UNMANAGED, "slack-alerts")]


def test_a_tree_without_its_routes_is_seen_although_a_refresh_does_not_see_it(
    grafana: Client, taken: Callable[[], list[Item]]
) -> None:
    good(grafana("PUT", f"{API}/policies", {"receiver": "slack-unrouted"}))
    lost = unexpected(taken())

    assert {(item.kind, item.owner) for item in lost} == {("route", MISSING)}
    assert "tier=P1" in [item.key for item in lost]


def test_a_route_between_ours_is_unmanaged(grafana: Client, taken: Callable[[], list[Item]]) -> None:
    tree = grafana("GET", f"{API}/policies").body
    tree["routes"].insert(0, {"receiver": "slack-deploys", "object_matchers": [["tier", "=~", ".*"]]})
    good(grafana("PUT", f"{API}/policies", tree))

    assert unexpected(taken()) == [Item("route", UNMANAGED, "tier=~.*")]


def test_what_grafana_rejects_is_reported_without_the_token(production: Manifest, standin: Standin) -> None:
    with pytest.raises(UserError) as rejected:
        inventory(f"{standin.state.base}/stack/acme", "glsa_CANARYwrong", [production])

    assert str(rejected.value) == (
        f"{standin.state.base}/stack/acme answers 401 to /api/folders?limit=1000&parentUid=; "
        "give the token the role Admin"
    )


@pytest.mark.integration
def test_the_command_exits_with_1_if_anything_is_unmanaged(grafana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    address = f"{grafana.standin.state.base}/stack/acme"
    clean = CliRunner().invoke(main, ["inventory", address])
    good(grafana("POST", f"{API}/mute-timings", {"name": "hers"}))
    unmanaged = CliRunner().invoke(main, ["inventory", address, "--json"])

    assert (clean.exit_code, unmanaged.exit_code) == (0, 1)
    assert {"kind": "timing", "owner": "UNMANAGED", "key": "hers"} in json.loads(unmanaged.stdout)


@pytest.mark.parametrize(
    ("url", "token", "message"),
    [
        ("acme.grafana.net", TOKEN, "write it as https://NAME.grafana.net"),
        ("file:///etc/passwd", TOKEN, "write it as https://NAME.grafana.net"),
        ("https://acme.grafana.net", "", "set GRAFANA_TOKEN to a token of a service account with the role Admin"),
    ],
)
def test_a_wrong_call_is_explained(monkeypatch: pytest.MonkeyPatch, url: str, token: str, message: str) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", token)
    result = CliRunner().invoke(main, ["inventory", url])

    assert result.exit_code == 2
    assert message in result.stderr


def test_an_answer_of_another_shape_is_no_traceback(
    taken: Callable[[], list[Item]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApiClient, "send", lambda *_: ApiResponse(200, {"a": 1}))

    with pytest.raises(UserError, match="the answer has another shape"):
        taken()
