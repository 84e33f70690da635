"""The doctor and what Pulumi's state holds: what is ours, what waits for production, and what an `up` lost."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from resilience.account.doctor import failed, state
from resilience.account.http import ApiClient, ApiResponse
from resilience.manifest import Manifest, types
from tests.account.conftest import APPLIED, CREATED, Doctor, Edit, Of, state_of
from tests.standin.client import Client
from tests.standin.server import Standin

StateAnswer = Callable[[str, object], None]
ADMIN = "glsa_CANARYadmin"
NO_ORPHAN = "ok       orphans: none on grafana.com, Grafana is checked if GRAFANA_TOKEN is set"


def lost(kind: str, key: str) -> str:
    return (
        f'MISSING  orphans: {kind} "{key}" exists, but not in Pulumi\'s state; '
        "delete it: docs/bootstrap.md, After a lost answer"
    )


def test_a_stack_that_this_program_created_is_ours(
    doctor: Doctor, of: Of, edit: Edit, production: Manifest, standin: Standin
) -> None:
    edit("production", "adopt: true", CREATED)
    applied = state_of(production)
    there = of(doctor("production", FAKE_STATE_production=applied), "grafana stack")
    standin.state.cloud["stacks"].clear()

    assert there == ["ok       grafana stack: acme exists, and is ours"]
    assert of(doctor("production", FAKE_STATE_production=applied), "grafana stack") == [
        "MISSING  grafana stack: acme was ours, and is not there (404); run `pulumi refresh --stack production`"
    ]


def test_who_made_the_stack_is_unknown_while_the_state_cannot_be_read(doctor: Doctor, of: Of, edit: Edit) -> None:
    edit("production", "adopt: true", CREATED)
    findings = doctor("production", FAKE_STATE_production="")

    assert of(findings, "grafana stack") == [
        "unknown  grafana stack: cannot be checked (Pulumi's state cannot be read, so it is not known who made it)"
    ]
    assert not failed(findings)


@pytest.mark.parametrize(
    "variables",
    [{"FAKE_STATE_production": json.dumps({"deployment": {}})}, {"FAKE_STACKS": json.dumps([{"name": "dev"}])}],
    ids=["never applied", "no such stack"],
)
def test_another_environment_waits_for_production(doctor: Doctor, of: Of, variables: dict[str, str]) -> None:
    findings = doctor(online=False, **variables)

    assert of(findings, "production") == [
        "MISSING  production: has no output checks_token yet; run `make up STACK=production`"
    ]


def test_production_and_an_environment_without_outside_checks_wait_for_nothing(
    doctor: Doctor, of: Of, edit: Edit
) -> None:
    never = json.dumps({"deployment": {}})
    edit("dev", "    uptime:\n", "    uptime:\n      outside: false\n")

    assert of(doctor("production", online=False, FAKE_STATE_production=never), "production") == []
    assert of(doctor(online=False, FAKE_STATE_production=never), "production") == []


@pytest.mark.parametrize("variables", [{"FAKE_STATE_production": ""}, {"FAKE_STACKS": "nonsense"}])
def test_an_unreadable_production_fails_nothing(doctor: Doctor, of: Of, variables: dict[str, str]) -> None:
    findings = doctor(online=False, **variables)

    assert of(findings, "production") == [
        "unknown  production: cannot be checked (Pulumi cannot be asked for its outputs)"
    ]
    assert not failed(findings)


def test_the_organisation_of_a_stack_is_that_of_its_production(doctor: Doctor, of: Of) -> None:
    findings = doctor("acme/sv0-resilience/dev", online=False, FAKE_ORGANISATION="acme/sv0-resilience/")

    assert of(findings, "production") == ["ok       production: has the output checks_token"]


def policy(standin: Standin, name: str) -> None:
    realm = {"type": "stack", "identifier": next(iter(standin.state.cloud["stacks"]))}
    wanted = {"name": name, "scopes": ["logs:write"], "realms": [realm]}
    answer = Client(standin)("POST", "/api/v1/accesspolicies?region=prod-eu-west-2", wanted)
    assert answer.status == 200


def test_an_access_policy_that_only_grafana_com_knows_is_an_orphan(
    doctor: Doctor, of: Of, dev: Manifest, standin: Standin
) -> None:
    for name in ("sv0-dev-telemetry", "somebody-elses"):
        policy(standin, name)

    assert of(doctor(), "orphans") == [lost("access policy", "sv0-dev-telemetry")]
    assert of(doctor(FAKE_STATE_dev=state_of(dev)), "orphans") == [NO_ORPHAN]
    assert of(doctor(FAKE_STATE_dev=state_of(dev, types.ACCESS_POLICY)), "orphans") != [NO_ORPHAN]


def test_inside_grafana_orphans_are_found_with_a_token(doctor: Doctor, of: Of, dev: Manifest, standin: Standin) -> None:
    object.__setattr__(standin.state.options, "stack_tokens", [ADMIN])
    Client(standin, "/stack/acme", ADMIN)("POST", "/api/folders", {"uid": "sv0-dev", "title": "SecurityV0 dev"})
    cloud = Client(standin)
    cloud("POST", "/api/instances/acme/api/serviceaccounts", {"name": "sv0-dev-pulumi"})
    findings = doctor(GRAFANA_TOKEN=ADMIN)

    assert of(findings, "orphans") == [lost("folder", "sv0-dev"), lost("service account", "sv0-dev-pulumi")]
    assert of(doctor(GRAFANA_TOKEN=ADMIN, FAKE_STATE_dev=state_of(dev)), "orphans") == [
        "ok       orphans: none on grafana.com, and none in Grafana"
    ]
    assert ADMIN not in str(findings)


def test_orphans_are_unknown_while_the_state_cannot_be_read(doctor: Doctor, of: Of) -> None:
    findings = doctor(FAKE_STATE_dev="")

    assert of(findings, "orphans") == [
        "unknown  orphans: cannot be checked (what is declared, or what Pulumi's state holds, cannot be read)"
    ]
    assert not failed(findings)


def test_orphans_are_unknown_while_grafana_com_fails(doctor: Doctor, of: Of, standin: Standin) -> None:
    Client(standin)("POST", "/_faults", {"match": "GET /api/v1/accesspolicies", "skip": 1, "status": 503})
    findings = doctor()

    assert of(findings, "orphans") == [
        (
            "unknown  orphans: cannot be checked "
            f"({standin.state.base} answers 503 to "
            "/api/v1/accesspolicies?region=prod-eu-west-2&name=sv0-dev-telemetry)"
        )
    ]
    assert not failed(findings)


def test_a_token_that_grafana_rejects_leaves_orphans_unknown(doctor: Doctor, of: Of, standin: Standin) -> None:
    assert of(doctor(GRAFANA_TOKEN=ADMIN), "orphans") == [
        (
            f"unknown  orphans: cannot be checked ({standin.state.base}/stack/acme answers 401 to "
            "/api/folders?limit=1000&parentUid=; give the token the role Admin)"
        )
    ]


def test_before_the_stack_is_made_nothing_is_an_orphan(doctor: Doctor, of: Of, standin: Standin) -> None:
    policy(standin, "sv0-dev-telemetry")

    assert of(doctor(FAKE_STACKS="[]"), "orphans") == []


def test_the_state_is_read_as_a_manifest_with_its_secrets_masked(doctor: Doctor, checkout: Path) -> None:
    doctor(online=False)
    held = state.read("production", checkout)

    assert held is not None
    assert held.outputs == {"checks_token": "[secret]"}
    assert [one.name for one in held.resources] == ["sv0-resilience-production"]


@pytest.mark.parametrize(
    "resources",
    [
        "abc",
        [1],
        {"a": 1},
        [{"urn": "urn:x"}],
        [{"urn": 5, "type": "x"}],
        [APPLIED | {"dependencies": 5}],
        [APPLIED | {"aliases": [{}]}],
        [APPLIED | {"inputs": "x"}],
        [APPLIED | {"outputs": [1]}],
        [APPLIED | {"parent": 5}],
    ],
)
def test_an_export_of_another_shape_cannot_be_read(doctor: Doctor, of: Of, resources: object) -> None:
    findings = doctor(FAKE_STATE_dev=json.dumps({"deployment": {"resources": resources}}))

    assert of(findings, "orphans") == [
        "unknown  orphans: cannot be checked (what is declared, or what Pulumi's state holds, cannot be read)"
    ]
    assert not failed(findings)


@pytest.mark.parametrize(
    "lacking",
    [
        types.STACK,
        types.ORG_MEMBER,
        types.ACCESS_POLICY,
        types.SERVICE_ACCOUNT,
        types.FOLDER,
        types.RULE_GROUP,
        types.CONTACT_POINT,
        types.MUTE_TIMING,
        types.MESSAGE_TEMPLATE,
        types.NOTIFICATION_POLICY,
    ],
)
def test_a_resource_without_inputs_is_none_of_what_is_declared(
    doctor: Doctor, of: Of, edit: Edit, production: Manifest, lacking: str
) -> None:
    edit("production", "adopt: true", CREATED)
    edit("production", "role: Admin, joined: true", "role: Admin, joined: false")
    held = json.loads(state_of(production))
    held["deployment"]["resources"].append({"urn": f"urn:pulumi:x::y::{lacking}::z", "type": lacking})

    assert of(doctor("production", FAKE_STATE_production=json.dumps(held)), "orphans") == [NO_ORPHAN]


@pytest.fixture(name="answer")
def _answer(monkeypatch: pytest.MonkeyPatch) -> StateAnswer:
    """Gives another body to the requests whose path begins so."""
    send = ApiClient.send

    def change(path: str, body: object) -> None:
        def sent(client: ApiClient, wanted: str) -> ApiResponse:
            return ApiResponse(200, body) if wanted.startswith(path) else send(client, wanted)

        monkeypatch.setattr(ApiClient, "send", sent)

    return change


@pytest.mark.parametrize(
    "case",
    [
        ("/api/instances/acme", {"url": "http://x"}, "orphans"),
        ("/api/instances/acme", {"regionSlug": "x"}, "orphans"),
        ("/api/orgs/acme/members", {"items": ["x"]}, "grafana users"),
        ("/api/orgs/acme/members", ["x"], "grafana users"),
        ("/api/orgs/acme/members", {"items": 5}, "grafana users"),
        ("/api/orgs/acme/members", None, "grafana users"),
        ("/api/folders", {"a": 1}, "orphans"),
        ("/api/v1/provisioning/alert-rules", [{}], "orphans"),
        ("/api/v1/provisioning/contact-points", 5, "orphans"),
        ("/api/v1/provisioning/policies", [], "orphans"),
        ("/api/serviceaccounts/search", [], "orphans"),
    ],
)
def test_an_answer_of_another_shape_is_unknown(
    doctor: Doctor,
    of: Of,
    standin: Standin,
    answer: StateAnswer,
    case: tuple[str, object, str],
) -> None:
    path, body, subject = case
    object.__setattr__(standin.state.options, "stack_tokens", [ADMIN])
    answer(path, body)
    findings = doctor(GRAFANA_TOKEN=ADMIN)

    (found,) = of(findings, subject)
    assert found.startswith(f"unknown  {subject}: cannot be checked (")
    assert "has another shape (" in found
    assert not failed(findings)
