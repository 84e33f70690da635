"""Records each registration as the engine would see it; the SDK's mocks do not show parents and options."""

from typing import Any

from google.protobuf.json_format import MessageToDict
from pulumi.runtime.mocks import MockMonitor, Mocks

from resilience.manifest.model import STACK_TYPE, Resource, masked


class Recorder(MockMonitor):
    """A mock monitor that records. It is called from several threads, so it only appends."""

    def __init__(self, mocks: Mocks, stack: str) -> None:
        """Record for one stack."""
        super().__init__(mocks)
        self.stack = stack
        self.resources_seen: list[Resource] = []
        self.outputs: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  # name of the RPC
        """Record the resource, then answer as the mocks do."""
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != STACK_TYPE:
            self.resources_seen.append(_resource(request, answer.urn, self.stack))
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802  # name of the RPC
        """Record the outputs of the stack itself, not those of components."""
        if f"::{STACK_TYPE}::" in request.urn:
            self.outputs.update(masked(MessageToDict(request.outputs))[0])
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def _resource(request: Any, urn: str, stack: str) -> Resource:
    inputs, secrets = masked(MessageToDict(request.object))
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        stack=stack,
        parent=request.parent,
        inputs=inputs,
        secrets=tuple(secrets),
        depends_on=tuple(sorted(set(request.dependencies))),
        provider=request.provider.rpartition("::")[0],
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        import_id=request.importId,
        additional_secret_outputs=tuple(sorted(set(request.additionalSecretOutputs))),  # the SDK repeats some
        ignore_changes=tuple(request.ignoreChanges),
        # Aliases without a name come from the SDK, for renamed types.
        aliases=tuple(alias.spec.name or alias.urn for alias in request.aliases if alias.spec.name or alias.urn),
    )
