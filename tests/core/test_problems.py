"""Problems: their line, their order, and what is never shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resilience.core.problems import BadInputError, Problem, collected, path_of, shown

PROBLEM = Problem("a.yaml", "team[0]", 'unknown owner "bob"', "write one of ann")


def test_a_problem_is_one_line_with_file_path_what_and_instead() -> None:
    assert str(PROBLEM) == 'a.yaml: team[0]: unknown owner "bob"; write one of ann'


def test_problems_are_reported_once_each_sorted_by_place() -> None:
    second = Problem("a.yaml", "team[1]", "is missing", "write it")
    other = Problem("b.yaml", "a", "is missing", "write it")

    error = BadInputError([other, second, PROBLEM, second])

    assert error.problems == (PROBLEM, second, other)
    assert str(error) == f"{PROBLEM}\n{second}\n{other}"


def test_collecting_keeps_what_was_loaded_and_adds_the_problems_of_what_was_not() -> None:
    def rejected() -> str:
        raise BadInputError([PROBLEM])

    problems: list[Problem] = []

    assert collected(problems, lambda: "loaded") == "loaded"
    assert collected(problems, rejected) is None
    assert problems == [PROBLEM]


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ((), "(whole file)"),
        (("alerts",), "alerts"),
        (("alerts", 2, "for"), "alerts[2].for"),
        (("a", "b", 0, 1), "a.b[0][1]"),
    ],
)
def test_a_path_is_written_as_people_write_it(keys: tuple[int | str, ...], path: str) -> None:
    assert path_of(keys) == path


@pytest.mark.parametrize("value", ["dev", "60s", "Europe/Berlin", "https://example.com/ready", 5, 0.5, True, None, ""])
def test_a_plain_value_is_shown_in_quotes(value: object) -> None:
    assert shown(value) == f'"{value}"'


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("https://hooks.slack.com/services/a/b/c", id="a webhook"),
        pytest.param("glc_a", id="a token of Grafana Cloud"),
        pytest.param("glsa_a", id="a token of a service account"),
        pytest.param("ghp_a", id="a token of a person on GitHub"),
        pytest.param("ghs_a", id="a token of an app on GitHub"),
        pytest.param("github_pat_a", id="a fine-grained token of GitHub"),
        pytest.param("xoxb-a", id="a token of Slack"),
        pytest.param("0123456789abcdefghij", id="a long run of letters and digits"),
        pytest.param("a" * 61, id="a long text"),
        pytest.param("a\nb", id="two lines"),
        pytest.param("a\x1b[31m", id="a colour code of a terminal"),
    ],
)
def test_what_could_be_a_secret_or_break_the_line_is_hidden(value: str) -> None:
    assert shown(value) == '"[hidden]"'


@settings(deadline=None)
@given(st.text(max_size=100))
def test_whatever_is_shown_is_short_and_fits_in_one_line(text: str) -> None:
    assert len(shown(text)) <= 62
    assert shown(text).isprintable()


@pytest.mark.parametrize(
    "name", ["sv0_http_requests_total", "sv0_sync_last_success_timestamp_seconds", "sv0-dev-api-down-now"]
)
def test_a_long_name_of_the_platform_is_no_secret(name: str) -> None:
    assert shown(name) == f'"{name}"'


@pytest.mark.parametrize(
    "value", ["sv0_4f1c2b3a4f1c2b3a4f1c", "sv0_http_requests_total4f1c2b3a", "sv0_AbCdEfGhIjKlMnOpQrSt"]
)
def test_what_only_begins_like_a_name_is_hidden(value: str) -> None:
    assert shown(value) == '"[hidden]"'
