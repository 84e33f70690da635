"""A parser for Alloy's configuration language: what our files use, everything else is rejected.

It reads blocks, attributes, strings, numbers, booleans, lists, objects, `+`, references and calls.
Not supported, on purpose: other operators, indexing, and what components mean (see `deploy/alloy/`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resilience.core.problems import BadInputError, Problem

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|//[^\n]*|/\*.*?\*/)|(?P<newline>\n)
    |(?P<raw>`[^`]*`)|(?P<text>"(?:[^"\\\n]|\\.)*")
    |(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<mark>[{}\[\](),=+])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Reference:
    """The name of something elsewhere in the configuration (`loki.process.logs.receiver`)."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function of the standard library with its arguments (`sys.env("X")`)."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Sum:
    """Values joined by `+`."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Block:
    """`name "label" { attributes and blocks }`; the whole file is one without a name."""

    name: str
    label: str
    attributes: Mapping[str, Any]
    blocks: tuple["Block", ...]

    def all(self, name: str) -> list["Block"]:
        """The blocks of that name, in the order of the file."""
        return [block for block in self.blocks if block.name == name]

    def one(self, name: str, label: str = "") -> "Block":
        """The one block of that name and label.

        Raises:
            LookupError: there is none, or there are several.
        """
        found = [block for block in self.all(name) if block.label == label]
        if len(found) != 1:
            raise LookupError(f'{len(found)} blocks {name} "{label}"')
        return found[0]


def read(path: Path) -> Block:
    """The configuration that the file holds.

    Raises:
        BadInputError: it is no Alloy configuration, or uses syntax that is not supported here.
    """
    text = path.read_text(encoding="utf-8")
    parser = _Parser(path.name, list(_tokens(text, path.name)))
    return parser.body("", "", end="end")


def value(expression: Any, variables: Mapping[str, str]) -> Any:
    """The value of an expression; references stay, and an unset variable is empty, as in Alloy.

    Raises:
        LookupError: a function other than `sys.env`.
    """
    match expression:
        case Call("sys.env", (str(name),)):
            return variables.get(name, "")
        case Call(name):
            raise LookupError(f"{name} is not evaluated here")
        case Sum(parts):
            return "".join(value(part, variables) for part in parts)
        case list():
            return [value(one, variables) for one in expression]
        case dict():
            return {key: value(one, variables) for key, one in expression.items()}
    return expression


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(text: str, file: str) -> Iterator[_Token]:
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unsupported(file, line, text[at])
        if found.lastgroup != "skip":
            yield _Token(str(found.lastgroup), found[0], line)
        line += found[0].count("\n")
        at = found.end()
    yield _Token("end", "the end of the file", line)


def _unsupported(file: str, line: int, text: str) -> BadInputError:
    what = f'"{text.strip() or "end of line"}" is not supported here'
    return BadInputError([Problem(file, f"line {line}", what, "see tests/collector/alloy.py for the syntax that is")])


class _Parser:
    """Recursive descent over the tokens; one method for each construct."""

    def __init__(self, file: str, tokens: Sequence[_Token]) -> None:
        self.file, self.tokens, self.at = file, tokens, 0

    def peek(self, *, lines: bool = True) -> _Token:
        """The next token, not consumed; skips line ends if `lines` is false."""
        while not lines and self.tokens[self.at].kind == "newline":
            self.at += 1
        return self.tokens[self.at]

    def take(self, *wanted: str, lines: bool = True) -> _Token:
        """Consume the next token; if kinds or texts are given, it must be one of them."""
        token = self.peek(lines=lines)
        if wanted and token.kind not in wanted and token.text not in wanted:
            raise _unsupported(self.file, token.line, token.text)
        self.at += token.kind != "end"
        return token

    def takes(self, mark: str, *, lines: bool = True) -> bool:
        """Whether the mark comes next; if so, it is consumed."""
        found = self.peek(lines=lines).text == mark
        self.at += found
        return found

    def body(self, name: str, label: str, end: str) -> Block:
        attributes: dict[str, Any] = {}
        blocks: list[Block] = []
        while (token := self.peek(lines=False)).kind != end and token.text != end:
            key = self.take("name")
            if self.takes("="):
                if key.text in attributes:
                    raise _unsupported(self.file, key.line, f"second {key.text}")
                attributes[key.text] = self.expression()
            else:
                blocks.append(self.block(key.text))
            if self.peek().text != end:
                self.take("newline", "end")
        self.take()
        return Block(name, label, attributes, tuple(blocks))

    def block(self, name: str) -> Block:
        label = self.take("text").text[1:-1] if self.peek().kind == "text" else ""
        self.take("{")
        return self.body(name, label, end="}")

    def expression(self) -> Any:
        parts = [self.term()]
        while self.takes("+"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Sum(tuple(parts))

    def term(self) -> Any:
        token = self.take("raw", "text", "number", "name", "[", "{", lines=False)
        match token.kind:
            case "raw":
                return token.text[1:-1]
            case "text":
                return self.unescaped(token)
            case "number":
                return float(token.text) if "." in token.text else int(token.text)
            case "name":
                return self.named(token.text)
        return self.many("]") if token.text == "[" else self.object()

    def unescaped(self, token: _Token) -> str:
        def letter(found: re.Match[str]) -> str:
            if found[1] not in _ESCAPED:
                raise _unsupported(self.file, token.line, found[0])
            return _ESCAPED[found[1]]

        return _ESCAPE.sub(letter, token.text[1:-1])

    def named(self, name: str) -> Any:
        if self.takes("("):
            return Call(name, tuple(self.many(")")))
        return _WORDS[name] if name in _WORDS else Reference(name)

    def many(self, end: str) -> list[Any]:
        found: list[Any] = []
        while not self.takes(end, lines=False):
            found.append(self.expression())
            if not self.takes(",", lines=False) and self.peek(lines=False).text != end:
                raise _unsupported(self.file, self.peek().line, self.peek().text)
        return found

    def object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self.takes("}", lines=False):
            key = self.take("name", "text", lines=False)
            self.take("=")
            found[key.text[1:-1] if key.kind == "text" else key.text] = self.expression()
            if not self.takes(",", lines=False) and self.peek(lines=False).text != "}":
                raise _unsupported(self.file, self.peek().line, self.peek().text)
        return found
