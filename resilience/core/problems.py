"""Problems of input, reported together: `file: path: what is wrong, with the value in quotes; instead`."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from resilience.core.redaction import HIDDEN, begins_like_a_token, redacted

Model = TypeVar("Model", bound=BaseModel)
Loaded = TypeVar("Loaded")
Unloaded = TypeVar("Unloaded")

# A value in the wrong place may be a credential that no rule knows: a long word of letters and digits. The platform's
# own names (sv0_http_requests_total) are none.
_OWN_NAME = re.compile(r"sv0(?:[_-][a-z]+)+")
_RANDOM = 20
# User and password where an address was made a path, which leaves one slash of the two.
_USER = re.compile(r"(:/)(?!/)(?:[^\s/?#]*|[^\s/?#:@]*:(?!\d+(?:[/?#\s]|$))\S{0,500})@")
_LONGEST_SHOWN = 60
_LARGEST_SHOWN = 10**_LONGEST_SHOWN
TRACEBACK = "RESILIENCE_TRACEBACK"
"""The variable that shows the traceback of what stopped a command."""

_WANTED = {
    "timezone_aware": "it with a time zone, as 2027-03-01T00:00:00Z",
    "too_short": "at least one entry",
    "invalid_key": "a key that is text",
    "finite_number": "a finite number",
    "string_type": "text, in quotes",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
}

RENAMED = {
    "told_within": "notify_within",
    "user_sees": "impact",
    "promise": "response",
    "no_data": "no_data_state",
    "on_error": "exec_err_state",
    "elsewhere": "other_environments",
    "blind": "no_data_or_error",
    "unrouted": "default",
}
"""New names of the catalogue's keys, by the names that they had until 2026-11-27."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, where, and what to write instead."""

    file: str
    path: str
    what: str
    instead: str

    def __str__(self) -> str:
        """One line, as it is printed; anything that looks like a credential is hidden."""
        return without_secrets(f"{self.file}: {self.path}: {self.what}; {self.instead}")


class UserError(Exception):
    """Something that the user can fix: its text is printed as it is, without a traceback."""


class BadInputError(UserError):
    """All problems of what was read, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep each problem once, in the order in which they are printed."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def collected(problems: list[Problem], load: Callable[[], Loaded]) -> Loaded | None:
    """What was loaded; or None, and the reasons are added to `problems`."""
    try:
        return load()
    except BadInputError as error:
        problems += error.problems
    return None


def each(items: Iterable[Unloaded], load: Callable[[Unloaded], Loaded]) -> list[Loaded]:
    """Everything that is loaded from the items.

    Raises:
        BadInputError: all that is wrong in all of them.
    """
    problems: list[Problem] = []
    found: list[Loaded] = []
    for item in items:
        try:
            found.append(load(item))
        except BadInputError as error:
            problems += error.problems
    if problems:
        raise BadInputError(problems)
    return found


def without_secrets(text: str) -> str:
    """The text in one printable line; what may be a credential or a person's address is hidden."""
    line = redacted("".join(letter if letter.isprintable() else " " for letter in text))
    return _USER.sub(rf"\1{HIDDEN}@", line)


def looks_secret(text: str) -> bool:
    """Whether any word of the text could be a credential."""
    return begins_like_a_token(text) or redacted(text) != text or any(_is_random(word) for word in text.split())


def _is_random(word: str) -> bool:
    mixed = any(letter.isdigit() for letter in word) and any("a" <= letter.lower() <= "z" for letter in word)
    return len(word) >= _RANDOM and mixed and not _OWN_NAME.fullmatch(word)


def shown(value: object) -> str:
    """The value in quotes, or `[hidden]` if it could be a credential or cannot be printed in one short line."""
    # Python raises an error for a number of more than 4,300 digits.
    too_large = isinstance(value, int) and abs(value) > _LARGEST_SHOWN
    text = HIDDEN if too_large else str(value)
    if looks_secret(text) or len(text) > _LONGEST_SHOWN or not text.isprintable():
        text = HIDDEN
    return f'"{text}"'


def path_of(keys: Sequence[int | str]) -> str:
    """`('alerts', 2, 'for')` as `alerts[2].for`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".") or "(whole file)"


def validated(model: type[Model], data: object, file: str, at: tuple[int | str, ...] = ()) -> Model:
    """Data as a model.

    Raises:
        BadInputError: one problem for each wrong field.
    """
    try:
        return model.model_validate(data)
    except ValidationError as invalid:
        found = [_problem(error, file, at) for error in invalid.errors(include_url=False)]
    raise BadInputError(found)


def _problem(error: Any, file: str, at: tuple[int | str, ...]) -> Problem:
    path = path_of(at + tuple(key for key in error["loc"] if key != "[key]"))
    what, instead = _explained(error)
    return Problem(file, path, what, instead)


def _explained(error: Any) -> tuple[str, str]:
    """What is wrong and what to write instead, for one Pydantic error; unknown keys and secrets show no value."""
    context, value = error.get("ctx", {}), error["input"]
    match error["type"]:
        case "extra_forbidden":
            new = RENAMED.get(str(error["loc"][-1]))
            return "unknown key", f"write {new}, its new name" if new else "remove it, or correct its spelling"
        case "missing":
            return "is missing", "write it"
        case "value_error":
            what, _, instead = str(context["error"]).partition("; ")
            return what, instead or "correct it"
        case "union_tag_invalid":
            value, wanted = context["tag"], context["expected_tags"]
        case "enum" | "literal_error":
            wanted = context["expected"]
        case "string_pattern_mismatch":
            wanted = f"what matches {context['pattern']}"
        case _:
            wanted = _WANTED.get(error["type"]) or error["msg"].removeprefix("Input should be ")
    plain = isinstance(value, str | int | float | bool | None)
    return f"{shown(value) if plain else f'a {type(value).__name__}'} is not right", f"write {wanted}"
