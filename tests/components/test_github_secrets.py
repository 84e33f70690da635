"""GitHub secrets: where the platform reads them, replaced in the right order, never unencrypted."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_github as github
import pytest
from pulumi.runtime.resource import all_aliases

from components.github_secrets import GitHubSecrets, GitHubSecretsArgs
from resilience.manifest import Manifest, types
from resilience.model.settings import SecretScope


def _old_names(child: pulumi.Resource, parent: pulumi.Resource) -> list[pulumi.Output[str]]:
    """Names by the SDK's rule, which the engine shares; the engine computes them, so no request shows them."""
    aliases = all_aliases(None, child._name, child._type, parent)
    return [pulumi.Output.from_input(urn).apply(lambda urn: urn.rpartition("::")[2]) for urn in aliases]


@pytest.fixture(name="declare_secrets")
def _declare_secrets(declare_program: Callable[..., Manifest]) -> Callable[..., Manifest]:
    def run(name: str = "github-secrets", opts: pulumi.ResourceOptions | None = None, **given: Any) -> Manifest:
        def program() -> None:
            good: dict[str, Any] = {
                "repositories": ("infra",),
                "scope": SecretScope.ENVIRONMENT,
                "environment": "dev",
                "declare_environment": True,
                "plain_names": False,
                # An address is not secret, but the GitHub secret that holds it must be.
                "telemetry": {
                    "LOKI_URL": pulumi.Output.from_input("https://logs.example"),
                    "LOKI_TOKEN": pulumi.Output.secret("canary"),
                },
            }
            webhooks = {key: pulumi.Output.secret(value) for key, value in given.pop("shared", {}).items()}
            args = GitHubSecretsArgs(**(good | given), shared={"infra": webhooks})
            component = GitHubSecrets(name, args, github.Provider("given-github", token="canary"), opts)
            pulumi.export(
                "old_names", {child._name: _old_names(child, component) for child in component._childResources}
            )

        return declare_program(program)

    return run


def test_writes_environment_secrets_and_nothing_else(
    declare_secrets: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    assert listed(declare_secrets()) == [
        ("sv0:github:Secrets", "github-secrets", "sv0-resilience-test"),
        (types.ENVIRONMENT_SECRET, "github-secrets-infra-LOKI_TOKEN", "github-secrets"),
        (types.ENVIRONMENT_SECRET, "github-secrets-infra-LOKI_URL", "github-secrets"),
        (types.REPOSITORY_ENVIRONMENT, "github-secrets-infra-environment", "github-secrets"),
    ]


def test_writes_them_into_every_repository(declare_secrets: Callable[..., Manifest]) -> None:
    written = declare_secrets(repositories=("infra", "site")).of_type(types.ENVIRONMENT_SECRET)

    assert [(one.inputs["repository"], one.inputs["secretName"]) for one in written] == [
        ("infra", "LOKI_TOKEN"),
        ("infra", "LOKI_URL"),
        ("site", "LOKI_TOKEN"),
        ("site", "LOKI_URL"),
    ]


def test_an_environment_secret_names_its_place_and_hides_its_value(declare_secrets: Callable[..., Manifest]) -> None:
    token, url = declare_secrets().of_type(types.ENVIRONMENT_SECRET)

    assert token.inputs == {
        "repository": "infra",
        "environment": "dev",
        "secretName": "LOKI_TOKEN",
        "value": "[secret]",
    }
    assert url.inputs == {"repository": "infra", "environment": "dev", "secretName": "LOKI_URL", "value": "[secret]"}
    assert [token.secrets, url.secrets] == [("value",), ("value",)]


def test_a_declared_environment_is_made_before_its_secrets_and_kept_on_delete(
    declare_secrets: Callable[..., Manifest], named: Callable[..., list[str]]
) -> None:
    manifest = declare_secrets()
    (environment,) = manifest.of_type(types.REPOSITORY_ENVIRONMENT)

    assert environment.inputs == {"repository": "infra", "environment": "dev"}
    assert (environment.retain_on_delete, environment.protect) == (True, False)
    assert [named(one.depends_on) for one in manifest.of_type(types.ENVIRONMENT_SECRET)] == [[environment.name]] * 2


def test_an_environment_with_its_own_rules_is_not_declared(
    declare_secrets: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    manifest = declare_secrets(declare_environment=False)

    assert listed(manifest) == [
        ("sv0:github:Secrets", "github-secrets", "sv0-resilience-test"),
        (types.ENVIRONMENT_SECRET, "github-secrets-infra-LOKI_TOKEN", "github-secrets"),
        (types.ENVIRONMENT_SECRET, "github-secrets-infra-LOKI_URL", "github-secrets"),
    ]
    assert {one.inputs["environment"] for one in manifest.of_type(types.ENVIRONMENT_SECRET)} == {"dev"}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        pytest.param({"environment": "dev"}, ["LOKI_TOKEN_DEV", "LOKI_URL_DEV"], id="dev has a suffix"),
        pytest.param(
            {"environment": "eu-dev"}, ["LOKI_TOKEN_EU_DEV", "LOKI_URL_EU_DEV"], id="a dash becomes an underscore"
        ),
        pytest.param(
            {"environment": "production", "plain_names": True}, ["LOKI_TOKEN", "LOKI_URL"], id="production has none"
        ),
    ],
)
def test_in_repository_scope_names_contain_the_environment(
    declare_secrets: Callable[..., Manifest],
    listed: Callable[[Manifest], object],
    given: dict[str, Any],
    names: list[str],
) -> None:
    manifest = declare_secrets(scope=SecretScope.REPOSITORY, **given)

    assert listed(manifest) == [
        ("sv0:github:Secrets", "github-secrets", "sv0-resilience-test"),
        *((types.ACTIONS_SECRET, f"github-secrets-infra-{name}", "github-secrets") for name in names),
    ]
    assert [one.inputs for one in manifest.of_type(types.ACTIONS_SECRET)] == [
        {"repository": "infra", "secretName": name, "value": "[secret]"} for name in names
    ]


@pytest.mark.parametrize("scope", SecretScope)
def test_what_is_shared_is_written_at_repository_level_under_its_own_name(
    declare_secrets: Callable[..., Manifest], scope: SecretScope
) -> None:
    manifest = declare_secrets(scope=scope, shared={"SLACK_WEBHOOK_ALERTS": "canary"}, telemetry={})

    assert [(one.inputs, one.secrets) for one in manifest.of_type(types.ACTIONS_SECRET)] == [
        ({"repository": "infra", "secretName": "SLACK_WEBHOOK_ALERTS", "value": "[secret]"}, ("value",))
    ]


@pytest.mark.parametrize("scope", SecretScope)
def test_is_deleted_before_it_is_replaced_or_the_delete_would_remove_the_new_value(
    declare_secrets: Callable[..., Manifest], named: Callable[..., list[str]], scope: SecretScope
) -> None:
    manifest = declare_secrets(scope=scope, shared={"SLACK_WEBHOOK_ALERTS": "canary"})
    secrets = manifest.of_type(types.ACTIONS_SECRET) + manifest.of_type(types.ENVIRONMENT_SECRET)

    assert [(one.delete_before_replace, named([one.provider])) for one in secrets] == [(True, ["given-github"])] * 3


@pytest.mark.parametrize(
    ("aliases", "former"),
    [
        pytest.param([pulumi.Alias(name="github-secrets")], "github-secrets", id="with an alias nothing is lost"),
        pytest.param([], None, id="without one GitHub would create a secret and then delete it"),
    ],
)
def test_children_of_a_renamed_component_keep_their_old_names_as_aliases(
    declare_secrets: Callable[..., Manifest], aliases: list[pulumi.Alias], former: str | None
) -> None:
    manifest = declare_secrets(
        "renamed", pulumi.ResourceOptions(aliases=list(aliases)), shared={"SLACK_WEBHOOK_ALERTS": "canary"}
    )

    suffixes = ["infra-LOKI_TOKEN", "infra-LOKI_URL", "infra-SLACK_WEBHOOK_ALERTS", "infra-environment"]
    assert manifest.outputs["old_names"] == {
        f"renamed-{suffix}": [f"{former}-{suffix}"] if former else [] for suffix in suffixes
    }
