"""Doubles of the Grafana and the GitHub provider: one gRPC server that the engine attaches to."""
# ruff: noqa: D102, N802  # the methods of the protocol, under its names

import threading
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import grpc  # type: ignore[import-untyped]  # has no types
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.mocks import MockCallArgs
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from resilience.manifest import types
from resilience.manifest.mocks import ProviderMocks
from tests.engine.doubles.kinds import KINDS
from tests.engine.doubles.messages import UNKNOWN, clear, marked, message, properties
from tests.engine.doubles.services import HeldResource, ServiceRejectionError, Services

CREATE, UPDATE, DELETE = "create", "update", "delete"


class ProviderCall(NamedTuple):
    """A change that was asked for; `name` is the resource's name in the program."""

    op: str
    type: str
    name: str


@dataclass
class ProviderFault:
    """Fails the n-th change of a kind, once.

    Attributes:
        done: carry out the change and lose only its answer.
        seconds: before the answer, which is good if `fails` is false.
        begun: set when the change arrives.
    """

    op: str
    type: str
    nth: int = 1
    done: bool = False
    seconds: float = 0
    fails: bool = True
    begun: threading.Event = field(default_factory=threading.Event)

    def takes(self, call: ProviderCall) -> bool:
        """Whether this is the change; counts it."""
        self.nth -= (call.op, call.type) == (self.op, self.type)
        return self.nth == 0 and (call.op, call.type) == (self.op, self.type)


class ProviderDoubles(provider_pb2_grpc.ResourceProviderServicer):
    """What the engine calls; `services` is what then exists, `calls` the changes in their order."""

    def __init__(self, services: Services) -> None:
        """Serve these services."""
        self.services = services
        self.calls: list[ProviderCall] = []
        self.faults: list[ProviderFault] = []
        self.rotation_is_due = False
        self._tokens: dict[str, Any] = {}

    def Handshake(self, _request: Any, _context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def Attach(self, _request: Any, _context: Any) -> Any:
        return Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:
        return Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="0.0.1")

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, _context: Any) -> Any:
        return _diff(_changed(request.olds, request.news))

    def Configure(self, request: Any, context: Any) -> Any:
        """Remember with what token this provider comes: each has a connection of its own."""
        arguments = clear(properties(request.args))
        self._tokens[context.peer()] = arguments.get("auth") or arguments.get("smAccessToken")
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request: Any, _context: Any) -> Any:
        """Make up a name where the bridge does."""
        if not KINDS[request.type].named or "name" in request.news:
            return provider_pb2.CheckResponse(inputs=request.news)
        name = properties(request.olds).get("name") or f"{request.name}-{request.randomSeed[:4].hex()}"
        made = {"name": name, "__defaults": ["name"]}
        return provider_pb2.CheckResponse(inputs=message(properties(request.news) | made))

    def Diff(self, request: Any, _context: Any) -> Any:
        kind, changed = KINDS[request.type], _changed(request.old_inputs, request.news)
        replaces = [key for key in changed if key in kind.replaces]
        if request.type == types.ROTATING_TOKEN and self.rotation_is_due:
            changed, replaces = [*changed, "readyForRotation"], [*replaces, "readyForRotation"]
        has_own_name = kind.named and "__defaults" not in request.news
        return _diff(changed, replaces, deleted_first=kind.deleted_first or has_own_name)

    def Create(self, request: Any, context: Any) -> Any:
        name, inputs = _name(request.urn), properties(request.properties)
        if request.preview:
            _, computed = Services().computed(request.type, name, inputs)
            return provider_pb2.CreateResponse(properties=message(inputs | dict.fromkeys(computed, UNKNOWN)))
        with self._change(context, ProviderCall(CREATE, request.type, name)):
            held = self.services.create(request.type, name, inputs)
        return provider_pb2.CreateResponse(id=held.id, properties=message(held.outputs))

    def Read(self, request: Any, context: Any) -> Any:
        self._authorize(context)
        with self.services.lock:
            held = self.services.find(request.type, request.id)
            if held is None:
                return provider_pb2.ReadResponse()
            visible = _visible(held, properties(request.inputs))
            outputs = message(visible | held.computed)
        return provider_pb2.ReadResponse(id=held.id, inputs=message(visible), properties=outputs)

    def Update(self, request: Any, context: Any) -> Any:
        inputs = properties(request.news)
        if request.preview:
            held = self.services.get(request.type, request.id)
            return provider_pb2.UpdateResponse(properties=message(inputs | held.computed))
        with self._change(context, ProviderCall(UPDATE, request.type, _name(request.urn))):
            held = self.services.update(request.type, request.id, inputs)
        return provider_pb2.UpdateResponse(properties=message(held.outputs))

    def Delete(self, request: Any, context: Any) -> Any:
        with self._change(context, ProviderCall(DELETE, request.type, _name(request.urn))):
            self.services.delete(request.type, request.id)
        return Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        self._authorize(context)
        arguments = properties(request.args)
        if request.tok == types.GET_STACK and not self.services.find(types.STACK, arguments["slug"]):
            _rejected(context, f"404: there is no stack {arguments['slug']}")
        found = ProviderMocks().call(MockCallArgs(request.tok, arguments, ""))
        return provider_pb2.InvokeResponse(**{"return": message(found)})  # type: ignore[arg-type]  # a keyword of Python

    def _authorize(self, context: Any) -> None:
        """Grafana and Synthetic Monitoring accept only the tokens that exist."""
        token = self._tokens.get(context.peer())
        if token not in (None, UNKNOWN) and token not in self.services.tokens():
            _rejected(context, "401: Invalid API key")

    @contextmanager
    def _change(self, context: Any, call: ProviderCall) -> Iterator[None]:
        """Record a change, and fail it if a fault or the service wants that."""
        self._authorize(context)
        with self.services.lock:
            self.calls.append(call)
            fault = next((one for one in self.faults if one.takes(call)), None)
        if fault:
            fault.begun.set()
            time.sleep(fault.seconds)
            if fault.fails and not fault.done:
                _rejected(context, "500: injected fault")
        try:
            with self.services.lock:
                yield
        except ServiceRejectionError as error:
            _rejected(context, str(error))
        if fault and fault.done:
            _rejected(context, "502: the answer was lost")


@contextmanager
def attached(doubles: ProviderDoubles) -> Iterator[dict[str, str]]:
    """Serve on the loopback; the variables by which the engine finds the doubles."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(doubles, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield {"PULUMI_DEBUG_PROVIDERS": f"grafana:{port},github:{port}"}
    finally:
        server.stop(grace=0).wait(timeout=10)


def _rejected(context: Any, reason: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, reason)
    raise AssertionError  # abort raises


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _changed(old: Any, new: Any) -> list[str]:
    """The inputs that differ in two messages. Most messages are equal, and to read one takes longer than to compare."""
    olds, news = ({}, {}) if old == new else (properties(old), properties(new))
    return sorted(key for key in {*olds, *news} if clear(olds.get(key)) != clear(news.get(key)))


def _diff(changed: list[str], replaces: list[str] | None = None, *, deleted_first: bool = False) -> Any:
    answer = provider_pb2.DiffResponse
    changes = answer.DIFF_SOME if changed else answer.DIFF_NONE
    return answer(
        changes=changes, diffs=changed, replaces=replaces, deleteBeforeReplace=bool(replaces) and deleted_first
    )


def _visible(held: HeldResource, known: dict[str, Any]) -> dict[str, Any]:
    """The inputs as the service returns them; what it hides is taken from what is known."""
    kind, found, before = KINDS[held.type], dict(held.inputs), clear(known)
    for path in kind.hidden:
        key, _, inner = path.partition(".")
        if key in before and inner:
            pairs = zip(clear(found[key]), before[key], strict=False)
            found[key] = [one | {inner: old.get(inner)} for one, old in pairs]
        elif key in before:
            found[key] = before[key]
    return marked(found, kind.secret)
