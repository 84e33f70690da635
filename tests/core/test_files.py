"""Files: only a plain one is replaced, whole or not at all, whatever ends the process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resilience.core import files
from resilience.core.problems import BadInputError


@pytest.fixture(name="odd", params=["a pipe", "a folder", "a link to a pipe", "a link to a device", "a socket"])
def _odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something that is no plain file; the device itself is never a target, only a link to it."""
    path = tmp_path / "odd"
    match request.param:
        case "a pipe":
            os.mkfifo(path)
        case "a folder":
            path.mkdir()
        case "a link to a pipe":
            os.mkfifo(tmp_path / "pipe")
            path.symlink_to("pipe")
        case "a link to a device":
            path.symlink_to("/dev/null")
        case _:
            os.mknod(path, 0o600 | 0o140000)
    return path


def test_what_is_no_plain_file_is_neither_replaced_nor_removed(odd: Path) -> None:
    before = odd.lstat()

    for change in (lambda: files.put(odd, "x"), lambda: files.remove(odd)):
        with pytest.raises(BadInputError, match="is not a plain file; name a file"):
            change()

    assert (odd.lstat().st_mode, odd.lstat().st_ino) == (before.st_mode, before.st_ino)


def test_a_pipe_to_which_nobody_writes_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert files.read(tmp_path / "pipe", "pipe") == b""


def test_a_file_without_end_is_read_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 1000)

    with pytest.raises(BadInputError, match="is larger than 1,000 bytes"):
        files.read(Path("/dev/zero"), "zero")


# A disk that is slow to confirm: the temporary file is complete, and the rename has not come. What a script starts in
# the background ignores Ctrl-C, and so would this.
_SLOW = "import os, runpy, signal, time; signal.signal(signal.SIGINT, signal.default_int_handler); "
_SLOW += "os.fsync = lambda _: (print('written', flush=True), time.sleep(60)); "
_SLOW += "runpy.run_module('resilience', run_name='__main__', alter_sys=True)"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_no_file_with_a_secret(tmp_path: Path, number: signal.Signals) -> None:
    outputs = {
        "environment": "production",
        "loki_url": "https://logs.example.net/loki/api/v1/push",
        "loki_user": "1",
        "prometheus_url": "https://prometheus.example.net/api/prom/push",
        "prometheus_user": "2",
        "telemetry_token": "glc_CANARY",
    }
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    out = tmp_path / "out" / "prod.env"
    command = [sys.executable, "-c", _SLOW, "env", "--stack", "production"]
    command += ["--from", str(tmp_path / "outputs.json"), "--out", str(out)]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        there = list(out.parent.iterdir())
        time.sleep(0.1)  # until it sleeps
        process.send_signal(number)
        _, error = process.communicate(timeout=20)

    assert len(there) == 1
    assert list(out.parent.iterdir()) == []
    assert process.returncode == 128 + number
    assert "Traceback" not in error
