"""Both stacks, applied: with doubles of the providers, or with the real ones and the stand-in.

What a person or chance does to the services is here, so that the tests of it run in both.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from resilience.manifest import types
from resilience.model.catalogue import Catalogue
from resilience.model.settings import Secret
from tests.engine.doubled import DoubledProject
from tests.engine.doubles.provider import CREATE, ProviderFault
from tests.engine.project import CANARIES, Project, Snapshot
from tests.standin.client import Client
from tests.standin.server import Standin

HOOKS = {
    Secret.SLACK_WEBHOOK_ALERTS: "https://hooks.example.invalid/CANARY-alerts",
    Secret.SLACK_WEBHOOK_DEPLOYS: "https://hooks.example.invalid/CANARY-deploys",
}


def planted(required: Iterable[Secret]) -> dict[Secret, str]:
    """A canary for each secret, in the form that the real providers accept."""
    return {secret: (HOOKS | CANARIES).get(secret, "CANARY-other") for secret in required}


_CHANGE = re.compile(r"^ \S+ +(\S+) (\S+) (created|updated|replaced|deleted) \(", re.MULTILINE)


class AppliedChange(NamedTuple):
    """What the engine says that it did; `type` is without the module's file, as it prints it."""

    type: str
    name: str
    done: str


@dataclass(frozen=True)
class AppliedStacks(ABC):
    """Attributes: `initialised` is before the first `up`."""

    project: Project
    initialised: Snapshot

    def up(self, stack: str, *flags: str) -> set[AppliedChange]:
        """Apply; what was changed."""
        printed = self.project.good("up", "--yes", "--skip-preview", "--stack", stack, *flags)
        return {AppliedChange(*found) for found in _CHANGE.findall(printed)}

    @property
    def login(self) -> str:
        """The first member."""
        return Catalogue.load(self.project.folder).owners[self.project.settings("production").team[0].member].login

    @abstractmethod
    def start(self, stack: str) -> None:
        """Make the stack with its secrets."""

    @abstractmethod
    def jobs(self) -> set[str]:
        """The outside checks that exist."""

    @abstractmethod
    def remove_account(self, environment: str) -> None:
        """Delete Pulumi's own service account."""

    @abstractmethod
    def remove_member(self) -> None:
        """Delete the first member."""

    @abstractmethod
    def lose_the_folder(self) -> None:
        """Lose the answer to the next creation of a folder."""

    @abstractmethod
    def remove_folder(self, uid: str) -> None:
        """Delete a folder."""


@dataclass(frozen=True)
class DoubledStacks(AppliedStacks):
    """Doubles of the providers."""

    project: DoubledProject

    def start(self, stack: str) -> None:
        """Make the stack with its secrets."""
        self.project.start(stack)

    def jobs(self) -> set[str]:
        """The outside checks that exist."""
        return {one.plain()["job"] for one in self.project.services.of_type(types.CHECK)}

    def remove_account(self, environment: str) -> None:
        """Delete Pulumi's own service account."""
        every = self.project.services.of_type(types.SERVICE_ACCOUNT)
        (id_,) = [one.id for one in every if one.plain()["name"] == f"sv0-{environment}-pulumi"]
        self.project.services.delete(types.SERVICE_ACCOUNT, id_)

    def remove_member(self) -> None:
        """Delete the first member."""
        org = self.project.settings("production").grafana.org
        self.project.services.delete(types.ORG_MEMBER, f"{org}:{self.login}")

    def lose_the_folder(self) -> None:
        """Lose the answer to the next creation of a folder."""
        self.project.doubles.faults = [ProviderFault(CREATE, types.FOLDER, done=True)]

    def remove_folder(self, uid: str) -> None:
        """Delete a folder."""
        self.project.services.delete(types.FOLDER, f"0:{uid}")


@dataclass(frozen=True)
class StandinProject(Project):
    """With the real providers; what exists is in the stand-in."""

    standin: Standin

    def held(self) -> Any:
        """The state of the stand-in."""
        return self.standin.state.state

    def hold(self, held: Any) -> None:
        """Give the stand-in this state, without a fault."""
        self.standin.state.state = held
        Client(self.standin)("DELETE", "/_faults")


@dataclass(frozen=True)
class ProviderStacks(AppliedStacks):
    """The real providers and the stand-in."""

    project: StandinProject

    def start(self, stack: str) -> None:
        """Make the stack with its secrets."""
        self.project.init(stack, planted(self.project.settings(stack).required_secrets()))

    def jobs(self) -> set[str]:
        """The outside checks that exist."""
        return {str(one["job"]) for one in self.project.standin.state.synthetics["checks"].values()}

    def remove_account(self, environment: str) -> None:
        """Delete Pulumi's own service account."""
        accounts = self._grafana["accounts"]
        (id_,) = [key for key, one in accounts.items() if one["name"] == f"sv0-{environment}-pulumi"]
        del accounts[id_]

    def remove_member(self) -> None:
        """Delete the first member."""
        del self.project.standin.state.cloud["members"][self.login]

    def lose_the_folder(self) -> None:
        """Lose the answer to the next creation of a folder."""
        # The provider tries again, finds the folder and is rejected: what a person would see.
        Client(self.project.standin)("POST", "/_faults", {"match": "POST .*/folders$", "status": 502, "done": True})

    def remove_folder(self, uid: str) -> None:
        """Delete a folder."""
        del self._grafana["folders"][uid]

    @property
    def _grafana(self) -> dict[str, Any]:
        return self.project.standin.state.grafana(self.project.settings("production").grafana.stack)
