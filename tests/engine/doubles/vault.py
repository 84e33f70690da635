"""A double of Vault's transit engine, which keeps the keys of the stacks.

From a passphrase the engine derives each key with a million rounds: half of the time of a command that reads
two stacks. Who keeps the key changes nothing of what is encrypted.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROVIDER = "--secrets-provider=hashivault://sv0"
_PREFIX = "vault:v1:"


class _Transit(BaseHTTPRequestHandler):
    """Gives back as ciphertext what it is given: it protects nothing."""

    def do_PUT(self) -> None:
        """Encrypt or decrypt, as the path says."""
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.startswith("/v1/transit/encrypt/"):
            self._answer(ciphertext=_PREFIX + given["plaintext"])
        else:
            self._answer(plaintext=given["ciphertext"].removeprefix(_PREFIX))

    def _answer(self, **data: str) -> None:
        body = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@contextmanager
def vault() -> Iterator[dict[str, str]]:
    """Serve on the loopback; the variables by which the engine finds it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Transit)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        yield {"VAULT_ADDR": address, "VAULT_SERVER_URL": address, "VAULT_SERVER_TOKEN": "of-nobody"}
    finally:
        server.shutdown()
        server.server_close()
