"""What to compare with: the manifest in a file, or that of another revision of this repository."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from resilience.core.problems import UserError, shown, without_secrets
from resilience.manifest import Manifest
from resilience.manifest.reading import manifests_of
from resilience.review import read_manifest

_SECONDS = 120
_LONGEST = 300
# Its program gets none of the credentials, and no other configuration of this shell.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE")


def other(reference: str, root: Path) -> list[Manifest]:
    """The stacks of a file that `resilience manifest --json` wrote, or of a revision that git knows.

    Raises:
        UserError: it is neither, or the program of that revision does not run.
    """
    if Path(reference).is_file():
        return manifests_of(read_manifest(Path(reference)))
    with _worktree(reference, root) as folder, TemporaryDirectory() as written:
        path = Path(written) / "manifest.json"
        # Its own components run: `resilience -C` would run them with ours.
        command = [sys.executable, "-m", "resilience", "manifest", "--json"]
        path.write_text(_output(command, folder, f"the program of {shown(reference)}"), encoding="utf-8")
        return manifests_of(read_manifest(path))


@contextmanager
def _worktree(reference: str, root: Path) -> Iterator[Path]:
    """The revision in a folder of its own; nothing of the checkout changes."""
    name = f"the revision {shown(reference)}"
    known = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}"]
    commit = _output(known, root, f"{name} (no such file, and git knows no such commit)").strip()
    with TemporaryDirectory(prefix="against-") as parent:
        folder = Path(parent) / "checkout"
        _output(["git", "worktree", "add", "--quiet", "--detach", str(folder), commit], root, name)
        try:
            yield folder
        finally:
            _output(["git", "worktree", "remove", "--force", str(folder)], root, name)


def _output(command: Sequence[str], folder: Path, what: str) -> str:
    given = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and a revision is never an option
            command, cwd=folder, env=given, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UserError(f"{what} cannot be used ({type(error).__name__})") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")[:_LONGEST].strip().partition("\n")[0]
        raise UserError(f"{what} cannot be used{said and ': '}{without_secrets(said)}")
    return done.stdout.decode("utf-8", "replace")
