"""GitHub secrets: where the platform looks, upserted in the right order, never in clear."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_github as github
import pytest
from pulumi.runtime.proto.resource_pb2 import RESOURCE_MONITOR_FEATURE_ALIAS_SPECS as ALIAS_SPECS
from pulumi.runtime.proto.resource_pb2 import DeploymentInfo

from components.github_secrets import GitHubSecrets, GitHubSecretsArgs
from resilience.manifest import Manifest
from resilience.manifest.recorder import Recorder
from resilience.model.settings import SecretScope

ENVIRONMENT = "github:index/repositoryEnvironment:RepositoryEnvironment"
OF_ENVIRONMENT = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret"
OF_REPOSITORY = "github:index/actionsSecret:ActionsSecret"


@pytest.fixture(name="declare_secrets")
def _declare_secrets(declare_program: Callable[..., Manifest]) -> Callable[..., Manifest]:
    def run(name: str = "github-secrets", opts: pulumi.ResourceOptions | None = None, **spoiled: Any) -> Manifest:
        def program() -> None:
            good: dict[str, Any] = {
                "repositories": ("infra",),
                "scope": SecretScope.ENVIRONMENT,
                "environment": "dev",
                "declare_environment": True,
                "plain_names": False,
                # An address is no secret, and GitHub's secret of it is one all the same.
                "telemetry": {
                    "LOKI_URL": pulumi.Output.from_input("https://logs.example"),
                    "LOKI_TOKEN": pulumi.Output.secret("canary"),
                },
            }
            shared = {key: pulumi.Output.secret(value) for key, value in spoiled.pop("shared", {}).items()}
            args = GitHubSecretsArgs(**(good | spoiled), shared=shared)
            GitHubSecrets(name, args, github.Provider("given-github", token="canary"), opts)

        return declare_program(program)

    return run


def test_writes_environment_secrets_and_nothing_else(
    declare_secrets: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    assert listed(declare_secrets()) == [
        ("sv0:github:Secrets", "github-secrets", "sv0-resilience-test"),
        (OF_ENVIRONMENT, "github-secrets-infra-LOKI_TOKEN", "github-secrets"),
        (OF_ENVIRONMENT, "github-secrets-infra-LOKI_URL", "github-secrets"),
        (ENVIRONMENT, "github-secrets-infra-environment", "github-secrets"),
    ]


def test_writes_them_into_every_repository(declare_secrets: Callable[..., Manifest]) -> None:
    written = declare_secrets(repositories=("infra", "site")).of_type(OF_ENVIRONMENT)

    assert [(one.inputs["repository"], one.inputs["secretName"]) for one in written] == [
        ("infra", "LOKI_TOKEN"),
        ("infra", "LOKI_URL"),
        ("site", "LOKI_TOKEN"),
        ("site", "LOKI_URL"),
    ]


def test_an_environment_secret_names_its_place_and_hides_its_value(declare_secrets: Callable[..., Manifest]) -> None:
    token, url = declare_secrets().of_type(OF_ENVIRONMENT)

    assert token.inputs == {
        "repository": "infra",
        "environment": "dev",
        "secretName": "LOKI_TOKEN",
        "value": "[secret]",
    }
    assert url.inputs == {"repository": "infra", "environment": "dev", "secretName": "LOKI_URL", "value": "[secret]"}
    assert [token.secrets, url.secrets] == [("value",), ("value",)]


def test_a_declared_environment_comes_before_its_secrets_and_is_kept_on_delete(
    declare_secrets: Callable[..., Manifest], named: Callable[..., list[str]]
) -> None:
    manifest = declare_secrets()
    (environment,) = manifest.of_type(ENVIRONMENT)

    assert environment.inputs == {"repository": "infra", "environment": "dev"}
    assert (environment.retain_on_delete, environment.protect) == (True, False)
    assert [named(one.depends_on) for one in manifest.of_type(OF_ENVIRONMENT)] == [[environment.name]] * 2


def test_an_environment_that_has_rules_of_its_own_is_not_declared(
    declare_secrets: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    manifest = declare_secrets(declare_environment=False)

    assert listed(manifest) == [
        ("sv0:github:Secrets", "github-secrets", "sv0-resilience-test"),
        (OF_ENVIRONMENT, "github-secrets-infra-LOKI_TOKEN", "github-secrets"),
        (OF_ENVIRONMENT, "github-secrets-infra-LOKI_URL", "github-secrets"),
    ]
    assert {one.inputs["environment"] for one in manifest.of_type(OF_ENVIRONMENT)} == {"dev"}


@pytest.mark.parametrize(
    ("spoiled", "names"),
    [
        pytest.param({"environment": "dev"}, ["LOKI_TOKEN_DEV", "LOKI_URL_DEV"], id="dev has a suffix"),
        pytest.param({"environment": "eu-dev"}, ["LOKI_TOKEN_EU_DEV", "LOKI_URL_EU_DEV"], id="a dash is no letter"),
        pytest.param(
            {"environment": "production", "plain_names": True}, ["LOKI_TOKEN", "LOKI_URL"], id="production has none"
        ),
    ],
)
def test_in_repository_scope_names_tell_environments_apart(
    declare_secrets: Callable[..., Manifest],
    listed: Callable[[Manifest], object],
    spoiled: dict[str, Any],
    names: list[str],
) -> None:
    manifest = declare_secrets(scope=SecretScope.REPOSITORY, **spoiled)

    assert listed(manifest) == [
        ("sv0:github:Secrets", "github-secrets", "sv0-resilience-test"),
        *((OF_REPOSITORY, f"github-secrets-infra-{name}", "github-secrets") for name in names),
    ]
    assert [one.inputs for one in manifest.of_type(OF_REPOSITORY)] == [
        {"repository": "infra", "secretName": name, "value": "[secret]"} for name in names
    ]


@pytest.mark.parametrize("scope", SecretScope)
def test_what_is_shared_is_written_at_repository_level_under_its_own_name(
    declare_secrets: Callable[..., Manifest], scope: SecretScope
) -> None:
    manifest = declare_secrets(scope=scope, shared={"SLACK_WEBHOOK_ALERTS": "canary"}, telemetry={})

    assert [(one.inputs, one.secrets) for one in manifest.of_type(OF_REPOSITORY)] == [
        ({"repository": "infra", "secretName": "SLACK_WEBHOOK_ALERTS", "value": "[secret]"}, ("value",))
    ]


@pytest.mark.parametrize("scope", SecretScope)
def test_is_deleted_before_it_is_replaced_because_the_new_value_would_go_with_the_old(
    declare_secrets: Callable[..., Manifest], named: Callable[..., list[str]], scope: SecretScope
) -> None:
    manifest = declare_secrets(scope=scope, shared={"SLACK_WEBHOOK_ALERTS": "canary"})
    secrets = manifest.of_type(OF_REPOSITORY) + manifest.of_type(OF_ENVIRONMENT)

    assert [(one.delete_before_replace, named([one.provider])) for one in secrets] == [(True, ["given-github"])] * 3


@pytest.fixture
def old_names(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Former names by name: an old engine, for which the SDK expands aliases by the rule of today's engine."""
    found: dict[str, set[str]] = {}
    modern: Any = Recorder.GetDeploymentInfo
    register = Recorder.RegisterResource

    def without_alias_specs(self: Recorder, request: object) -> DeploymentInfo:
        features = modern(self, request).supportedFeatures
        return DeploymentInfo(supportedFeatures=[one for one in features if one != ALIAS_SPECS])

    def noting(self: Recorder, request: Any) -> Any:
        found[request.name] = {urn.rpartition("::")[2] for urn in request.aliasURNs}
        return register(self, request)

    monkeypatch.setattr(Recorder, "GetDeploymentInfo", without_alias_specs)
    monkeypatch.setattr(Recorder, "RegisterResource", noting)
    return found


def test_a_renamed_component_answers_to_the_old_names_of_its_children_so_that_no_secret_is_deleted(
    old_names: dict[str, set[str]], declare_secrets: Callable[..., Manifest]
) -> None:
    opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="github-secrets")])
    declare_secrets(name="renamed", opts=opts, shared={"SLACK_WEBHOOK_ALERTS": "canary"})

    assert {name: old for name, old in old_names.items() if name.startswith("renamed")} == {
        "renamed": {"github-secrets"},
        "renamed-infra-LOKI_TOKEN": {"github-secrets-infra-LOKI_TOKEN"},
        "renamed-infra-LOKI_URL": {"github-secrets-infra-LOKI_URL"},
        "renamed-infra-SLACK_WEBHOOK_ALERTS": {"github-secrets-infra-SLACK_WEBHOOK_ALERTS"},
        "renamed-infra-environment": {"github-secrets-infra-environment"},
    }


def test_without_an_alias_a_renamed_component_forgets(
    old_names: dict[str, set[str]], declare_secrets: Callable[..., Manifest]
) -> None:
    declare_secrets(name="renamed")

    assert {name for name, old in old_names.items() if "github-secrets" in "".join(old)} == set()
