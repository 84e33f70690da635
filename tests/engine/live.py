"""The Grafana that an `up` on the real engine leaves, compared with what is declared.

The real providers write into a stand-in. What the doubles hold is copied into one: what the engine applied is then
compared, with the values that only it knows, though not what a provider makes of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from resilience.account.verify import LiveDifference, Patience, VerifyInput, verify
from resilience.manifest import declare_deployed
from tests.engine.doubled import DoubledProject
from tests.engine.project import Project, settings
from tests.standin.client import Client
from tests.standin.filled import fill
from tests.standin.server import Standin, running
from tests.standin.state import Options

_TOKEN = "glsa_copied"


@dataclass(frozen=True)
class LiveGrafana:
    """Its address and a token of it."""

    address: str
    token: str


def of(standin: Standin) -> LiveGrafana:
    """The one into which the providers wrote, with the token of their own account."""
    slug = settings("production").grafana.stack
    accounts = standin.state.grafana(slug)["accounts"].values()
    token = next(token["key"] for one in accounts for token in one["tokens"].values())
    return LiveGrafana(f"{standin.state.base}/stack/{slug}", token)


@contextmanager
def copied(project: DoubledProject) -> Iterator[LiveGrafana]:
    """A stand-in with what the doubles hold."""
    slug = settings("production").grafana.stack
    with running(Options(stacks=[slug], stack_tokens=[_TOKEN])) as standin:
        grafana = Client(standin, f"/stack/{slug}", _TOKEN)
        fill(grafana, ((one.type, one.plain()) for one in project.services.held.values()))
        yield LiveGrafana(f"{standin.state.base}/stack/{slug}", _TOKEN)


def differences(project: Project, grafana: LiveGrafana) -> list[LiveDifference]:
    """What `resilience verify` finds."""
    manifests = declare_deployed(project.folder)
    return verify(
        VerifyInput(
            address=grafana.address,
            token=grafana.token,
            manifests=manifests,
            stacks=[one.stack for one in manifests],
            patience=Patience(0),
        )
    )
