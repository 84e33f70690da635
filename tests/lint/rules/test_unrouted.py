"""An alert that no route matches ends where accidents go."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.lint.rules.unrouted import LINT

Judge = Callable[..., list[str]]


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({}, id="a tier and an owner that have a route"),
        pytest.param({"environment": "dev", "tier": "P9", "owner": "zoe"}, id="another environment, whatever its tier"),
    ],
)
def test_it_stays_quiet(judge: Judge, labels: dict[str, str]) -> None:
    assert judge(LINT, labels=labels) == []


def unmatched(name: str, tier: str = "P1", owner: str = "ann") -> str:
    return (
        f'stack production: too-hot.labels: no route matches alert "{name}" with environment "production", '
        f'tier "{tier}", owner "{owner}"; write a tier and an owner of the catalogue [unrouted]'
    )


def test_a_tier_without_a_route_fires(judge: Judge) -> None:
    assert judge(LINT, labels={"tier": "P9"}) == [unmatched("Too hot", tier="P9")]


def test_an_owner_without_a_route_fires_where_owners_are_asked_for(judge: Judge) -> None:
    assert judge(LINT, labels={"owner": "zoe"}) == [
        unmatched("DatasourceError", owner="zoe"),
        unmatched("DatasourceNoData", owner="zoe"),
    ]


def route(receiver: str, *matcher: str, goes_on: bool = False) -> dict[str, Any]:
    matchers = [dict(zip(("label", "match", "value"), matcher, strict=True))] if matcher else []
    return {"contactPoint": receiver, "matchers": matchers, "continue": goes_on}


@pytest.mark.parametrize(
    ("policies", "quiet"),
    [
        pytest.param([route("all", "tier", "=~", "P.")], True, id="a pattern"),
        pytest.param([route("all", "tier", "=~", "P")], False, id="a pattern is for the whole value"),
        pytest.param([route("all", "tier", "!~", "P.")], False, id="no pattern"),
        pytest.param([route("all", "team", "=", "")], True, id="a label that is not there is empty"),
        pytest.param([route("accidents", goes_on=True), route("all")], True, id="it goes on"),
        pytest.param([route("accidents"), route("all")], False, id="the first wins"),
        pytest.param([], False, id="no routes"),
    ],
)
def test_routes_match_as_alertmanager_matches(judge: Judge, policies: list[dict[str, Any]], quiet: bool) -> None:
    assert (judge(LINT, tree={"policies": policies}) == []) is quiet
