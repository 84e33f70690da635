"""The doubles themselves, without an engine: what they know of each type, and how they fail."""

from collections.abc import Callable

import pytest

from resilience.manifest import Manifest, types
from tests.engine.doubles.kinds import KINDS
from tests.engine.doubles.provider import CREATE, DELETE, ProviderCall, ProviderFault
from tests.engine.doubles.services import ServiceRejectionError, Services

POINT = {"name": "slack-alerts", "slacks": []}
TIMING = {"name": "hours", "intervals": []}
TREE = {
    "contactPoint": "slack-alerts",
    "policies": [
        {"contactPoint": "slack-alerts", "policies": [{"contactPoint": "slack-alerts", "activeTimings": ["hours"]}]}
    ],
}


@pytest.fixture(name="services")
def _services() -> Services:
    """A tree that names a contact point and a timing, a folder with a rule, a policy with a token."""
    services = Services()
    services.create(types.CONTACT_POINT, "point", POINT)
    services.create(types.MUTE_TIMING, "timing", TIMING)
    services.create(types.NOTIFICATION_POLICY, "tree", TREE)
    services.create(types.FOLDER, "folder", {"uid": "f", "preventDestroyIfNotEmpty": True})
    services.create(types.RULE_GROUP, "group", {"name": "g", "folderUid": "f", "rules": [{"uid": "u"}]})
    return services


def test_the_table_has_exactly_the_types_that_are_declared(production: Manifest, dev: Manifest) -> None:
    assert set(KINDS) == {one.type for manifest in (production, dev) for one in manifest.resources if one.custom}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda one: one.delete(types.CONTACT_POINT, "0:slack-alerts"), "409: slack-alerts is used by the policy tree"),
        (lambda one: one.delete(types.MUTE_TIMING, "0:hours"), "409: hours is used by the policy tree"),
        (lambda one: one.delete(types.FOLDER, "0:f"), "the folder f is not empty"),
        (lambda one: one.delete(types.RULE_GROUP, "0:f:other"), "404: there is no rule group 0:f:other"),
        (lambda one: one.create(types.MUTE_TIMING, "again", TIMING), "already exists"),
        (lambda one: one.create(types.NOTIFICATION_POLICY, "t", {"contactPoint": "x"}), "names what does not exist"),
        (
            lambda one: one.create(types.RULE_GROUP, "h", {"name": "h", "folderUid": "f", "rules": [{"uid": "u"}]}),
            "409: these uids are taken: ['u']",
        ),
        (
            lambda one: one.create(
                types.ENVIRONMENT_SECRET, "s", {"repository": "r", "environment": "e", "secretName": "S"}
            ),
            "404: there is no github:index/repositoryEnvironment:RepositoryEnvironment r:e",
        ),
    ],
)
def test_a_service_rejects_what_the_real_one_rejects(
    services: Services, change: Callable[[Services], object], why: str
) -> None:
    with pytest.raises(ServiceRejectionError) as rejected:
        change(services)

    assert why in str(rejected.value)


def test_a_token_goes_with_its_policy_and_an_old_one_stays() -> None:
    services = Services()
    policy = services.create(types.ACCESS_POLICY, "policy", {"region": "r", "name": "p"})
    token = {"region": "r", "accessPolicyId": policy.plain()["policyId"], "namePrefix": "t", "expireAfter": "1h"}
    first, second = (services.create(types.ROTATING_TOKEN, "token", token) for _ in range(2))
    assert first.plain()["token"] != second.plain()["token"]

    services.delete(types.ROTATING_TOKEN, first.id)
    assert services.of_type(types.ROTATING_TOKEN) == [first, second]
    services.delete(types.ACCESS_POLICY, policy.id)
    assert services.of_type(types.ROTATING_TOKEN) == []


def test_a_fault_takes_the_nth_change_of_its_kind_once() -> None:
    fault = ProviderFault(CREATE, types.FOLDER, nth=2)
    calls = [(CREATE, types.FOLDER), (DELETE, types.FOLDER), (CREATE, types.RULE_GROUP), *[(CREATE, types.FOLDER)] * 2]

    assert [fault.takes(ProviderCall(op, type_, "any")) for op, type_ in calls] == [False, False, False, True, False]
