"""The GitHub environment of our own repository whose secrets only main may use: the key that deploys lives there.

It needs a plan with environments. `rotate.yml` and `up.yml` name it on every plan; where there is none, GitHub
looks for the key among the secrets of the repository, which every branch can read.
"""

from dataclasses import dataclass

import pulumi
import pulumi_github as github

from resilience.core.conventions import DEPLOY_ENVIRONMENT

_BRANCH = "main"


@dataclass(frozen=True, kw_only=True)
class DeployEnvironmentArgs:
    """The repository whose workflows deploy."""

    repository: str


class DeployEnvironment(pulumi.ComponentResource):
    """The environment, and the one branch that may use it."""

    def __init__(
        self,
        name: str,
        args: DeployEnvironmentArgs,
        provider: github.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare both; its secret is set by hand, because it opens the state in which it would be kept."""
        super().__init__("sv0:github:DeployEnvironment", name, None, opts)
        environment = github.RepositoryEnvironment(
            f"{name}-environment",
            repository=args.repository,
            environment=DEPLOY_ENVIRONMENT,
            can_admins_bypass=False,
            deployment_branch_policy=github.RepositoryEnvironmentDeploymentBranchPolicyArgs(
                protected_branches=False, custom_branch_policies=True
            ),
            # Deleting it would also delete its secret.
            opts=pulumi.ResourceOptions(parent=self, provider=provider, retain_on_delete=True),
        )
        github.RepositoryEnvironmentDeploymentPolicy(
            f"{name}-{_BRANCH}",
            repository=args.repository,
            environment=environment.environment,
            branch_pattern=_BRANCH,
            opts=pulumi.ResourceOptions(parent=self, provider=provider),
        )
        self.register_outputs({})
