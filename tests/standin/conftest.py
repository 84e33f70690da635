"""A stand-in with a stack `acme` inside the organisation `acme`, and a caller for each of its APIs."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.standin.client import Client
from tests.standin.server import Standin, running
from tests.standin.state import Options

STACK_TOKEN = "glsa_given"
REGION = "prod-eu-west-2"


@pytest.fixture(name="standin", scope="module")
def _standin() -> Iterator[Standin]:
    options = Options(
        org="acme",
        users=["ann", "bob"],
        members=["ann"],
        stacks=["acme"],
        repositories=["acme/infra"],
        max_stacks=2,
        ready_after=1,
        stack_tokens=[STACK_TOKEN],
    )
    with running(options) as standin:
        yield standin


@pytest.fixture(autouse=True)
def _reset(standin: Standin) -> None:
    """Each test starts with the same state."""
    Client(standin)("POST", "/_reset")


@pytest.fixture
def control(standin: Standin) -> Client:
    """Reads and changes the state directly."""
    return Client(standin)


@pytest.fixture
def gcom(standin: Standin) -> Client:
    """grafana.com."""
    return Client(standin, "/api")


@pytest.fixture
def grafana(standin: Standin) -> Client:
    """The Grafana of the stack `acme`."""
    return Client(standin, "/stack/acme/api", STACK_TOKEN)


@pytest.fixture
def provisioning(standin: Standin) -> Client:
    """The provisioning API of that Grafana."""
    return Client(standin, "/stack/acme/api/v1/provisioning", STACK_TOKEN)


@pytest.fixture
def github(standin: Standin) -> Client:
    """GitHub."""
    return Client(standin, "/api/v3", "ghp_any")


@pytest.fixture
def policy_body(gcom: Client) -> dict[str, Any]:
    """What the provider sends for an access policy."""
    stack = gcom("GET", "/instances/acme").body["id"]
    return {
        "name": "telemetry",
        "displayName": "Telemetry",
        "scopes": ["metrics:write", "logs:write"],
        "realms": [{"type": "stack", "identifier": str(stack), "labelPolicies": []}],
        "conditions": {},
    }
