"""Files are read with a limit, and written whole or not at all; nothing but a plain file is ever replaced."""

import os
import secrets
import stat
from pathlib import Path

from resilience.core.problems import BadInputError, Problem

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read; a preview of three stacks has a hundredth of it."""
_WHOLE = "(whole file)"


def read(path: Path, name: str, instead: str = "make it readable") -> bytes:
    """The content; problems call the file `name`.

    Raises:
        BadInputError: it cannot be read, or is larger than `LARGEST`.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:  # pathlib knows no opener
            os.set_blocking(file.fileno(), True)
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise _rejected(name, f"cannot be read ({_reason(error)})", instead) from None
    if len(data) > LARGEST:
        raise _rejected(name, f"is larger than {LARGEST:,} bytes", instead)
    return data


def read_text(path: Path, name: str, instead: str = "make it readable") -> str:
    """The content as text. Raises as `read` does, and if it is not UTF-8."""
    return decoded(read(path, name, instead), name)


def decoded(data: bytes, name: str) -> str:
    """The bytes as text.

    Raises:
        BadInputError: they are not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _rejected(name, "is not UTF-8 text", "write it in UTF-8") from None


def put(path: Path, text: str, mode: int = 0o644) -> Path:
    """Write the text beside the path, then rename; make the folder if it does not exist.

    Raises:
        BadInputError: it cannot be written; the old file is unchanged.
    """
    check_replaceable(path)
    try:
        _put(path, text.encode(), mode)
    except (OSError, ValueError) as error:
        what = f"cannot be written ({_reason(error)}); the old file is unchanged"
        raise _rejected(str(path), what, "free some space, or name another file") from None
    return path


def remove(path: Path) -> None:
    """Remove the file if there is one.

    Raises:
        BadInputError: it is no plain file, or cannot be removed.
    """
    check_replaceable(path)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _rejected(str(path), f"cannot be removed ({_reason(error)})", "name another file") from None


def check_replaceable(path: Path) -> None:
    """Raise a problem if anything but a plain file is there: a rename would replace the device or the pipe itself."""
    try:
        # One look: another thread may make the file between two.
        replaceable = stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise _rejected(str(path), f"cannot be written ({_reason(error)})", "name another file") from None
    if not replaceable:
        raise _rejected(str(path), "is not a plain file", "name a file; only standard output writes into a pipe")


def _put(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Named before it exists, so that no signal can come between its making and the `try`.
    beside = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            # A full file system may report it only now.
            os.fsync(file.fileno())
        beside.chmod(mode)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _without_waiting(path: str, flags: int) -> int:
    """Open it; a named pipe to which nobody writes is empty instead of being waited for."""
    return os.open(path, flags | os.O_NONBLOCK)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeError):
        return "it has characters that no text may have"
    return getattr(error, "strerror", None) or "no such name"


def _rejected(name: str, what: str, instead: str) -> BadInputError:
    return BadInputError([Problem(name, _WHOLE, what, instead)])
