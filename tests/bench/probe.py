"""The cost of one run of the probe: healthy targets, and targets that hang. Prints; run by `make bench`."""

import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]


class HealthyHandler(BaseHTTPRequestHandler):
    """A healthy platform."""

    def do_GET(self) -> None:
        """Respond as the API does."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"meta":{"total_count":3}}')

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


def dry_run(port: int, control: int) -> float:
    """Seconds of `python3 -S -m probe --dry-run`, with the start of the interpreter."""
    text = (ROOT / "probe/targets.toml").read_text(encoding="utf-8")
    text = re.sub(r'url = "https://[^/"]+', f'url = "http://127.0.0.1:{port}', text)
    text = re.sub(r"urls = \[.*\]", f'urls = ["http://127.0.0.1:{control}/"]', text)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "targets.toml"
        file.write_text(text, encoding="utf-8")
        command = [
            os.path.realpath(sys.executable),
            "-S",
            "-E",
            "-m",
            "probe",
            "--dry-run",
            "--targets",
            str(file),
        ]
        env = {"CF_ACCESS_CLIENT_ID": "id", "CF_ACCESS_CLIENT_SECRET": "secret"}
        begun = time.monotonic()
        subprocess.run(command, cwd=ROOT, env=env, check=False, stdout=subprocess.DEVNULL)  # ours
        return time.monotonic() - begun


def main() -> None:
    """Measure and print."""
    healthy = ThreadingHTTPServer(("127.0.0.1", 0), HealthyHandler)
    threading.Thread(target=healthy.serve_forever, daemon=True).start()
    hanging = socket.create_server(("127.0.0.1", 0), backlog=100)
    good, stuck = healthy.server_address[1], hanging.getsockname()[1]
    times = sorted(dry_run(good, good) for _ in range(5))
    print(f"healthy: {times[2]:.2f} s (median of 5), slowest {times[-1]:.2f} s")
    print(f"all hang, control addresses answer: {dry_run(stuck, good):.1f} s")
    print(f"all hang, control addresses too: {dry_run(stuck, stuck):.1f} s")
    print(f"memory, highest: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
