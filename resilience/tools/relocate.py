"""Make Debian's Alertmanager run from any folder.

Debian compiles `/usr/share/prometheus/alertmanager` into alertmanager and amtool (0.25.0-1, seen
2026-11-24: "open /usr/share/prometheus/alertmanager/default.tmpl: no such file"), so the unpacked
programs fail where the package is not installed. In a copy, that path is replaced by one of equal
length through file descriptor 9, which a launcher script opens on the unpacked folder.
"""

import os
import tempfile
from pathlib import Path

COMPILED = b"/usr/share/prometheus/alertmanager"
SHARE = Path(COMPILED.decode())
THROUGH_DESCRIPTOR = b"/proc/self/fd/9".ljust(len(COMPILED), b"/")
LAUNCHER = """#!/bin/sh
exec 9<"${{0%/*}}/../{share}"
exec "${{0%/*}}/{copy}" "$@"
"""
"""Relative to itself, so that a cached or moved `.tools` still works; `exec` keeps the pid."""
NEED_TEMPLATES = ("prometheus-alertmanager", "amtool")


def needs_relocation(path: Path) -> bool:
    """Return whether the program needs templates that are not installed on this machine."""
    return path.name in NEED_TEMPLATES and not SHARE.is_dir()


def relocated(path: Path) -> Path:
    """Return a launcher beside `path` that reads templates from `../share`; make it if it is missing."""
    launcher = path.with_name(f"{path.name}.relocated")
    copy = path.with_name(f"{path.name}.patched")
    if not os.access(launcher, os.X_OK):
        _write(copy, path.read_bytes().replace(COMPILED, THROUGH_DESCRIPTOR))
        _write(launcher, LAUNCHER.format(share=SHARE.relative_to("/usr"), copy=copy.name).encode())
    return launcher


def _write(path: Path, content: bytes) -> None:
    """Write an executable atomically: two processes may do so at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o755)
    Path(name).replace(path)
