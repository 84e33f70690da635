"""Language host: runs `__main__.py` of the working directory each time the engine asks, as Pulumi's own host does.

Prints its port, and ends with its standard input. A process of its own, so that the clone's components
and environment variables count, and not those of the tests.
"""

import gc
import os
import runpy
import sys
from concurrent import futures
from pathlib import Path
from unittest.mock import patch

import grpc  # type: ignore[import-untyped]  # has no types
from pulumi import log
from pulumi.automation._server import LanguageServer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc


def program() -> None:
    """The program of the working directory, as it is now."""
    # Tests change components; to read the library again would take a fifth of the time of a run.
    for name in [name for name in sys.modules if name.partition(".")[0] == "components"]:
        del sys.modules[name]
    with patch.dict(os.environ):  # as in a process of its own: what the program changes ends with it
        runpy.run_path(str(Path("__main__.py").resolve()), run_name="__main__")


def main() -> None:
    """Serve."""
    gc.disable()  # the SDK makes some 300,000 objects that stay; searching them takes half of the time of a run
    # A new monitor may get the port of one that has ended, whose connection gRPC still keeps for all, and as failed.
    _GRPC_CHANNEL_OPTIONS.append(("grpc.use_local_subchannel_pool", 1))
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
