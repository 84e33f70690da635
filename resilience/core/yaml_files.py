"""YAML files: an unreadable file or a key written twice is reported as a problem, not as a traceback."""

import pickle
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from resilience.core.files import read_text
from resilience.core.problems import BadInputError, Problem, looks_secret, shown

_DEEPEST, _MOST = 100, 1_000_000
_TEXTS = 512
"""So many are remembered: `check` reads the catalogue once for itself and once for each stack, and 128 scenarios."""
# libyaml reads the catalogue about ten times faster; wheels have it, a source build may not.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the base is chosen at run time
    """Rejects a key that is written twice; plain YAML would keep the last one and say nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT002  # signature of PyYAML
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None):
                raise yaml.YAMLError(f"{key_node.start_mark}: a key must be plain text")
            if key in seen:
                again = key_node.start_mark.line + 1
                raise yaml.YAMLError(f"key {shown(key)} is written twice, again in line {again}")
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(path: Path, name: str) -> dict[str, Any]:
    """The mapping in the file; problems call the file `name`.

    Raises:
        BadInputError: the file is unreadable, is not YAML, or is not a mapping.
    """
    text = read_text(path, name)
    try:
        data = pickle.loads(_pickled(text))  # noqa: S301  # what is written below
    # For a tag that does not fit its value (`!!bool maybe`) PyYAML raises errors of many types.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise BadInputError([Problem(name, _line(error), _problem(error), "correct the YAML")]) from None
    if not isinstance(data, dict):
        raise BadInputError([Problem(name, "(whole file)", "is not a mapping", "write `key: value` lines")])
    return data


@lru_cache(_TEXTS)
def _pickled(text: str) -> bytes:
    """The document, to be copied for each reader: a reader may change what it is given."""
    return pickle.dumps(_loaded(text))


def _loaded(text: str) -> object:
    """The document; libyaml's own recursion would kill the process at some 10,000 levels."""
    values, sizes, opened = 0, dict[str, int](), list[tuple[str | None, int]]()
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.AliasEvent) and event.anchor in (anchor for anchor, _ in opened):
            raise yaml.YAMLError(f"{shown(event.anchor)} contains itself")
        values += _values(event, sizes)
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, values))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            sizes |= {anchor: values - before} if anchor else {}
        if len(opened) > _DEEPEST:
            raise yaml.YAMLError(f"is nested more than {_DEEPEST} levels deep")
        if values > _MOST:
            raise yaml.YAMLError(f"has more than {_MOST:,} values")
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader


def read_own(text: str) -> Any:
    """What this repository or its program wrote as YAML, at libyaml's speed; raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Base)  # noqa: S506  # a safe loader


def _values(event: Any, sizes: Mapping[str, int]) -> int:
    """How many values it stands for: ten aliases of ten aliases of … fit into a line and fill the memory."""
    if not isinstance(event, yaml.AliasEvent):
        return 1
    # The anchor of a text is not listed, and that of a mapping only after its end.
    return sizes.get(event.anchor or "", 1)


def _line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark else "(whole file)"


def _problem(error: Exception) -> str:
    """PyYAML's message in one line, without anything that could be a secret."""
    text = str(getattr(error, "problem", None) or error)
    if looks_secret(text) or not isinstance(error, yaml.YAMLError | ValueError):
        return "a value does not fit its tag, or YAML does not know the tag"
    return " ".join(text.split())
