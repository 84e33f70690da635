"""Our own earlier rules, which were wrong, fail the scenarios that were written because of them."""

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from resilience.core.yaml_files import read_own, read_yaml
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import file_of, stacks
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.variants import Variants
from resilience.rehearsal.virtual.evaluation import evaluate_each
from tests import scenarios

MISTAKES: list[dict[str, Any]] = read_own(Path(__file__).with_name("mistakes.yaml").read_text("utf-8"))
CASES = [(one["alert"], scenario) for one in MISTAKES for scenario in one["fails"]]


def mistaken(alert: dict[str, Any]) -> dict[str, Any]:
    """An alert of the catalogue, as it was where it was wrong."""
    fields: dict[str, Any] = next((one["fields"] for one in MISTAKES if one["alert"] == alert["id"]), {})
    return {key: value for key, value in (alert | fields).items() if value is not None}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout with the mistaken alerts in place of today's."""
    root = tmp_path_factory.mktemp("mistakes")
    for name in ("__main__.py", "runbooks", *map(file_of, stacks(ROOT))):
        (root / name).symlink_to(ROOT / name)
    copytree(ROOT / "catalogue", root / "catalogue")
    for path in (root / "catalogue/alerts").iterdir():
        content = read_yaml(path, path.name)
        content["alerts"] = list(map(mistaken, content["alerts"]))
        path.write_text(yaml.safe_dump(content), "utf-8")
    return root


@pytest.fixture(scope="module")
def results(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The results of the mistaken rules on the scenarios that they fail."""
    wanted = tuple(one for one in scenarios.ALL if one.id in {scenario for _, scenario in CASES})
    exports = Variants(tmp_path_factory.mktemp("exports"), checkout)
    (found,) = evaluate_each((exports,), wanted)
    return {result.scenario.id: result for result in found}


@pytest.mark.parametrize(("alert", "scenario"), CASES)
def test_a_mistaken_rule_fails_its_scenario(results: dict[str, Result], alert: str, scenario: str) -> None:
    assert alert in results[scenario].explanation
