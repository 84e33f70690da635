"""The Grafana stack: owned and protected, or found by slug; complete addresses and users."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumiverse_grafana as grafana
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from components.grafana_stack import GrafanaStack, GrafanaStackArgs
from resilience.manifest import Manifest, types
from resilience.manifest.mocks import ProviderMocks
from resilience.model.settings import StackSettings

FOUND = {
    "id": "700001",
    "slug": "acme",
    "region": "prod-eu-west-2",
    "url": "https://acme.grafana.net",
    "loki_url": "https://logs-prod-eu-west-2.grafana.net/loki/api/v1/push",
    "loki_user": "700002",
    "prometheus_url": "https://prometheus-prod-eu-west-2.grafana.net/api/prom/push",
    "prometheus_user": "700003",
}


class Unknown(ProviderMocks):
    """A grafana.com without this stack."""

    def call(self, args: MockCallArgs) -> Any:
        """Find nothing."""
        return {}, [("slug", f"stack {args.args['slug']} not found")]


class Slashes(ProviderMocks):
    """A grafana.com whose addresses end with a slash."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Add a slash to the addresses."""
        id_, outputs = super().new_resource(args)
        return id_, {key: f"{value}/" if key in ("url", "logsUrl") else value for key, value in outputs.items()}


@pytest.fixture(name="declare_stack")
def _declare_stack(declare_program: Callable[..., Manifest]) -> Callable[..., Manifest]:
    def run(provider_mocks: ProviderMocks | None = None, **given: Any) -> Manifest:
        good: dict[str, Any] = {
            "slug": "acme",
            "title": "Acme",
            "region": "prod-eu-west-2",
            "owned": True,
            "adopt": False,
        }
        args = GrafanaStackArgs(**(good | given))

        def program() -> None:
            cloud = grafana.Provider("given-cloud", cloud_access_policy_token="canary")
            stack = GrafanaStack("grafana-stack", args, cloud)
            for name in FOUND:
                pulumi.export(name, getattr(stack, name))

        return declare_program(program, provider_mocks)

    return run


def test_declares_the_stack_and_nothing_else(
    declare_stack: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    assert listed(declare_stack()) == [
        ("sv0:grafana:Stack", "grafana-stack", "sv0-resilience-test"),
        (types.STACK, "grafana-stack-stack", "grafana-stack"),
    ]


def test_looks_up_what_another_program_owns_and_declares_nothing(
    declare_stack: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    assert listed(declare_stack(owned=False)) == [("sv0:grafana:Stack", "grafana-stack", "sv0-resilience-test")]


def test_states_delete_protection_because_its_default_needs_a_second_up(declare_stack: Callable[..., Manifest]) -> None:
    (stack,) = declare_stack().of_type(types.STACK)

    assert stack.inputs == {
        "name": "Acme",
        "slug": "acme",
        "regionSlug": "prod-eu-west-2",
        "description": "SecurityV0: logs, metrics and alerts of all environments",
        "labels": {"managed-by": "pulumi"},
        "deleteProtection": False,
    }


def test_is_protected_and_kept_because_a_new_stack_would_be_empty(
    declare_stack: Callable[..., Manifest], named: Callable[..., list[str]]
) -> None:
    (stack,) = declare_stack().of_type(types.STACK)

    assert (stack.protect, stack.retain_on_delete, named([stack.provider])) == (True, True, ["given-cloud"])


@pytest.mark.parametrize(("adopt", "import_id"), [(True, "acme"), (False, "")])
def test_imports_an_existing_stack_by_slug(declare_stack: Callable[..., Manifest], adopt: bool, import_id: str) -> None:
    (stack,) = declare_stack(adopt=adopt).of_type(types.STACK)

    assert stack.import_id == import_id


@pytest.mark.parametrize("owned", [True, False], ids=["owned", "looked up"])
def test_outputs_complete_push_addresses_and_users_as_text_for_every_owner(
    declare_stack: Callable[..., Manifest], owned: bool
) -> None:
    assert declare_stack(owned=owned).outputs == FOUND


def test_removes_slashes_before_it_adds_paths(declare_stack: Callable[..., Manifest]) -> None:
    outputs = declare_stack(Slashes()).outputs

    assert (outputs["url"], outputs["loki_url"]) == (FOUND["url"], FOUND["loki_url"])


def test_says_what_to_run_first_if_the_stack_does_not_exist(declare_stack: Callable[..., Manifest]) -> None:
    with pytest.raises(pulumi.RunError) as rejected:
        declare_stack(Unknown(), owned=False)

    assert str(rejected.value) == (
        'Grafana stack "acme" cannot be read (invoke of grafana:cloud/getStack:getStack failed: stack acme not found '
        "(slug)). It is declared by the stack of production: run `make up STACK=production` first, and check "
        "grafana.stack and the token."
    )


def test_the_region_of_a_stack_that_exists_is_looked_up(declare_stack: Callable[..., Manifest]) -> None:
    (stack,) = declare_stack(adopt=True, region=None).of_type(types.STACK)

    assert (stack.inputs["regionSlug"], stack.import_id) == ("prod-eu-west-2", "acme")


def test_says_what_to_do_if_a_stack_to_adopt_does_not_exist(declare_stack: Callable[..., Manifest]) -> None:
    with pytest.raises(pulumi.RunError, match="Sign up for it first, or write `adopt: false` to create it"):
        declare_stack(Unknown(), adopt=True, region=None)


def test_can_be_declared_after_a_failed_look_up(declare_stack: Callable[..., Manifest]) -> None:
    with pytest.raises(pulumi.RunError):
        declare_stack(Unknown(), owned=False)

    assert declare_stack(owned=False).outputs == FOUND


def test_the_shared_stack_owns_it_and_adopts_it_by_the_settings(
    good_settings: Callable[..., StackSettings],
) -> None:
    shared = GrafanaStackArgs.of(good_settings(grafana={"adopt": True}))
    other = GrafanaStackArgs.of(good_settings(environment="dev"))

    assert shared == GrafanaStackArgs(slug="acme", title="Acme", region="prod-eu-west-2", owned=True, adopt=True)
    assert other == GrafanaStackArgs(slug="acme", title="Acme", region="prod-eu-west-2", owned=False, adopt=False)


@pytest.mark.parametrize("adopt", [False, True])
def test_an_adopted_stack_keeps_its_protection_at_grafana(declare_stack: Callable[..., Manifest], adopt: bool) -> None:
    (stack,) = declare_stack(adopt=adopt).of_type(types.STACK)

    assert stack.inputs["deleteProtection"] is adopt
