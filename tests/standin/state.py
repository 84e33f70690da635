"""The state of the stand-in: one JSON object, which tests may read, patch and keep in a file."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nacl.public import PrivateKey

from resilience.core import files as atomic
from tests.standin.wire import Json, reject

DEFAULT_RECEIVER = "grafana-default-email"
_INSTANCES = {
    "hmInstanceProm": "prom",
    "hlInstance": "logs",
    "amInstance": "alerts",
    "htInstance": "traces",
    "hpInstance": "profiles",
    "hmInstanceGraphite": "graphite",
    "agentManagementInstance": "fleet",
}
_DATA_SOURCES = {"grafanacloud-prom": "prometheus", "grafanacloud-logs": "loki", "grafanacloud-usage": "prometheus"}
_PROBES = ("Frankfurt", "London", "Paris", "Singapore")


def now(after_seconds: float = 0) -> str:
    """RFC 3339 in UTC: the provider replaces a token whose end has another format."""
    return (datetime.now(UTC) + timedelta(seconds=after_seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What exists at the start; without tokens, any token is accepted."""

    org: str = "exampleorg"
    region: str = "prod-eu-west-2"
    users: Sequence[str] = ()
    members: Sequence[str] = ()
    stacks: Sequence[str] = ()
    repositories: Sequence[str] = ()
    max_stacks: int = 1
    ready_after: int = 0
    cloud_tokens: Sequence[str] = ()
    github_tokens: Sequence[str] = ()
    stack_tokens: Sequence[str] = ()
    state: Path | None = None


class StandinState:
    """The state of grafana.com, of its Grafanas, of Synthetic Monitoring and of GitHub."""

    def __init__(self, base: str, options: Options) -> None:
        """Read the state from its file, or start with the first state."""
        self.base, self.options = base, options
        self.state: Json = {}
        if options.state and options.state.exists():
            self.state = json.loads(options.state.read_text(encoding="utf-8"))
        else:
            self.reset()

    def reset(self) -> None:
        """Go back to the first state. Ids stay small: the provider reads them as 32-bit floats."""
        options = self.options
        org = {"id": 700001, "slug": options.org, "name": options.org, "url": "", "createdAt": now()}
        self.state = {
            "serial": 1000,
            "cloud": {
                "org": org,
                "users": list(options.users),
                "members": {},
                "stacks": {},
                "policies": {},
                "tokens": {},
            },
            "grafana": {},
            "synthetics": {"tenants": {}, "checks": {}, "alerts": {}, "probes": {}},
            "github": {"private_key": _private_key(), "key_id": "568250167242549743", "owners": {}, "repositories": {}},
        }
        for number, name in enumerate(_PROBES, start=1):
            self.state["synthetics"]["probes"][str(number)] = {
                "id": number,
                "name": name,
                "public": True,
                "online": True,
            }
        for user in options.members:
            self.add_member(user, "Admin")
        for full in options.repositories:
            self.add_repository(*full.split("/", 1))
        for slug in options.stacks:
            self.add_stack({"slug": slug, "name": slug, "deleteProtection": True})

    def save(self) -> None:
        """Write the state to its file, if there is one."""
        if self.options.state:
            atomic.put(self.options.state, json.dumps(self.state, indent=1))

    def serial(self) -> int:
        """A new, unique number."""
        self.state["serial"] += 1
        return int(self.state["serial"])

    @property
    def cloud(self) -> Json:
        """grafana.com."""
        return dict_of(self.state["cloud"])

    @property
    def synthetics(self) -> Json:
        """Synthetic Monitoring."""
        return dict_of(self.state["synthetics"])

    @property
    def github(self) -> Json:
        """GitHub."""
        return dict_of(self.state["github"])

    def grafana(self, key: str) -> Json:
        """The inside of a stack, by slug or id; 404 if there is none."""
        return dict_of(self.state["grafana"][self.stack(key)["slug"]])

    def find_stack(self, key: str) -> Json | None:
        """A stack by slug or id."""
        stacks = self.cloud["stacks"].values()
        return next((stack for stack in stacks if key in (str(stack["id"]), stack["slug"])), None)

    def stack(self, key: str) -> Json:
        """A stack by slug or id; 404 if there is none."""
        return self.find_stack(key) or reject(404, "Instance not found", code="NotFound")

    def add_member(self, user: str, role: str, billing: int = 0) -> Json:
        """Add a user to the organisation."""
        member = {"userName": user, "userUsername": user, "userId": self.serial(), "role": role, "billing": billing}
        self.cloud["members"][user] = member
        return member

    def add_repository(self, owner: str, name: str) -> None:
        """Make a repository, and its owner if it is new."""
        owner_known = {"id": self.serial(), "login": owner, "type": "Organization"}
        self.github["owners"].setdefault(owner, owner_known)
        self.github["repositories"][f"{owner}/{name}"] = {
            "id": self.serial(),
            "name": name,
            "owner": owner,
            "created_at": now(),
            "secrets": {},
            "environments": {},
        }

    def add_stack(self, wanted: Json) -> Json:
        """Make a stack with a new Grafana inside."""
        slug, region = wanted["slug"], wanted.get("region") or self.options.region
        org = self.cloud["org"]
        stack = {
            "id": self.serial(),
            "slug": slug,
            "name": wanted.get("name") or slug,
            "status": "active",
            "url": wanted.get("url") or f"{self.base}/stack/{slug}",
            "regionSlug": region,
            "clusterSlug": region,
            "clusterName": region,
            "description": wanted.get("description", ""),
            "labels": wanted.get("labels") or {},
            "deleteProtection": bool(wanted.get("deleteProtection")),
            "orgId": org["id"],
            "orgSlug": org["slug"],
            "orgName": org["name"],
            "createdAt": now(),
            "updatedAt": now(),
            "regionSyntheticMonitoringApiUrl": f"{self.base}/sm",
            "ready_polls_left": self.options.ready_after,
            **self._instances(slug),
        }
        self.cloud["stacks"][str(stack["id"])] = stack
        self.state["grafana"][slug] = self._empty_grafana()
        return stack

    def _instances(self, slug: str) -> Json:
        """Addresses and users for pushing metrics, logs and so on."""
        found: Json = {}
        for key, kind in _INSTANCES.items():
            found |= {f"{key}Id": self.serial(), f"{key}Url": self.base}
            found |= {f"{key}Name": f"{slug}-{kind}", f"{key}Status": "active"}
        return found

    def _empty_grafana(self) -> Json:
        """What every new stack has: data sources, a default policy, and nothing else."""
        sources = {
            uid: {"id": self.serial(), "uid": uid, "name": uid, "type": kind, "url": self.base, "readOnly": True}
            for uid, kind in _DATA_SOURCES.items()
        }
        return {
            "folders": {},
            "rules": {},
            "contact_points": {},
            "policy": default_policy(),
            "timings": {},
            "templates": {},
            "accounts": {},
            "datasources": sources,
            "evaluations": {},
            "unrendered": {},
            "undelivered": {},
            "sent": [],
        }


def dict_of(value: object) -> Json:
    """The value, which must be an object of the state."""
    assert isinstance(value, dict)
    return value


def default_policy() -> Json:
    """The tree of a new Grafana, and after a delete of the tree."""
    return {"receiver": DEFAULT_RECEIVER, "group_by": ["grafana_folder", "alertname"], "provenance": ""}


def _private_key() -> str:
    return base64.b64encode(bytes(PrivateKey.generate())).decode()
