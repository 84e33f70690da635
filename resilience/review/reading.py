"""Reads the files to compare: lists of objects, written by this program in two checkouts."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from resilience.core.problems import BadInputError, Problem

JsonObject = Mapping[str, Any]
_RESOURCE = {"type": str, "name": str, "stack": str, "inputs": dict}
_LINE = {"limit": str, "unit": str, "used": (int, float), "allowed": (int, float)}


def read_manifest(path: Path) -> list[JsonObject]:
    """The resources of a manifest.

    Raises:
        BadInputError: the file is not what `resilience manifest --json` writes.
    """
    return _read(path, _RESOURCE, "manifest")


def read_budget(path: Path) -> list[JsonObject]:
    """The lines of a budget.

    Raises:
        BadInputError: the file is not what `resilience budget --json` writes.
    """
    return _read(path, _LINE, "budget")


def _read(path: Path, wanted: Mapping[str, Any], command: str) -> list[JsonObject]:
    instead = f"write it with `resilience {command} --json`"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(
            [Problem(str(path), "(whole file)", f"cannot be read ({error.strerror})", instead)]
        ) from None
    except (ValueError, RecursionError):
        raise BadInputError([Problem(str(path), "(whole file)", "is not JSON", instead)]) from None
    if not isinstance(found, list):
        raise BadInputError([Problem(str(path), "(whole file)", "is not a list", instead)])
    if problems := list(_problems(str(path), found, wanted, instead)):
        raise BadInputError(problems)
    return found


def _problems(file: str, found: list[Any], wanted: Mapping[str, Any], instead: str) -> Iterable[Problem]:
    for index, one in enumerate(found):
        if not isinstance(one, dict):
            yield Problem(file, f"[{index}]", "is not an object", instead)
            continue
        for key, kind in wanted.items():
            if not isinstance(one.get(key), kind):
                yield Problem(file, f"[{index}].{key}", "is missing or of another type", instead)
