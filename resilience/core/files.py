"""Files that are never half written."""

import os
import tempfile
from pathlib import Path


def put(path: Path, text: str, mode: int = 0o644) -> Path:
    """Write the whole text beside the path, then rename; makes the folder when there is none.

    Raises:
        OSError: the place cannot be written; what was there before still is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            # A file system may tell only now that it is full.
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
