"""The environment whose secrets only main may use: declared where the plan has environments, and kept."""

from collections.abc import Callable

import pulumi_github as github
import pytest

from components.deploy_environment import DeployEnvironment, DeployEnvironmentArgs
from resilience.core.conventions import DEPLOY_ENVIRONMENT
from resilience.manifest import Manifest, types


@pytest.fixture(name="declared")
def _declared(declare_program: Callable[..., Manifest]) -> Manifest:
    def program() -> None:
        provider = github.Provider("given-github", token="canary")
        DeployEnvironment("deploy-environment", DeployEnvironmentArgs(repository="infra"), provider)

    return declare_program(program)


def test_it_is_declared_with_one_branch_and_nothing_else(
    declared: Manifest, listed: Callable[[Manifest], object], named: Callable[..., list[str]]
) -> None:
    (environment,), (policy,) = (
        declared.of_type(types.REPOSITORY_ENVIRONMENT),
        declared.of_type(types.DEPLOYMENT_POLICY),
    )

    assert listed(declared) == [
        ("sv0:github:DeployEnvironment", "deploy-environment", "sv0-resilience-test"),
        (types.REPOSITORY_ENVIRONMENT, "deploy-environment-environment", "deploy-environment"),
        (types.DEPLOYMENT_POLICY, "deploy-environment-main", "deploy-environment"),
    ]
    assert environment.inputs == {
        "repository": "infra",
        "environment": DEPLOY_ENVIRONMENT,
        "canAdminsBypass": False,
        "deploymentBranchPolicy": {"protectedBranches": False, "customBranchPolicies": True},
    }
    assert policy.inputs == {"repository": "infra", "environment": DEPLOY_ENVIRONMENT, "branchPattern": "main"}
    assert named(policy.depends_on) == [environment.name]


def test_it_is_kept_when_it_is_no_longer_declared_because_its_secret_is_set_by_hand(declared: Manifest) -> None:
    (environment,) = declared.of_type(types.REPOSITORY_ENVIRONMENT)

    assert environment.retain_on_delete
