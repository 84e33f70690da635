"""An alert that no route matches arrives at the default receiver."""

from typing import Any

import pytest

from resilience.lint.rules.unrouted import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({}, id="a tier and an owner with a route"),
        pytest.param({"environment": "dev", "tier": "P9", "owner": "zoe"}, id="another environment, whatever its tier"),
    ],
)
def test_it_stays_quiet(run_lints: RunLints, labels: dict[str, str]) -> None:
    assert run_lints(LINT, labels=labels) == []


def unmatched(name: str, tier: str = "P1", owner: str = "ann") -> str:
    return (
        f'stack production: too-hot.labels: no route matches alert "{name}" with environment "production", '
        f'tier "{tier}", owner "{owner}"; write a tier and an owner of the catalogue [unrouted]'
    )


def test_a_tier_without_a_route_fires(run_lints: RunLints) -> None:
    assert run_lints(LINT, labels={"tier": "P9"}) == [unmatched("Too hot", tier="P9")]


def test_an_owner_without_a_route_fires_where_routes_match_owners(run_lints: RunLints) -> None:
    assert run_lints(LINT, labels={"owner": "zoe"}) == [
        unmatched("DatasourceError", owner="zoe"),
        unmatched("DatasourceNoData", owner="zoe"),
    ]


def route(receiver: str, *matcher: str, continues: bool = False) -> dict[str, Any]:
    matchers = [dict(zip(("label", "match", "value"), matcher, strict=True))] if matcher else []
    return {"contactPoint": receiver, "matchers": matchers, "continue": continues}


@pytest.mark.parametrize(
    ("policies", "quiet"),
    [
        pytest.param([route("all", "tier", "=~", "P.")], True, id="a pattern"),
        pytest.param([route("all", "tier", "=~", "P")], False, id="a pattern is for the whole value"),
        pytest.param([route("all", "tier", "!~", "P.")], False, id="no pattern"),
        pytest.param([route("all", "team", "=", "")], True, id="a missing label is empty"),
        pytest.param([route("accidents", continues=True), route("all")], True, id="it continues"),
        pytest.param([route("accidents"), route("all")], False, id="the first wins"),
        pytest.param([], False, id="no routes"),
    ],
)
def test_routes_match_as_in_alertmanager(run_lints: RunLints, policies: list[dict[str, Any]], quiet: bool) -> None:
    assert (run_lints(LINT, tree={"policies": policies}) == []) is quiet
