"""The API in Node: `/metrics` comes from the service kit, and what happened from the simulator.

A restart in the scenario ends one Node process and starts another. Time is virtual, so the simulator
sets the kit's clock and reports the process start time itself.
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

from resilience.rehearsal.scenario.faults import EVERY_PART, Connector, Fault, Part, Wiring
from resilience.rehearsal.simulator.api_simulator import OK_STATUS, PROCESS_START, ApiSimulator
from resilience.rehearsal.simulator.sample import FIRST_START, Sample, sample
from resilience.rehearsal.simulator.targets import Epoch
from resilience.tools import processes
from resilience.tools.errors import RehearsalError

PROGRAM = Path(__file__).parents[3] / "service-kit" / "build" / "reference" / "rehearsed.js"
ANSWER_SECONDS = 60.0


class NodeProgram:
    """One process; raises RehearsalError when it does not start or does not respond."""

    def __init__(self, wiring: str) -> None:
        """Start it; `wiring` is `kit`, or `seed` for an age gauge that is set after each sync."""
        node = shutil.which("node")
        if node is None or not PROGRAM.exists():
            msg = "the API in Node needs Node 20.19 or newer and the built service kit; run `make test-kit` first"
            raise RehearsalError(msg)
        with ExitStack() as starting:
            folder = starting.enter_context(TemporaryDirectory(prefix="node-"))
            self._program = processes.run("node", [node, str(PROGRAM), wiring], Path(folder), starting)
            address = self._program.base.removeprefix("http://")
            self._connection = HTTPConnection(address, timeout=ANSWER_SECONDS)
            starting.callback(self._connection.close)
            self._resources = starting.pop_all()

    def set_state(self, state: dict[str, object]) -> None:
        """Set what has happened until now."""
        self._request("PUT", "/state", json.dumps(state))

    def metrics(self) -> str:
        """Return its `/metrics`."""
        return self._request("GET", "/metrics")

    def stop(self) -> None:
        """End the process."""
        self._resources.close()

    def _request(self, method: str, path: str, body: str | None = None) -> str:
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = self._connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException) as error:
            self._program.check()
            msg = f"the API in Node did not answer {path}: {error!r}"
            raise RehearsalError(msg) from error
        if response.status >= 400:  # noqa: PLR2004 - the first error status of HTTP
            msg = f"the API in Node answered {path} with {response.status}"
            raise RehearsalError(msg)
        return text


class NodeSimulator(ApiSimulator):
    """One environment's API in Node; `samples` must be called in the order of time."""

    def __init__(self, environment: str, faults: tuple[Fault, ...], programs: "NodePrograms") -> None:
        """Nothing starts yet."""
        super().__init__(environment, faults)
        self._programs = programs
        self._program: NodeProgram | None = None
        self._running_since = FIRST_START
        self._uncounted = 0
        """Requests before the first scrape: the kit does not count three days of them one by one."""

    def samples(self, at: float, epoch: Epoch, _parts: frozenset[Part] = EVERY_PART) -> Iterator[Sample]:
        """Yield the samples of its `/metrics`, the simulated health checks and process start time."""
        program = self._program_at(at)
        program.set_state(self._state(at, epoch))
        for family in text_string_to_metric_families(program.metrics()):
            for one in family.samples:
                yield sample(one.name, one.value, **one.labels)
        yield from self.health_samples(at)
        yield sample(PROCESS_START, epoch(self.process_start(at)))

    def _program_at(self, at: float) -> NodeProgram:
        started = self.process_start(at)
        if self._program is None or started != self._running_since:
            if self._program is not None:
                self._programs.end(self._program)
            self._program, self._running_since = self._programs.start(self._wiring()), started
            self._uncounted = self.request_counts(at)[OK_STATUS] if started == FIRST_START else 0
        return self._program

    def _wiring(self) -> str:
        """All gauges of a process are filled in the same way."""
        return "seed" if any(fault.wiring is Wiring.FROZEN for fault in self._faults_of(Connector)) else "kit"

    def _state(self, at: float, epoch: Epoch) -> dict[str, object]:
        counts = self.request_counts(at)
        return {
            "now": 1000 * epoch(self.clock(at)),
            "depth": self.depth(at),
            "requests": {**counts, OK_STATUS: counts[OK_STATUS] - self._uncounted},
            "slow": [one._asdict() for one in self.slow(at)],
            "connectors": {
                connector.id: None if last is None else 1000 * epoch(self.clock(last))
                for connector, last in self.syncs(at)
            },
        }


class NodePrograms:
    """All Node processes of a rehearsal; leaving the context ends those that still run."""

    def __init__(self) -> None:
        """Nothing runs."""
        self._running: list[NodeProgram] = []

    def __enter__(self) -> Self:
        """Return this object."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        with ExitStack() as stack:
            for program in self._running:
                stack.callback(program.stop)

    def simulator(self, environment: str, faults: tuple[Fault, ...]) -> ApiSimulator:
        """Return the simulator of an environment, with its API in Node."""
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
