"""A small contract, and a declared rule that every lint accepts; a test changes one field of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resilience.lint import Context, Lint, problems
from resilience.manifest import Manifest, Resource, types
from resilience.model.catalogue import Catalogue
from resilience.model.runbooks import SECTIONS

RunLints = Callable[..., list[str]]
_OF_ALL = ["job", "instance", "environment"]
_METRICS: dict[str, dict[str, Any]] = {
    "up": {"source": "scrape", "type": "gauge", "labels": _OF_ALL},
    "requests_total": {"source": "api", "type": "counter", "labels": ["code", *_OF_ALL]},
    "depth": {"source": "api", "type": "gauge", "labels": _OF_ALL},
    "age": {"source": "api", "type": "gauge", "labels": ["thing", *_OF_ALL], "refreshed_by": "event"},
    "idle": {"source": "api", "type": "gauge", "labels": _OF_ALL, "refreshed_by": "event"},
    "done": {"source": "api", "type": "gauge", "labels": ["thing", *_OF_ALL]},
    "took": {"source": "api", "type": "histogram", "labels": ["code", *_OF_ALL], "buckets": [1.0]},
    "outside": {"source": "probe", "type": "gauge", "labels": ["job", "probe"]},
}
_MATCHER = {"label": "tier", "match": "=", "value": "P1"}
_TREE: dict[str, Any] = {
    "contactPoint": "accidents",
    "groupWait": "30s",
    "policies": [
        {
            "contactPoint": "other_environments",
            "matchers": [{"label": "environment", "match": "!=", "value": "production"}],
        },
        {
            "contactPoint": "accidents",
            "matchers": [{"label": "alertname", "match": "=~", "value": "DatasourceNoData|DatasourceError"}],
            "policies": [
                {"contactPoint": "no_data_or_error", "matchers": [{"label": "owner", "match": "=", "value": "ann"}]}
            ],
        },
        {"contactPoint": "urgent", "repeatInterval": "1h", "matchers": [_MATCHER]},
    ],
}


def resource(type_: str, stack: str, inputs: dict[str, Any]) -> Resource:
    """A resource with only the fields that lints read."""
    return Resource(
        urn="", type=type_, name=type_.rpartition(":")[2].lower(), stack=stack, parent="", inputs=inputs, secrets=(),
        depends_on=(), provider="", protect=False, retain_on_delete=False, delete_before_replace=None, import_id="",
        additional_secret_outputs=(), ignore_changes=(), aliases=(),
    )  # fmt: skip


def query(expr: str, kind: str = "prometheus") -> dict[str, Any]:
    """One query as Grafana stores it."""
    return {"refId": "A", "model": json.dumps({"expr": expr, "datasource": {"type": kind}})}


def rule(expr: str, kind: str, stack: str, given: dict[str, Any]) -> dict[str, Any]:
    """A good rule with the fields given; a field that is None is left out."""
    labels = {"alert_id": "too-hot", "tier": "P1", "environment": stack, "owner": "ann", "service": "api"}
    good = {
        "uid": f"sv0-{stack}-too-hot",
        "name": "Too hot",
        "datas": [query(expr, kind)],
        "for": "5m",
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": labels | given.pop("labels", {}),
        "annotations": {"runbook_url": "https://example.com/too-hot.md"} | given.pop("annotations", {}),
    }
    return {key: value for key, value in (good | given).items() if value is not None}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with one good runbook."""
    (tmp_path / "runbooks").mkdir()
    text = "\n".join(f"## {heading}\n\nDo this." for heading in SECTIONS)
    (tmp_path / "runbooks/too-hot.md").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run_lints(root: Path, good_catalogue: Callable[..., Catalogue]) -> RunLints:
    """Runs lints on one rule with the fields given; returns their problems, each as the printed line."""
    raw = good_catalogue().model_dump(by_alias=True)
    metrics = {name: {"unit": "1", "at_most": 1, **metric} for name, metric in _METRICS.items()}

    def found_lines(
        *lints: Lint,
        expr: str = 'up{environment="production"}',
        kind: str = "prometheus",
        stacks: tuple[str, ...] = ("production",),
        tree: dict[str, Any] | None = None,
        limit: int = 9,
        **given: Any,
    ) -> list[str]:
        limits = {"rules": {"limit": limit, "unit": "rules", "source": "x", "read": "2026-11-25"}}
        catalogue = Catalogue.model_validate(raw | {"metrics": metrics, "limits": limits})
        shared = resource(types.NOTIFICATION_POLICY, "production", _TREE | (tree or {}))

        def manifest(stack: str) -> Manifest:
            group = resource(types.RULE_GROUP, stack, {"rules": [rule(expr, kind, stack, dict(given))]})
            return Manifest(stack, (shared, group) if stack == "production" else (group,))

        context = Context(root, catalogue, tuple(map(manifest, stacks)))
        return [str(problem) for problem in problems(context, lints)]

    return found_lines
