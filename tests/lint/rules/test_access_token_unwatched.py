"""The token of the outside checks must be watched wherever there are checks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from resilience.lint import Context, problems
from resilience.lint.rules.access_token_unwatched import LINT
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue
from tests.lint.conftest import resource, rule

WATCHED = 'label_replace(vector(1), "credential", "cloudflare-access", "", "") - time()'
ANOTHER = 'label_replace(vector(1), "credential", "tunnel", "", "") - time()'


@pytest.fixture
def found(root: Path, good_catalogue: Callable[..., Catalogue]) -> Callable[..., list[str]]:
    """Problems of a stack with one rule, with or without an outside check."""

    def run(expr: str, *, checks: bool) -> list[str]:
        declared = [resource(types.RULE_GROUP, "dev", {"rules": [rule(expr, "prometheus", "dev", {})]})]
        declared += [resource(types.CHECK, "dev", {"job": "sv0-dev-ready"})] * checks
        return list(map(str, problems(Context(root, good_catalogue(), (Manifest("dev", tuple(declared)),)), [LINT])))

    return run


@pytest.mark.parametrize(("expr", "checks"), [(WATCHED, True), (ANOTHER, False)])
def test_it_stays_quiet(found: Callable[..., list[str]], expr: str, *, checks: bool) -> None:
    assert found(expr, checks=checks) == []


def test_a_stack_with_checks_must_watch_the_token(found: Callable[..., list[str]]) -> None:
    assert found(ANOTHER, checks=True) == [
        (
            'stack dev: credentials: "cloudflare-access" is not listed, and without it no outside check gets in; '
            "write when it ends, under `credentials` in the settings of the stack [access-token-unwatched]"
        )
    ]
