"""Is what is live what is declared, and does it work? Nothing is changed.

Only what is inside Grafana, of the stacks that are named. What people made beside it is no difference, unless it
changes how ours works: a rule in our folder, a route, an integration of our contact points, a template with a name of
ours.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from resilience.account import things
from resilience.account.http import SECONDS, WHOLE, ApiClient
from resilience.account.things import POINT, RULE, TREE, Thing
from resilience.account.verify import comparison, evaluation, messages, sources
from resilience.account.verify.comparison import DeclaredThings
from resilience.account.verify.difference import LiveDifference
from resilience.account.verify.evaluation import Patience
from resilience.account.verify.values import Placeholders
from resilience.core.problems import UserError
from resilience.manifest import Manifest

__all__ = ["LiveDifference", "Patience", "VerifyInput", "verify"]


_MOST = 500
"""As many differences are listed: what Grafana answers may have no end."""


@dataclass(frozen=True, kw_only=True)
class VerifyInput:
    """Attributes.

    - `address`: of Grafana, without a slash at the end.
    - `manifests`: of all stacks, because what another one declares is not unmanaged.
    - `stacks`: which of them are compared.
    - `notify`: also send a test message to each contact point.
    """

    address: str
    token: str = field(repr=False)
    manifests: Sequence[Manifest]
    stacks: Sequence[str]
    patience: Patience
    notify: bool = False

    @property
    def compared(self) -> list[Manifest]:
        """The manifests of the stacks that are compared."""
        return [one for one in self.manifests if one.stack in self.stacks]

    def client(self, seconds: float = SECONDS) -> ApiClient:
        """A client with its own deadline for all of its requests."""
        return ApiClient(self.address, self.token, seconds, time.monotonic() + max(WHOLE, seconds))


def verify(given: VerifyInput) -> list[LiveDifference]:
    """Everything that differs, and notes.

    Raises:
        UserError: what exists in Grafana cannot be read. What else cannot be read is a difference.
    """
    declared, live = DeclaredThings.of(given.manifests, given.stacks), list(things.existing(given.client()))
    hidden = Placeholders.of(given.compared, given.address)
    found = list(comparison.differences(declared, live, hidden))
    for subject, part in _parts(given, declared, live).items():
        found += _if_readable(subject, part())
    more = LiveDifference("and more", f"{len(found) - _MOST} others are not listed", "fix these first")
    return [*found[:_MOST], more] if len(found) > _MOST else found


def _parts(
    given: VerifyInput, declared: DeclaredThings, live: list[Thing]
) -> dict[str, Callable[[], Iterator[LiveDifference]]]:
    """What is asked beside the provisioning API."""
    names = {one.key for one in declared.of_kind(POINT)}
    rules = evaluation.expected(given.compared, _running(live))
    parts: dict[str, Callable[[], Iterator[LiveDifference]]] = {
        "data sources": lambda: sources.differences(given.client(), given.compared),
        "evaluation": lambda: evaluation.differences(given.client, rules, given.patience),
    }
    points = cache(lambda: messages.integrations(given.client(), names))
    if declared.of_kind(TREE):
        parts["messages"] = lambda: messages.rendering(given.client(), points(), given.compared)
    if given.notify:
        parts["test messages"] = lambda: messages.sending(given.client, points())
    return parts


def _running(live: list[Thing]) -> set[str]:
    """A paused rule is not evaluated."""
    return {one.key for one in live if one.kind == RULE and one.fields["isPaused"] is False}


def _if_readable(subject: str, found: Iterator[LiveDifference]) -> Iterator[LiveDifference]:
    """These differences; what could not be read is one more."""
    try:
        yield from found
    except UserError as error:
        yield LiveDifference(subject, str(error), "try again")
