"""What must not be logged or printed: `catalogue/redaction.yaml`, and the expressions that follow from it."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from resilience.core.conventions import Frozen, Name, OneLine
from resilience.core.problems import shown, validated
from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT

REDACTION = "catalogue/redaction.yaml"
_PART = re.compile(r"<<([a-z_]+)>>")
# Look-around, back references, named and atomic groups, inline flags, possessive repetitions, \s, \w, \d, \A and \Z:
# RE2, Python and JavaScript do not agree on them. A backtick would end Alloy's text.
_NOT_SHARED = re.compile(r"\(\?(?!:)|\\[1-9AZzGkpPswdSWDB]|(?<!\\)[*+?}]\+|\(\?:\)|`")
_DEEPEST = 8
_LISTS = ("names", "phrases", "headers", "endings", "other_names", "nothing", "code")
_TAIL = "[A-Za-z0-9_=+/-]{6,}"
_Expression = Annotated[str, Field(min_length=1)]
_Alternatives = Annotated[tuple[_Expression, ...], Field(min_length=1)]


class Prefix(Frozen):
    """How a token begins, who issues it, and what follows the beginning."""

    begins: _Expression
    of: OneLine
    then: _Expression = ""


class RedactionRule(Frozen):
    """One expression: what its groups capture is replaced.

    Attributes:
        any: alternatives, tried in this order; `<<name>>` is a part.
        lines: `^` and `$` match at each line.
        needs: matches, in any case, each text in which the rule replaces something; cheaper than the rule.
    """

    id: Name
    what: OneLine
    any: _Alternatives
    needs: str = ""
    ignore_case: bool = False
    lines: bool = False

    @property
    def flags(self) -> str:
        """As RE2, Python and JavaScript spell them."""
        return "i" * self.ignore_case + "m" * self.lines


class Redaction(Frozen):
    """The file `catalogue/redaction.yaml`; `expressions` is what is used of it."""

    version: Literal[1]
    names: _Alternatives
    phrases: _Alternatives
    headers: _Alternatives
    endings: _Alternatives
    other_names: _Alternatives
    nothing: _Alternatives
    code: _Alternatives
    prefixes: Annotated[tuple[Prefix, ...], Field(min_length=1)]
    parts: dict[str, _Expression | _Alternatives]
    rules: Annotated[tuple[RedactionRule, ...], Field(min_length=1)]

    @classmethod
    def load(cls, root: Path = ROOT) -> Self:
        """Read the file below the root.

        Raises:
            BadInputError: all that is wrong, by key.
        """
        return validated(cls, read_yaml(root / REDACTION, REDACTION), REDACTION)

    @model_validator(mode="after")
    def _means_the_same_everywhere(self) -> Self:
        for rule in self.rules:
            text = f"{self.expression(rule)}|{self.needed(rule)}"
            if odd := _NOT_SHARED.search(text):
                raise ValueError(
                    f"{rule.id} uses {shown(odd[0])}, which differs in RE2, Python or JavaScript; spell it out"
                )
            try:
                re.compile(text, re.ASCII)
            except re.error as error:
                raise ValueError(f"{rule.id} is no regular expression ({error.msg}); correct it") from None
        return self

    def expression(self, rule: RedactionRule) -> str:
        """The rule's alternatives with all parts in them."""
        return self._whole("|".join(rule.any))

    def needed(self, rule: RedactionRule) -> str:
        """What the rule needs, with all parts in it."""
        return self._whole(rule.needs)

    @property
    def secret_name(self) -> str:
        """Matches a key whose value is secret, to its end; without regard to case."""
        return self._whole("(?:<<names>>|<<phrases>>|<<headers>>)(?:[-_.]?(?:<<endings>>)){0,4}$")

    @property
    def other_name(self) -> str:
        """Matches a key that only ends like a secret's; without regard to case."""
        return self._whole("(?:<<other_names>>)$")

    @property
    def beginning(self) -> str:
        """Matches the beginning of a token that nothing else begins with."""
        return f"\\b(?:{'|'.join(one.begins for one in self.prefixes if not one.then)})"

    def _whole(self, text: str) -> str:
        """The text with every part in place, and parts of parts.

        Raises:
            ValueError: a part is not there, or contains itself.
        """
        lists = {key: "|".join(getattr(self, key)) for key in _LISTS}
        parts = lists | {key: one if isinstance(one, str) else "".join(one) for key, one in self.parts.items()}
        parts["begins"] = "|".join(f"(?:{one.begins}){one.then or _TAIL}" for one in self.prefixes)
        for _ in range(_DEEPEST):
            if missing := next((name for name in _PART.findall(text) if name not in parts), None):
                raise ValueError(f"there is no part {shown(missing)}; write it into parts, or correct its spelling")
            text = _PART.sub(lambda found: parts[found[1]], text)
        if _PART.search(text):
            raise ValueError("parts contain each other; write one of them out")
        return text
