"""grafana.com as the provider sees it: codes, conflicts, and values that are shown only once."""

from typing import Any

import pytest

from tests.standin.client import Client
from tests.standin.conftest import REGION

STACK = {"name": "New", "slug": "fresh", "region": REGION, "deleteProtection": False, "description": "", "labels": {}}
OF_REGION = f"?region={REGION}"


def test_a_stack_is_looked_up_made_awaited_and_read(gcom: Client) -> None:
    before = gcom("GET", "/instances/fresh")
    made = gcom("POST", "/v1/stacks", STACK | {"org": "", "url": ""})
    key = made.body["id"]
    ready = [gcom("GET", f"/v1/stacks/{key}/readiness").body["ready"] for _ in range(2)]
    read = gcom("GET", f"/instances/{key}")

    assert (before.status, made.status, ready, read.status) == (404, 200, [False, True], 200)
    assert read.body["url"].endswith("/stack/fresh")
    assert {"hmInstancePromUrl", "hmInstancePromId", "hlInstanceUrl", "hlInstanceId"} <= set(read.body)
    assert gcom("GET", f"/v1/stacks/{key}/connections").body["services"]["syntheticMonitoringApiUrl"].endswith("/sm")
    assert gcom("GET", f"/instances/{key}/connections").body == {"privateConnectivityInfo": {"tenants": []}}


def test_ids_fit_into_a_32_bit_float_because_the_provider_reads_them_as_one(gcom: Client) -> None:
    numbers = [value for key, value in gcom("GET", "/instances/acme").body.items() if key.endswith(("Id", "id"))]

    assert [number for number in numbers if isinstance(number, int) and number >= 2**24] == []


@pytest.mark.parametrize(
    ("given", "status"),
    [({"slug": "acme"}, 409), ({"slug": "with-dash"}, 400), ({"slug": ""}, 400), ({"name": ""}, 400)],
)
def test_a_stack_that_cannot_be_made_is_rejected(gcom: Client, given: dict[str, str], status: int) -> None:
    assert gcom("POST", "/v1/stacks", STACK | given).status == status


def test_a_plan_limits_the_number_of_stacks(gcom: Client) -> None:
    statuses = [gcom("POST", "/v1/stacks", STACK | {"slug": slug}).status for slug in ("second", "third")]

    assert statuses == [200, 403]


def test_a_protected_stack_is_deleted_only_after_its_protection_was_removed(gcom: Client) -> None:
    rejected = gcom("DELETE", "/v1/stacks/acme")
    gcom("POST", "/v1/stacks/acme", {"deleteProtection": False})
    statuses = [gcom("DELETE", "/v1/stacks/acme").status for _ in range(2)]

    assert (rejected.status, statuses) == (409, [200, 404])


def test_a_stack_with_a_new_slug_keeps_its_grafana(gcom: Client, control: Client) -> None:
    gcom("POST", "/v1/stacks/acme", {"slug": "other"})

    assert gcom("GET", "/instances/acme").status == 404
    assert set(control("GET", "/_state").body["grafana"]) == {"other"}


def test_without_a_token_grafana_com_answers_401(gcom: Client) -> None:
    assert gcom("GET", "/orgs/acme", Authorization="").status == 401


def test_a_service_account_and_its_token_are_made_and_deleted(gcom: Client) -> None:
    accounts = "/instances/acme/api/serviceaccounts"
    made = gcom("POST", accounts, {"name": "pulumi", "role": "Admin", "isDisabled": False})
    account = f"{accounts}/{made.body['id']}"
    token = gcom("POST", f"{account}/tokens", {"name": "one", "secondsToLive": 0})
    listed = gcom("GET", f"{account}/tokens")

    assert (made.status, token.status, set(token.body)) == (201, 200, {"id", "name", "key"})
    assert [(one["name"], one["hasExpired"], "key" in one) for one in listed.body] == [("one", False, False)]
    assert gcom("POST", f"{account}/tokens", {"name": "one"}).status == 409
    assert gcom("POST", accounts, {"name": "pulumi", "role": "Admin"}).status == 400
    assert gcom("POST", accounts, {"name": "other", "role": "King"}).status == 400
    assert [gcom("DELETE", f"{account}/tokens/{token.body['id']}").status for _ in range(2)] == [200, 404]
    assert [gcom("DELETE", account).status for _ in range(2)] == [200, 404]


def test_the_key_of_an_account_is_valid_in_its_grafana_until_it_is_deleted(gcom: Client) -> None:
    accounts = "/instances/acme/api/serviceaccounts"
    account = f"{accounts}/{gcom('POST', accounts, {'name': 'pulumi', 'role': 'Admin'}).body['id']}"
    token = gcom("POST", f"{account}/tokens", {"name": "one"}).body
    inside = Client(gcom.standin, "/stack/acme/api", token["key"])

    before = inside("GET", "/org").status
    gcom("DELETE", f"{account}/tokens/{token['id']}")
    assert (before, inside("GET", "/org").status) == (200, 401)


def test_a_policy_is_made_read_changed_and_deleted_with_its_tokens(gcom: Client, policy_body: dict[str, Any]) -> None:
    made = gcom("POST", f"/v1/accesspolicies{OF_REGION}", policy_body).body
    policy = f"/v1/accesspolicies/{made['id']}{OF_REGION}"
    wanted = {"name": "telemetry-1", "accessPolicyId": made["id"], "expiresAt": "2027-01-01T00:00:00Z"}
    token = gcom("POST", f"/v1/tokens{OF_REGION}", wanted).body
    changed = gcom("POST", policy, {"scopes": ["logs:write"]}).body

    assert {"createdAt", "updatedAt", "conditions"} <= set(made)
    assert changed["scopes"] == ["logs:write"]
    assert token["token"].startswith("glc_")
    assert gcom("DELETE", policy).status == 204
    assert [gcom("GET", f"/v1/tokens/{token['id']}{OF_REGION}").status, gcom("GET", policy).status] == [404, 404]


def test_the_value_of_a_token_is_shown_once_and_its_end_as_it_was_sent(
    gcom: Client, policy_body: dict[str, Any]
) -> None:
    policy = gcom("POST", f"/v1/accesspolicies{OF_REGION}", policy_body).body["id"]
    wanted = {"name": "t", "accessPolicyId": policy, "expiresAt": "2027-01-01T00:00:00Z"}
    made = gcom("POST", f"/v1/tokens{OF_REGION}", wanted)
    read = gcom("GET", f"/v1/tokens/{made.body['id']}{OF_REGION}").body

    assert ("token" in read, read["expiresAt"]) == (False, "2027-01-01T00:00:00Z")
    assert gcom("POST", f"/v1/tokens{OF_REGION}", wanted).status == 409
    assert gcom("POST", f"/v1/tokens/{read['id']}{OF_REGION}", {"displayName": "T"}).body["displayName"] == "T"
    assert [gcom("DELETE", f"/v1/tokens/{read['id']}{OF_REGION}").status for _ in range(2)] == [204, 404]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"scopes": []}, 400),
        ({"scopes": ["everything"]}, 400),
        ({"realms": []}, 400),
        ({"realms": [{"type": "stack", "identifier": "1"}]}, 400),
        ({"name": ""}, 400),
    ],
)
def test_an_invalid_policy_is_rejected(
    gcom: Client, policy_body: dict[str, Any], given: dict[str, Any], status: int
) -> None:
    assert gcom("POST", f"/v1/accesspolicies{OF_REGION}", policy_body | given).status == status


def test_a_policy_belongs_to_the_region_of_its_stack(gcom: Client, policy_body: dict[str, Any]) -> None:
    assert gcom("POST", "/v1/accesspolicies?region=us", policy_body).status == 400
    assert gcom("POST", "/v1/accesspolicies", policy_body).status == 400


def test_names_of_policies_are_unique_and_can_be_looked_up(gcom: Client, policy_body: dict[str, Any]) -> None:
    statuses = [gcom("POST", f"/v1/accesspolicies{OF_REGION}", policy_body).status for _ in range(2)]
    found = gcom("GET", f"/v1/accesspolicies{OF_REGION}&name=telemetry").body["items"]

    assert (statuses, [one["name"] for one in found]) == ([200, 409], ["telemetry"])


def test_a_member_is_added_by_login_changed_and_removed(gcom: Client) -> None:
    added = gcom("POST", "/orgs/acme/members", {"username": "bob", "role": "Editor", "billing": 0})
    changed = gcom("POST", "/orgs/acme/members/bob", {"role": "Viewer", "billing": 1})

    assert (added.status, changed.body["role"], changed.body["billing"]) == (200, "Viewer", 1)
    assert [gcom("DELETE", "/orgs/acme/members/bob").status for _ in range(2)] == [200, 404]


def test_an_existing_member_and_an_unknown_user_are_rejected(gcom: Client) -> None:
    existing, unknown = ({"username": name, "role": "Admin"} for name in ("ann", "carl"))

    assert gcom("POST", "/orgs/acme/members", existing).status == 409
    assert gcom("POST", "/orgs/acme/members", unknown).status == 404
    assert gcom("GET", "/orgs/acme/members/ann").body["role"] == "Admin"
