"""How the real providers treat each type that we declare: identity, replacement, order, secrets.

Sources, in the notes on the providers that this repository was built with: `grafana-provider.md`
section 2 (arguments, ForceNew, ids, sensitive outputs), `real-engine.md` section 3 (what was seen to be
deleted first), `pulumi.md` section 4 (GitHub). Where they disagree, what was seen is right.
"""

from dataclasses import dataclass

from resilience.manifest import types


@dataclass(frozen=True, kw_only=True)
class ResourceKind:
    """How a provider and its service treat one type.

    Attributes:
        id: made of inputs; empty where the service gives numbers.
        upsert: creating one that exists already overwrites it; otherwise that is rejected.
        replaces: inputs whose change makes a new resource.
        named: the bridge makes up a `name` that is not given, and deletes a given one before it is replaced.
        deleted_first: always deleted before it is replaced.
        secret: inputs and outputs that the provider marks as secret.
        hidden: inputs that the service does not return, so nobody sees their drift.
        fresh: outputs that are new with every creation.
    """

    id: str = ""
    upsert: bool = False
    replaces: tuple[str, ...] = ()
    named: bool = False
    deleted_first: bool = False
    secret: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()


KINDS = {
    # grafana-provider.md 2.1; named: real-engine.md 3.1
    types.STACK: ResourceKind(replaces=("regionSlug",), named=True),
    # 2.2
    types.SERVICE_ACCOUNT: ResourceKind(
        id="{stackSlug}:{name}", replaces=("stackSlug", "name", "role", "isDisabled"), named=True
    ),
    # 2.3
    types.SERVICE_ACCOUNT_TOKEN: ResourceKind(
        replaces=("stackSlug", "serviceAccountId", "name", "secondsToLive"),
        named=True,
        secret=("key",),
        fresh=("key",),
    ),
    # 2.4
    types.ACCESS_POLICY: ResourceKind(
        id="{region}:{name}", replaces=("region", "name"), named=True, fresh=("policyId",)
    ),
    # 2.5
    types.ACCESS_POLICY_TOKEN: ResourceKind(
        replaces=("accessPolicyId", "region", "name", "expiresAt"), named=True, secret=("token",), fresh=("token",)
    ),
    # 2.6; `readyForRotation` is computed
    types.ROTATING_TOKEN: ResourceKind(
        replaces=("region", "accessPolicyId", "namePrefix", "expireAfter"), secret=("token",), fresh=("token",)
    ),
    # 2.7
    types.ORG_MEMBER: ResourceKind(id="{org}:{user}", replaces=("org", "user")),
    # 2.8
    types.FOLDER: ResourceKind(id="0:{uid}", replaces=("uid",)),
    # 2.9; `slacks` as a whole is secret: real-engine.md 3.9
    types.CONTACT_POINT: ResourceKind(
        id="0:{name}",
        upsert=True,
        replaces=("name", "disableProvenance"),
        named=True,
        secret=("slacks",),
        hidden=("slacks.url",),
    ),
    # 2.10; not deleted first: real-engine.md 3.1
    types.MESSAGE_TEMPLATE: ResourceKind(id="0:{name}", upsert=True, replaces=("name", "disableProvenance")),
    # 2.11
    types.MUTE_TIMING: ResourceKind(id="0:{name}", replaces=("name", "disableProvenance"), named=True),
    # 2.12
    types.NOTIFICATION_POLICY: ResourceKind(id="0:policy", upsert=True),
    # 2.13
    types.RULE_GROUP: ResourceKind(id="0:{folderUid}:{name}", replaces=("name", "folderUid"), named=True),
    # 2.14; a second check of a job and target is rejected (409)
    types.CHECK: ResourceKind(id="{job} {target}"),
    # 2.14; its token is not marked as a secret
    types.INSTALLATION: ResourceKind(
        id="{stackSmApiUrl};{stackId}",
        upsert=True,
        replaces=("metricsPublisherKey", "stackId", "stackSmApiUrl"),
        fresh=("smAccessToken",),
    ),
    # pulumi.md 4, traps: only the secret of an environment is deleted first by the bridge itself
    types.ACTIONS_SECRET: ResourceKind(
        id="{repository}:{secretName}",
        upsert=True,
        replaces=("repository", "secretName"),
        secret=("value",),
        hidden=("value",),
    ),
    types.ENVIRONMENT_SECRET: ResourceKind(
        id="{repository}:{environment}:{secretName}",
        upsert=True,
        replaces=("repository", "environment", "secretName"),
        deleted_first=True,
        secret=("value",),
        hidden=("value",),
    ),
    types.REPOSITORY_ENVIRONMENT: ResourceKind(
        id="{repository}:{environment}", upsert=True, replaces=("repository", "environment")
    ),
}
