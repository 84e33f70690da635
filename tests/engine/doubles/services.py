"""What grafana.com, Grafana and GitHub hold behind the doubles, as strict as the services are said to be.

Each rejection is a statement of the notes that `kinds.py` names; a pass is no proof for the services.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pulumi.runtime.mocks import MockResourceArgs

from resilience.manifest import types
from resilience.manifest.mocks import ProviderMocks
from tests.engine.doubles.kinds import KINDS
from tests.engine.doubles.messages import clear, marked

_NAMED_BY_THE_TREE = (types.CONTACT_POINT, types.MUTE_TIMING)
# What a service deletes with an object: the inputs that name it, and what they name.
_BELOW: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    types.FOLDER: ((types.RULE_GROUP,), {"folderUid": "uid"}),
    types.ACCESS_POLICY: ((types.ACCESS_POLICY_TOKEN, types.ROTATING_TOKEN), {"accessPolicyId": "policyId"}),
    types.SERVICE_ACCOUNT: ((types.SERVICE_ACCOUNT_TOKEN,), {"serviceAccountId": "id"}),
    types.REPOSITORY_ENVIRONMENT: (
        (types.ENVIRONMENT_SECRET,),
        {"repository": "repository", "environment": "environment"},
    ),
}


class ServiceRejectionError(Exception):
    """A service's answer to a request that it does not carry out."""


@dataclass
class HeldResource:
    """One object of a service; `inputs` and `computed` as in messages, secrets marked."""

    type: str
    id: str
    inputs: dict[str, Any]
    computed: dict[str, Any]

    @property
    def outputs(self) -> dict[str, Any]:
        """All that a provider returns."""
        return self.inputs | self.computed

    def plain(self) -> dict[str, Any]:
        """Inputs and outputs in clear."""
        found: dict[str, Any] = clear(self.outputs)
        return found


@dataclass
class Services:
    """Attributes: with `forgetful` the providers mark none of their computed secrets."""

    forgetful: bool = False
    held: dict[tuple[str, str], HeldResource] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _serials: dict[str, int] = field(default_factory=dict)

    def of_type(self, type_: str) -> list[HeldResource]:
        """All objects of one type."""
        return [one for one in self.held.values() if one.type == type_]

    def find(self, type_: str, id_: str) -> HeldResource | None:
        """By id; the Grafana stack also by its slug, as an import does."""
        if type_ == types.STACK:
            return next((one for one in self.of_type(type_) if id_ in (one.id, one.inputs["slug"])), None)
        return self.held.get((type_, id_))

    def get(self, type_: str, id_: str) -> HeldResource:
        """By id.

        Raises:
            ServiceRejectionError: there is none.
        """
        if (found := self.find(type_, id_)) is None:
            raise ServiceRejectionError(f"404: there is no {type_} {id_}")
        return found

    def tokens(self) -> list[str]:
        """The tokens of service accounts, and of Synthetic Monitoring."""
        with self.lock:
            accounts, installations = self.of_type(types.SERVICE_ACCOUNT_TOKEN), self.of_type(types.INSTALLATION)
            return [one.plain()["key"] for one in accounts] + [one.plain()["smAccessToken"] for one in installations]

    def create(self, type_: str, name: str, inputs: dict[str, Any]) -> HeldResource:
        """Make an object, as a person or as a provider.

        Raises:
            ServiceRejectionError: it exists, or refers to what does not.
        """
        kind, plain = KINDS[type_], clear(inputs)
        own = kind.id.format(**plain)
        if (type_, own) in self.held and not kind.upsert:
            raise ServiceRejectionError(f"409: {type_} {own} already exists")
        self._check(type_, own, plain)
        mock_id, computed = self.computed(type_, name, inputs)
        number = "" if own or type_ == types.STACK else f"-{self._serials[type_]}"
        held = HeldResource(type_, own or f"{mock_id}{number}", inputs, computed)
        self.held[type_, held.id] = held
        return held

    def update(self, type_: str, id_: str, inputs: dict[str, Any]) -> HeldResource:
        """Change an object.

        Raises:
            ServiceRejectionError: there is none, or it refers to what does not exist.
        """
        held = self.get(type_, id_)
        self._check(type_, id_, clear(inputs))
        held.inputs = inputs
        return held

    def delete(self, type_: str, id_: str) -> None:
        """Remove an object with all that goes with it.

        Raises:
            ServiceRejectionError: it is in use, or a rule group is gone already.
        """
        held = self.find(type_, id_)
        if held is None and type_ == types.RULE_GROUP:
            raise ServiceRejectionError(f"404: there is no rule group {id_}")
        if held is None or (type_ == types.ROTATING_TOKEN and not held.inputs.get("deleteOnDestroy")):
            return
        self._check_unused(held)
        del self.held[type_, id_]
        for below in self._below(held):
            self.held.pop((below.type, below.id), None)

    def computed(self, type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Id and outputs besides the inputs, as the mocks of the manifest have them."""
        kind, number = KINDS[type_], self._serials.setdefault(type_, 0) + 1
        self._serials[type_] = number
        mock_id, outputs = ProviderMocks().new_resource(MockResourceArgs(type_, name, inputs, "", "", custom=True))
        found = {key: clear(value) for key, value in outputs.items() if key not in inputs}
        found |= {key: f"{found[key]}-{number}" for key in kind.fresh}
        if type_ == types.ROTATING_TOKEN:
            end = datetime.fromisoformat(found["expiresAt"]) + timedelta(days=number)
            found["expiresAt"] = end.isoformat().replace("+00:00", "Z")
        return str(mock_id), found if self.forgetful else marked(found, kind.secret)

    def _check(self, type_: str, id_: str, plain: dict[str, Any]) -> None:
        if type_ == types.NOTIFICATION_POLICY:
            self._check_names(plain)
        if type_ == types.RULE_GROUP:
            self._check_rules(id_, plain)
        if type_ == types.ENVIRONMENT_SECRET:
            self.get(types.REPOSITORY_ENVIRONMENT, f"{plain['repository']}:{plain['environment']}")

    def _check_names(self, tree: dict[str, Any]) -> None:
        known = [one.plain()["name"] for type_ in _NAMED_BY_THE_TREE for one in self.of_type(type_)]
        if unknown := sorted(set(_names(tree)) - set(known)):
            raise ServiceRejectionError(f"400: the policy tree names what does not exist: {unknown}")

    def _check_rules(self, id_: str, group: dict[str, Any]) -> None:
        self.get(types.FOLDER, f"0:{group['folderUid']}")
        others = [one for one in self.of_type(types.RULE_GROUP) if one.id != id_]
        taken = {rule["uid"] for other in others for rule in other.plain()["rules"]}
        if clash := sorted(taken & {rule["uid"] for rule in group["rules"]}):
            raise ServiceRejectionError(f"409: these uids are taken: {clash}")

    def _check_unused(self, held: HeldResource) -> None:
        plain = held.plain()
        if held.type in _NAMED_BY_THE_TREE and plain["name"] in self.named_by_the_tree():
            raise ServiceRejectionError(f"409: {plain['name']} is used by the policy tree")
        if held.type == types.FOLDER and plain.get("preventDestroyIfNotEmpty") and list(self._below(held)):
            raise ServiceRejectionError(f"the folder {plain['uid']} is not empty")
        if held.type == types.STACK and plain.get("deleteProtection"):
            raise ServiceRejectionError("409: Delete protection is enabled")

    def named_by_the_tree(self) -> set[str]:
        """Contact points and timings in the policy tree."""
        return {name for tree in self.of_type(types.NOTIFICATION_POLICY) for name in _names(tree.plain())}

    def _below(self, held: HeldResource) -> list[HeldResource]:
        own, (below, keys) = held.plain() | {"id": held.id}, _BELOW.get(held.type, ((), {}))
        every = [one for type_ in below for one in self.of_type(type_)]
        return [one for one in every if all(one.plain()[key] == own[of] for key, of in keys.items())]


def _names(route: dict[str, Any]) -> Iterator[str]:
    """The contact points and timings of a route and of those below it."""
    yield route["contactPoint"]
    yield from [*route.get("activeTimings", []), *route.get("muteTimings", [])]
    for below in route.get("policies", []):
        yield from _names(below)
