"""The list itself: what is wrong in it is one sentence, and what is generated from it is what it says now."""

from pathlib import Path
from typing import Any

import pytest

from resilience.core.problems import BadInputError, validated
from resilience.core.yaml_files import read_yaml
from resilience.docgen import redaction
from resilience.model.catalogue import ROOT
from resilience.model.redaction import REDACTION, Redaction


def given() -> dict[str, Any]:
    return read_yaml(ROOT / REDACTION, REDACTION)


def problems(data: dict[str, Any]) -> list[str]:
    with pytest.raises(BadInputError) as rejected:
        validated(Redaction, data, REDACTION)
    return [str(problem) for problem in rejected.value.problems]


def with_rule(expression: str) -> dict[str, Any]:
    return given() | {"rules": [{"id": "x", "what": "x", "any": [expression]}]}


@pytest.mark.parametrize("path", sorted({*redaction.LISTS, redaction.ALLOY}))
def test_each_user_has_the_list_as_it_is_now(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == redaction.generated()[path], "run `make golden`"


def test_what_was_edited_by_hand_in_the_collectors_part_is_written_anew() -> None:
    now = (ROOT / redaction.ALLOY).read_text(encoding="utf-8")
    edited = now.replace("// private-key:", "// my own:", 1)

    assert (edited != now, redaction.as_alloy(Redaction.load(), edited) == now) == (True, True)


def test_a_configuration_without_the_generated_part_is_reported() -> None:
    with pytest.raises(ValueError, match="has 0 generated parts"):
        redaction.as_alloy(Redaction.load(), "logging { }\n")


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("(?=a)", "(?"), ("(?<!a)b", "(?"), ("(?i)a", "(?"), (r"(a)\1", r"\1"), ("a++", "++"), (r"\s(a)", r"\s"),
        (r"(a)\Z", r"\Z"), ("`(a)", "`"),
    ],
)  # fmt: skip
def test_an_expression_that_means_something_else_elsewhere_is_rejected(expression: str, shown: str) -> None:
    assert problems(with_rule(expression)) == [
        f'{REDACTION}: (whole file): x uses "{shown}", which differs in RE2, Python or JavaScript; spell it out'
    ]


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("(a", "x is no regular expression (missing ), unterminated subpattern); correct it"),
        ("<<nobody>>", 'there is no part "nobody"; write it into parts, or correct its spelling'),
        ("<<me>>", "parts contain each other; write one of them out"),
    ],
)
def test_an_expression_that_cannot_be_used_is_rejected(expression: str, what: str) -> None:
    data = with_rule(expression) | {"parts": given()["parts"] | {"me": "<<me>>"}}

    assert problems(data) == [f"{REDACTION}: (whole file): {what}"]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        Redaction.load(tmp_path)
