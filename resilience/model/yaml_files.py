"""YAML from disk: an unreadable file or a key written twice is a fault, not a traceback."""

from pathlib import Path
from typing import Any

import yaml

from resilience.model.faults import BadInputError, Fault

# libyaml reads the catalogue about ten times faster; wheels have it, a source build may not.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the base is chosen at run time
    """Refuses a key that is written twice; plain YAML would keep the last one in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT002  # signature of PyYAML
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None):
                raise yaml.YAMLError(f"{key_node.start_mark}: a key must be plain text")
            if key in seen:
                raise yaml.YAMLError(f'key "{key}" is written twice, again in line {key_node.start_mark.line + 1}')
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(path: Path, name: str) -> dict[str, Any]:
    """The mapping that the file holds; `name` is the file as faults show it.

    Raises:
        BadInputError: the file is unreadable, is not YAML, or is not a mapping.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a safe loader
    except OSError as error:
        raise BadInputError(
            [Fault(name, "(whole file)", f"cannot be read ({error.strerror})", "make it readable")]
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInputError([Fault(name, _line(error), _problem(error), "correct the YAML")]) from None
    if not isinstance(data, dict):
        raise BadInputError([Fault(name, "(whole file)", "is not a mapping", "write `key: value` lines")])
    return data


def _line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark else "(whole file)"


def _problem(error: Exception) -> str:
    """What PyYAML says in one line, without the excerpt that could show a secret."""
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8 text"
    text = getattr(error, "problem", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
