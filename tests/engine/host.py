"""Language host: runs `__main__.py` of the working directory each time the engine asks, as Pulumi's own host does.

Its argument is a file with more variables of the shell. Prints its port, and ends with its standard input. A process
of its own, so that the clone's components and environment variables count, and not those of the tests.
"""

import gc
import json
import os
import runpy
import sys
from concurrent import futures
from pathlib import Path
from unittest.mock import patch

import grpc  # type: ignore[import-untyped]  # has no types
from pulumi import log
from pulumi.automation._server import LanguageServer
from pulumi.runtime import resource
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc, source_pb2

_read: dict[Path, int] = {}


def program() -> None:
    """The program of the working directory, as it is now."""
    _forget_components()
    given = Path(sys.argv[1])
    shell = json.loads(given.read_text(encoding="utf-8")) if given.exists() else {}
    with patch.dict(os.environ, shell):  # as in a process of its own: what the program changes ends with it
        runpy.run_path(str(Path("__main__.py").resolve()), run_name="__main__")
    # Two versions of a file may have the same size and second, by which Python knows what it compiled.
    sys.dont_write_bytecode = True


def _forget_components() -> None:
    """Tests change components; to read these again, or the library, in every run would take half of its time."""
    found = {path: path.stat().st_mtime_ns for path in Path("components").glob("*.py")}
    if found != _read:
        _read.clear()
        _read.update(found)
        for name in [name for name in sys.modules if name.partition(".")[0] == "components"]:
            del sys.modules[name]


def main() -> None:
    """Serve."""
    gc.disable()  # the SDK makes some 300,000 objects that stay; searching them takes half of the time of a run
    # A new monitor may get the port of one that has ended, whose connection gRPC still keeps for all, and as failed.
    _GRPC_CHANNEL_OPTIONS.append(("grpc.use_local_subchannel_pool", 1))
    # A sixth of the time of a run, and nobody reads from which lines a resource comes.
    resource._get_stack_trace = source_pb2.StackTrace
    log.debug = lambda *_arguments, **_named: None  # five calls of the engine a resource, which shows none of them
    sys.path.insert(0, str(Path.cwd()))
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(program), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)  # noqa: T201  # the caller waits for this line
    server.start()
    sys.stdin.read()
    server.stop(grace=0).wait(timeout=10)


if __name__ == "__main__":
    main()
