"""The API in Node: the service kit's own `/metrics`, told by the world what happened.

A program is one process of the API: a restart in the world is a new one. The world's moments are
virtual, so the kit's clock is told too, and when the process began is the world's word.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

from resilience.rehearsal.api_simulator import GOOD, PROCESS_START, STARTED, ApiSimulator
from resilience.rehearsal.faults import Connector, Fault, Wiring
from resilience.rehearsal.sample import Sample, sample
from resilience.rehearsal.targets import Epoch
from resilience.tools import processes
from resilience.tools.errors import RehearsalError

PROGRAM = Path(__file__).parents[2] / "service-kit" / "build" / "reference" / "rehearsed.js"
ANSWER_SECONDS = 60.0


class NodeProgram:
    """One process; raises RehearsalError when it does not start, or stops answering."""

    def __init__(self, wiring: str) -> None:
        """Start it: `wiring` is `kit`, or `seed` for a gauge that is set after each sync."""
        node = shutil.which("node")
        if node is None or not PROGRAM.exists():
            msg = "the service in Node needs Node 20.19 or newer and the built kit; run `make test-kit` first"
            raise RehearsalError(msg)
        with ExitStack() as starting:
            folder = starting.enter_context(TemporaryDirectory(prefix="node-"))
            self._program = processes.run("node", [node, str(PROGRAM), wiring], Path(folder), starting)
            address = self._program.base.removeprefix("http://")
            self._connection = HTTPConnection(address, timeout=ANSWER_SECONDS)
            starting.callback(self._connection.close)
            self._life = starting.pop_all()

    def become(self, state: dict[str, object]) -> None:
        """Tell it what happened until now."""
        self._ask("PUT", "/state", json.dumps(state))

    def metrics(self) -> str:
        """Return what its `/metrics` says."""
        return self._ask("GET", "/metrics")

    def stop(self) -> None:
        """End the process."""
        self._life.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = self._connection.getresponse()
            text = answer.read().decode()
        except (OSError, HTTPException) as error:
            self._program.check()
            msg = f"the service in Node did not answer {path}: {error!r}"
            raise RehearsalError(msg) from error
        if answer.status >= 400:  # noqa: PLR2004 - HTTP's first status of an error
            msg = f"the service in Node answered {path} with {answer.status}"
            raise RehearsalError(msg)
        return text


class NodeSimulator(ApiSimulator):
    """One environment's API in Node; moments must be asked for in their order."""

    def __init__(self, environment: str, faults: tuple[Fault, ...], programs: "NodePrograms") -> None:
        """Start nothing yet."""
        super().__init__(environment, faults)
        self._programs = programs
        self._program: NodeProgram | None = None
        self._began = STARTED
        self._before = 0
        """Requests answered well before the first look: three days of them are not counted one by one."""

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield what its `/metrics` shows, and when the world says that the process began."""
        program = self._serving(at)
        program.become(self._state(at, epoch))
        for family in text_string_to_metric_families(program.metrics()):
            for one in family.samples:
                yield sample(one.name, one.value, **one.labels)
        yield sample(PROCESS_START, epoch(self.started(at)))

    def _serving(self, at: float) -> NodeProgram:
        began = self.started(at)
        if self._program is None or began != self._began:
            if self._program is not None:
                self._programs.end(self._program)
            self._program, self._began = self._programs.start(self._wiring()), began
            self._before = self.answered(at)[GOOD] if began == STARTED else 0
        return self._program

    def _wiring(self) -> str:
        """A process fills all its gauges one way."""
        return "seed" if any(fault.wiring is Wiring.FROZEN for fault in self._of(Connector)) else "kit"

    def _state(self, at: float, epoch: Epoch) -> dict[str, object]:
        answered = self.answered(at)
        return {
            "now": 1000 * epoch(self.clock(at)),
            "depth": self.depth(at),
            "answered": {**answered, GOOD: answered[GOOD] - self._before},
            "connectors": {
                connector.id: None if last is None else 1000 * epoch(self.clock(last))
                for connector, last in self.syncs(at)
            },
        }


class NodePrograms:
    """All processes of a rehearsal; leaving it ends those that still run."""

    def __init__(self) -> None:
        """Nothing runs."""
        self._running: list[NodeProgram] = []

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        with ExitStack() as stack:
            for program in self._running:
                stack.callback(program.stop)

    def simulator(self, environment: str, faults: tuple[Fault, ...]) -> ApiSimulator:
        """Return an environment whose API is in Node."""
        return NodeSimulator(environment, faults, self)

    def start(self, wiring: str) -> NodeProgram:
        """Start a process of the API."""
        program = NodeProgram(wiring)
        self._running.append(program)
        return program

    def end(self, program: NodeProgram) -> None:
        """End a process of the API."""
        self._running.remove(program)
        program.stop()
