"""The program's access to Grafana: an account for each environment, a token replaced before it is deleted."""

from collections.abc import Callable

import pulumi
import pulumiverse_grafana as grafana
import pytest

from components.grafana_access import GrafanaAccess, GrafanaAccessArgs
from resilience.manifest import Manifest, types
from tests.components.conftest import UnmarkedSecret

PROVIDER = "pulumi:providers:grafana"


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest]) -> Manifest:
    def program() -> None:
        cloud = grafana.Provider("given-cloud", cloud_access_policy_token="canary")
        args = GrafanaAccessArgs(
            uid="sv0-dev",
            slug=pulumi.Output.from_input("acme"),
            url=pulumi.Output.from_input("https://acme.grafana.net"),
            retries=4,
        )
        access = GrafanaAccess("grafana-access", args, cloud)
        grafana.oss.Folder("given-folder", title="Inside", opts=pulumi.ResourceOptions(provider=access.provider))

    return declare_program(program, UnmarkedSecret(types.SERVICE_ACCOUNT_TOKEN, "key", "glsa_canary"))


def test_declares_account_token_and_provider_and_nothing_else(
    manifest: Manifest, listed: Callable[[Manifest], object]
) -> None:
    assert listed(manifest) == [
        ("sv0:grafana:Access", "grafana-access", "sv0-resilience-test"),
        (types.SERVICE_ACCOUNT, "grafana-access-account", "grafana-access"),
        (PROVIDER, "grafana-access-provider", "grafana-access"),
        (types.SERVICE_ACCOUNT_TOKEN, "grafana-access-token", "grafana-access"),
    ]


def test_the_account_is_named_after_its_environment_and_replaced_before_it_is_deleted(
    manifest: Manifest, named: Callable[..., list[str]]
) -> None:
    (account,) = manifest.of_type(types.SERVICE_ACCOUNT)

    assert account.inputs == {"name": "sv0-dev-pulumi", "role": "Admin", "stackSlug": "acme", "isDisabled": False}
    assert (account.delete_before_replace, named([account.provider])) == (False, ["given-cloud"])


def test_the_token_has_no_name_because_a_named_one_is_deleted_first(
    manifest: Manifest, named: Callable[..., list[str]]
) -> None:
    (token,) = manifest.of_type(types.SERVICE_ACCOUNT_TOKEN)

    assert token.inputs == {"serviceAccountId": "grafana-access-account-id", "stackSlug": "acme"}
    assert token.delete_before_replace is None
    assert (named([token.provider]), named(token.depends_on)) == (["given-cloud"], ["grafana-access-account"])


def test_the_tokens_key_is_secret_in_the_state_and_in_the_provider(manifest: Manifest) -> None:
    (token,) = manifest.of_type(types.SERVICE_ACCOUNT_TOKEN)
    provider = next(one for one in manifest.of_type(PROVIDER) if one.name == "grafana-access-provider")

    assert token.additional_secret_outputs == ("key",)
    assert provider.secrets == ("auth",)
    assert provider.inputs == {"auth": "[secret]", "retries": "4", "url": "https://acme.grafana.net"}


def test_resources_in_grafana_use_this_provider(manifest: Manifest, named: Callable[..., list[str]]) -> None:
    (folder,) = manifest.of_type(types.FOLDER)

    assert named([folder.provider]) == ["grafana-access-provider"]
