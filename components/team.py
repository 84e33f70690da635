"""Who belongs to the Grafana organisation.

The provider cannot send an invitation. A person is added by grafana.com login, or invited in the
portal and then imported (`joined`), because Grafana rejects creating a member who already exists.
"""

from dataclasses import dataclass

import pulumi
import pulumiverse_grafana as grafana

from resilience.model.catalogue import Owner
from resilience.model.settings import Member


@dataclass(frozen=True, kw_only=True)
class TeamArgs:
    """Members of one organisation; `people` are the catalogue's owners."""

    org: str
    members: tuple[Member, ...]
    people: dict[str, Owner]


class Team(pulumi.ComponentResource):
    """One membership per person, by login and role."""

    def __init__(
        self, name: str, args: TeamArgs, cloud: grafana.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the memberships."""
        super().__init__("sv0:grafana:Team", name, None, opts)
        for member in args.members:
            self._membership(name, args, member, cloud)
        self.register_outputs({})

    def _membership(self, name: str, args: TeamArgs, member: Member, cloud: grafana.Provider) -> None:
        login = args.people[member.member].login
        grafana.cloud.OrgMember(
            # By login: under another key of the catalogue the person stays the same member.
            f"{name}-{login}",
            org=args.org,
            user=login,
            role=member.role,
            receive_billing_emails=member.role == "Admin",
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=cloud,
                import_=f"{args.org}:{login}" if member.joined else None,
                aliases=[pulumi.Alias(name=f"{name}-{member.member}")],
                # Without an administrator nobody could invite the next one.
                protect=member.role == "Admin",
                # Destroying the stack must not lock its owner out.
                retain_on_delete=member.role == "Admin",
            ),
        )
