"""What one look of the probe costs: all well, and every target hanging. Prints; run by `make bench`."""

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


class Well(BaseHTTPRequestHandler):
    """A platform on which all is well."""

    def do_GET(self) -> None:
        """Answer as the API does."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"meta":{"total_count":3}}')

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


def look(port: int, control: int) -> float:
    """Seconds of `python3 -S -m probe --look`, start of the interpreter included."""
    text = (ROOT / "probe/targets.toml").read_text(encoding="utf-8")
    text = re.sub(r"https://(app|dev)\.securityv0\.com", f"http://127.0.0.1:{port}", text)
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
            "--look",
            "--targets",
            str(file),
        ]
        env = {"CF_ACCESS_CLIENT_ID": "id", "CF_ACCESS_CLIENT_SECRET": "secret"}
        begun = time.monotonic()
        subprocess.run(command, cwd=ROOT, env=env, check=False, stdout=subprocess.DEVNULL)  # ours
        return time.monotonic() - begun


def main() -> None:
    """Measure and print."""
    well = ThreadingHTTPServer(("127.0.0.1", 0), Well)
    threading.Thread(target=well.serve_forever, daemon=True).start()
    hanging = socket.create_server(("127.0.0.1", 0), backlog=100)
    good, stuck = well.server_address[1], hanging.getsockname()[1]
    times = sorted(look(good, good) for _ in range(5))
    print(f"all well: {times[2]:.2f} s (median of 5), slowest {times[-1]:.2f} s")
    print(f"all hanging, control answers: {look(stuck, good):.1f} s")
    print(f"all hanging, control too: {look(stuck, stuck):.1f} s")
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
