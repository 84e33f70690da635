"""Settings of one Pulumi stack: `settings` in `Pulumi.<stack>.yaml`, an object read once."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum, unique
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field

from resilience.core.addresses import PlainUrl, SafeUrl
from resilience.core.conventions import PRODUCTION, DataSource, Frozen, Name, OneLine
from resilience.core.durations import GrafanaDuration, seconds
from resilience.core.problems import BadInputError, Problem, shown, validated

PROJECT = "sv0-resilience"
SETTINGS_KEY = f"{PROJECT}:settings"
TELEMETRY_TOKEN = "telemetry-token"  # noqa: S105  # the name under which its end is watched
ACCESS_TOKEN = "cloudflare-access"  # noqa: S105  # the same for the token of the outside checks


@unique
class Secret(StrEnum):
    """Configuration that is never written unencrypted: `pulumi config set --secret`."""

    SLACK_WEBHOOK_ALERTS = f"{PROJECT}:slackWebhookAlerts"
    SLACK_WEBHOOK_DEPLOYS = f"{PROJECT}:slackWebhookDeploys"
    WATCHDOG_URL = f"{PROJECT}:watchdogUrl"
    ALERT_EMAILS = f"{PROJECT}:alertEmails"
    GRAFANA_CLOUD_TOKEN = "grafana:cloudAccessPolicyToken"  # noqa: S105  # the name of a key
    GITHUB_TOKEN = "github:token"  # noqa: S105  # the name of a key
    ACCESS_CLIENT_ID = f"{PROJECT}:accessClientId"
    ACCESS_CLIENT_SECRET = f"{PROJECT}:accessClientSecret"

    @property
    def variable(self) -> str | None:
        """Environment variable that may hold it instead; providers read the same names."""
        return {
            Secret.GRAFANA_CLOUD_TOKEN: "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN",
            Secret.GITHUB_TOKEN: "GITHUB_TOKEN",
        }.get(self)

    def remedy(self, stack: str) -> str:
        """The command that sets it; its value is typed or piped, never written on the command line."""
        command = f"run `pulumi config set --secret {self} --stack {stack}`"
        return f"{command} or set {self.variable}" if self.variable else command


OPTIONAL = {
    Secret.WATCHDOG_URL: "nobody notices when Grafana itself is silent: the alert `watchdog` is left out",
    Secret.ALERT_EMAILS: "a P1 reaches nobody while Slack is down: no e-mail is sent",
}
"""Secrets that the shared stack can do without, and what is missing then."""


def addresses(text: str) -> list[str]:
    """The e-mail addresses in the value of `alertEmails`."""
    return [one for one in re.split(r"[\s,;]+", text) if one]


@unique
class SecretScope(StrEnum):
    """Where GitHub keeps an environment's secrets; environments need a paid plan in private repositories."""

    ENVIRONMENT = "environment"
    REPOSITORY = "repository"


class Grafana(Frozen):
    """The one Grafana Cloud stack. Slug: grafana.com takes letters and digits, no dash."""

    org: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    stack: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,28}$")]
    name: OneLine
    region: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] | None = None
    """Where it is created; of a stack that exists it is looked up."""
    adopt: bool
    """The stack exists already: import it instead of creating it.

    Not to be turned on after an `up` that created it: the engine would import it as another one.
    """
    # grafana.com; 127.0.0.1 (never localhost: the provider wants a dot) for a stand-in.
    api_url: Annotated[SafeUrl, Field(pattern=r"^https?://[^\s\"<>|/]*\.[^\s\"<>|/]*$")] = "https://grafana.com"
    metrics_uid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "grafanacloud-prom"
    logs_uid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "grafanacloud-logs"
    usage_uid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = "grafanacloud-usage"

    def uid_of(self, source: DataSource) -> str:
        """Where the data source is found: by uid, never by its display name."""
        return {
            DataSource.METRICS: self.metrics_uid,
            DataSource.LOGS: self.logs_uid,
            DataSource.USAGE: self.usage_uid,
        }[source]


# Not `.` and `..`, which are paths.
_RepositoryName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*$")]


class GitHub(Frozen):
    """Where the platform's workflows look for their secrets."""

    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
    repositories: Annotated[tuple[_RepositoryName, ...], Field(min_length=1)]
    secret_scope: SecretScope
    workflows: _RepositoryName | None = None
    """The repository of this program, if it shall write the secrets of its own workflows."""
    protect_deploys: bool = False
    """Declare the environment of `workflows` that only main may use; private repositories need a paid plan for it."""
    declare_environment: bool = True
    """False when the environment exists with reviewers or rules: declaring it would reset them."""
    api_url: SafeUrl = "https://api.github.com/"


class PlatformHost(Frozen):
    """How the platform runs on its machine and is deployed: what the commands of the runbooks name.

    Attributes:
        project: Compose project, the value of `COMPOSE_PROJECT_NAME`.
        port: where the API listens on the loopback.
        workflow: file of the deploy workflow in the first of `github.repositories`.
    """

    project: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    port: Annotated[int, Field(ge=1, le=65535)]
    workflow: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+\.ya?ml$")]


class Member(Frozen):
    """A person's place in the Grafana organisation; the person is described in the catalogue."""

    member: Name
    role: Literal["Admin", "Editor", "Viewer"]
    joined: bool
    """Accepted the portal's invitation already: imported, because creating a member twice is rejected (409)."""


def _affordable(every: str) -> str:
    """Grafana takes 10 s to 1 h; the longest look-back of a rule on a check is 10 minutes."""
    if not 60 <= seconds(every) <= 600:  # noqa: PLR2004  # the two bounds of the message
        raise ValueError(f"{shown(every)} is not between 1m and 10m; write 1m, 5m or 10m")
    return every


class Schedule(Frozen):
    """How often an outside check runs, and from which of Grafana's places (by their names)."""

    every: Annotated[GrafanaDuration, AfterValidator(_affordable)] = "10m"
    places: Annotated[tuple[OneLine, ...], Field(min_length=1)] = ("Frankfurt",)


class DataCheck(Schedule):
    """Reads this tenant's findings: an API can be ready while its database is empty."""

    tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
    every: Annotated[GrafanaDuration, AfterValidator(_affordable)] = "5m"


ATTENTIVE = Schedule(every="1m30s", places=("Frankfurt", "London"))
"""Every minute from two places would take 89 % of a month's executions (docs/adr/0012)."""
SELDOM = Schedule()


class Uptime(Frozen):
    """What the outside sees of the environment.

    Attributes:
        outside: false leaves out the outside checks, their secrets, and the alerts that read nothing else.
        ready: of the check of `/ready`; every 90 seconds from two places in production, else seldom.
        data: left out, nobody reads data from outside.
    """

    url: Annotated[SafeUrl, Field(pattern=r"^https?://[^\s\"<>|/]+$")]
    outside: bool = True
    ready: Schedule | None = None
    data: DataCheck | None = None


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{shown(moment)} is outside the calendar; write a date of this century") from None


class Credential(Frozen):
    """A credential that ends one day; only its name and its end, never its value."""

    name: Name
    expires: Annotated[AwareDatetime, AfterValidator(_in_utc)]


class StackSettings(Frozen):
    """All that differs from stack to stack.

    Attributes:
        shared: owns what one Grafana stack has once (design section 3).
        runbooks: address of the folder with the runbooks, without a slash at its end.
        platform: left out, no runbook has a command for its machine.
        retired_connectors: connectors removed for good; `connector-stale` forgets them.
        retries: attempts of the providers after a failed request.
    """

    environment: Name
    shared: bool
    runbooks: Annotated[PlainUrl, Field(pattern=r"^https?://[^\s\"<>|]*[^\s\"<>|/]$")]
    grafana: Grafana
    github: GitHub
    team: tuple[Member, ...]
    uptime: Uptime
    platform: PlatformHost | None = None
    retired_connectors: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]+$")], ...] = ()
    credentials: tuple[Credential, ...] = ()
    retries: Annotated[int, Field(ge=1, le=10)] = 3

    @classmethod
    def load(cls, raw: object, file: str) -> Self:
        """Settings from the configuration object of one stack.

        Raises:
            BadInputError: all that is wrong, by key.
        """
        if raw is None:
            raise BadInputError(
                [Problem(file, SETTINGS_KEY, "is missing", "write the settings object, as in Pulumi.dev.yaml")]
            )
        settings = validated(cls, raw, file, (SETTINGS_KEY,))
        if found := list(settings.contradictions()):
            raise BadInputError(Problem(file, SETTINGS_KEY, what, instead) for what, instead in found)
        return settings

    @property
    def uid(self) -> str:
        """Prefix of every uid of this environment."""
        return f"sv0-{self.environment}"

    def required_secrets(self) -> tuple[Secret, ...]:
        """Secrets that `pulumi up` of this stack cannot do without."""
        webhooks = {Secret.SLACK_WEBHOOK_ALERTS, Secret.SLACK_WEBHOOK_DEPLOYS}
        access = {Secret.ACCESS_CLIENT_ID, Secret.ACCESS_CLIENT_SECRET}
        needless = (set() if self.shared else webhooks) | (set() if self.uptime.outside else access)
        needless |= set(OPTIONAL)
        return tuple(secret for secret in Secret if secret not in needless)

    def optional_secrets(self) -> tuple[Secret, ...]:
        """Secrets without which this stack's `pulumi up` leaves something out."""
        return tuple(OPTIONAL) if self.shared else ()

    @property
    def ready(self) -> Schedule:
        """When `/ready` is asked from outside."""
        return self.uptime.ready or (ATTENTIVE if self.environment == PRODUCTION else SELDOM)

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Problem and remedy of each pair of keys that cannot both be right."""
        if self.shared != (self.environment == PRODUCTION):
            what = f"shared is {shown(str(self.shared).lower())} for {shown(self.environment)}"
            yield what, "write true for production alone, which owns what is shared"
        if self.shared and self.grafana.region is None and not self.grafana.adopt:
            yield "grafana.region is missing", "write where the stack is to be created, for example prod-eu-west-2"
        if self.team and not self.shared:
            yield f"{shown(self.environment)} lists a team", "list members in the shared stack only"
        if self.github.workflows and not self.shared:
            yield f"github.workflows is {shown(self.github.workflows)}", "write it in the shared stack only"
        if self.github.protect_deploys and not self.github.workflows:
            yield (
                'github.protect_deploys is "true"',
                "write the repository of the workflows as github.workflows, or false",
            )
        yield from _twice("github.repositories", [repository.lower() for repository in self.github.repositories])
        if TELEMETRY_TOKEN in {credential.name for credential in self.credentials}:
            yield f"credentials names {shown(TELEMETRY_TOKEN)}", "leave it out: the program watches that one by itself"
        if self.environment == PRODUCTION and len(set(self.ready.places)) < len(ATTENTIVE.places):
            yield "uptime.ready asks production from one place", "name two: the loss of one place is no outage"
        for key, schedule in (("ready", self.ready), ("data", self.uptime.data)):
            yield from _twice(f"uptime.{key}.places", list(schedule.places) if schedule else [])
        yield from _twice("team", [member.member for member in self.team])
        yield from _twice("credentials", [credential.name for credential in self.credentials])


def _twice(key: str, names: list[str]) -> Iterator[tuple[str, str]]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{key} names {shown(name)} twice", "write it once"
