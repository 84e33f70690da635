"""GitHub and Synthetic Monitoring as the providers see them."""

import base64
from typing import Any

import pytest
from nacl.public import PublicKey, SealedBox

from tests.standin.client import Client
from tests.standin.conftest import REGION

INFRA = "/repos/acme/infra"
CHECK = {
    "target": "https://app.example.com/ready",
    "job": "sv0-production-ready",
    "frequency": 60000,
    "timeout": 5000,
    "enabled": True,
    "probes": [1, 2],
    "labels": [],
    "settings": {"http": {"method": "GET", "ipVersion": "V4", "validStatusCodes": [200]}},
}


def sealed(github: Client, place: str, value: str) -> dict[str, str]:
    """The body with which the provider sends a secret."""
    key = github("GET", f"{place}/public-key").body
    box = SealedBox(PublicKey(base64.b64decode(key["key"])))
    return {"key_id": key["key_id"], "encrypted_value": base64.b64encode(box.encrypt(value.encode())).decode()}


def test_the_provider_starts_with_its_owner(github: Client) -> None:
    assert [github("GET", path).status for path in ("/orgs/acme", "/orgs/nobody", INFRA)] == [200, 404, 200]
    assert github("GET", INFRA, Authorization="").status == 401


def test_a_secret_of_a_repository_is_an_upsert_and_its_value_is_never_returned(github: Client, control: Client) -> None:
    place = f"{INFRA}/actions/secrets"
    statuses = [github("PUT", f"{place}/token", sealed(github, place, value)).status for value in ("old", "CANARY")]
    read = github("GET", f"{place}/TOKEN")

    assert (statuses, set(read.body)) == ([201, 204], {"name", "created_at", "updated_at"})
    repository = control("GET", "/_state").body["github"]["repositories"]["acme/infra"]
    assert {name: secret["value"] for name, secret in repository["secrets"].items()} == {"TOKEN": "CANARY"}
    assert github("GET", place).body["total_count"] == 1
    assert [github("DELETE", f"{place}/TOKEN").status for _ in range(2)] == [204, 404]


def test_a_secret_of_an_environment_is_found_by_the_id_of_its_repository(github: Client) -> None:
    number = github("GET", INFRA).body["id"]
    github("PUT", f"{INFRA}/environments/production", {"can_admins_bypass": True})
    place = f"/repositories/{number}/environments/production/secrets"

    assert github("PUT", f"{place}/TOKEN", sealed(github, place, "x")).status == 201
    assert github("GET", f"{place}/TOKEN").status == 200
    assert github("GET", f"/repositories/{number}/environments/dev/secrets/public-key").status == 404


@pytest.mark.parametrize(
    ("name", "given"), [("A-B", {}), ("GITHUB_X", {}), ("X", {"key_id": "1"}), ("X", {"encrypted_value": "eA=="})]
)
def test_an_invalid_secret_is_rejected(github: Client, name: str, given: dict[str, str]) -> None:
    place = f"{INFRA}/actions/secrets"

    assert github("PUT", f"{place}/{name}", sealed(github, place, "x") | given).status == 422


def test_a_put_of_an_environment_resets_its_rules_and_a_delete_removes_its_secrets(github: Client) -> None:
    place = f"{INFRA}/environments/eu%2Fdev"
    reviewers = {"reviewers": [{"type": "User", "id": 1}], "wait_timer": 5}
    with_rules = github("PUT", place, reviewers).body["protection_rules"]
    without = github("PUT", place, {}).body

    assert ([one["type"] for one in with_rules], without["protection_rules"]) == (
        ["wait_timer", "required_reviewers"],
        [],
    )
    assert without["name"] == "eu/dev"
    assert github("GET", f"{INFRA}/environments").body["total_count"] == 1
    assert [github("DELETE", place).status, github("GET", place).status] == [204, 404]


@pytest.mark.parametrize(
    "body",
    [
        {"wait_timer": 50000},
        {"deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": True}},
    ],
)
def test_an_invalid_environment_is_rejected(github: Client, body: dict[str, Any]) -> None:
    assert github("PUT", f"{INFRA}/environments/x", body).status == 422


@pytest.fixture(name="publisher")
def _publisher(gcom: Client, policy_body: dict[str, Any]) -> Client:
    """A client with a token that may register: it has the four scopes."""
    scopes = ["stacks:read", "metrics:write", "logs:write", "traces:write"]
    policy = gcom("POST", f"/v1/accesspolicies?region={REGION}", policy_body | {"scopes": scopes}).body
    wanted = {"name": "publisher", "accessPolicyId": policy["id"]}
    token = gcom("POST", f"/v1/tokens?region={REGION}", wanted).body["token"]
    return Client(gcom.standin, "/sm/api/v1", token)


@pytest.fixture(name="installation")
def _installation(gcom: Client) -> dict[str, int]:
    stack = gcom("GET", "/instances/acme").body
    return {
        "stackId": stack["id"],
        "metricsInstanceId": stack["hmInstancePromId"],
        "logsInstanceId": stack["hlInstanceId"],
    }


@pytest.fixture(name="synthetics")
def _synthetics(publisher: Client, installation: dict[str, int]) -> Client:
    token = publisher("POST", "/register/install", installation).body["accessToken"]
    return Client(publisher.standin, "/sm/api/v1", token)


def test_an_installation_is_made_validated_and_deleted(synthetics: Client) -> None:
    assert synthetics("POST", "/token/validate").body["isValid"] is True
    assert [synthetics("DELETE", "/token/delete").status, synthetics("POST", "/token/validate").status] == [200, 401]


def test_a_token_that_may_not_publish_may_not_install(
    publisher: Client, installation: dict[str, int], gcom: Client, policy_body: dict[str, Any]
) -> None:
    policy = gcom("POST", f"/v1/accesspolicies?region={REGION}", policy_body | {"name": "weak"}).body
    weak = gcom("POST", f"/v1/tokens?region={REGION}", {"name": "weak", "accessPolicyId": policy["id"]}).body["token"]
    unknown, without_scopes = (Client(publisher.standin, "/sm/api/v1", token) for token in ("unknown", weak))

    assert unknown("POST", "/register/install", installation).status == 401
    assert without_scopes("POST", "/register/install", installation).status == 403
    assert publisher("POST", "/register/install", installation | {"stackId": 1}).status == 400


def test_a_check_is_added_read_changed_and_deleted(synthetics: Client) -> None:
    added = synthetics("POST", "/check/add", CHECK)
    number = added.body["id"]
    changed = synthetics("POST", "/check/update", CHECK | {"id": number, "frequency": 120000})
    gone = [synthetics("DELETE", f"/check/delete/{number}").status, synthetics("GET", f"/check/{number}").status]

    assert (added.status, changed.status, changed.body["frequency"], gone) == (200, 200, 120000, [200, 404])
    assert {"tenantId", "created", "modified"} <= set(added.body)


def test_a_missing_check_is_404_not_found_which_the_provider_searches_for(synthetics: Client) -> None:
    assert synthetics("GET", "/check/1").body["err"] == "404 Not Found"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"settings": {}}, 400),
        ({"settings": {"http": {}, "ping": {}}}, 400),
        ({"probes": [99]}, 400),
        ({"frequency": 5000}, 400),
        ({"job": ""}, 400),
        ({}, 409),
    ],
)
def test_a_check_that_cannot_run_is_rejected(synthetics: Client, given: dict[str, Any], status: int) -> None:
    synthetics("POST", "/check/add", CHECK)

    assert synthetics("POST", "/check/add", CHECK | given).status == status


def test_the_alerts_of_a_check_are_stored_and_places_are_listed(synthetics: Client) -> None:
    number = synthetics("POST", "/check/add", CHECK).body["id"]
    alerts = [{"name": "ProbeFailedExecutionsTooHigh", "threshold": 1, "period": "5m"}]

    assert synthetics("PUT", f"/check/{number}/alerts", {"alerts": alerts}).body == {"alerts": alerts}
    assert synthetics("GET", f"/check/{number}/alerts").body == {"alerts": alerts}
    assert {"id", "name", "public"} <= set(synthetics("GET", "/probe/list").body[0])
    assert [one["job"] for one in synthetics("GET", "/check/list").body] == ["sv0-production-ready"]
