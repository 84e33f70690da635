"""`make standin`: grafana.com, Grafana, Synthetic Monitoring and GitHub on the loopback, until Ctrl-C."""

import argparse
import signal
import threading
from pathlib import Path

from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.stack_file import StackFile
from tests.standin.server import running
from tests.standin.state import Options


def options(root: Path, state: Path | None) -> Options:
    """The organisation, people and repositories that our own settings expect."""
    settings = StackFile.read("production", root).settings()
    own = [settings.github.workflows] if settings.github.workflows else []
    logins = [Catalogue.load(root).owners[member.member].login for member in settings.team]
    return Options(
        org=settings.grafana.org,
        region=settings.grafana.region or Options.region,
        users=logins,
        members=[login for login, member in zip(logins, settings.team, strict=True) if member.joined],
        stacks=[settings.grafana.stack] if settings.grafana.adopt else [],
        repositories=[f"{settings.github.owner}/{name}" for name in (*settings.github.repositories, *own)],
        state=state,
    )


def main() -> None:
    """Print the address and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--state", type=Path, help="file for the state between runs")
    arguments = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with running(options(ROOT, arguments.state), arguments.port) as standin:
        print(standin.state.base, flush=True)  # noqa: T201  # the caller waits for this line
        ended.wait()


if __name__ == "__main__":
    main()
