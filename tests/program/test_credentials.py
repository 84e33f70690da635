"""credential-expiring: the ends of credentials, written as constants, evaluated by the real promtool."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.core.yaml_files import read_own
from resilience.export import export
from resilience.manifest import declare
from resilience.tools.binaries import find
from tests.stack_files import settings_of, stack_text, write_checkout

# promtool's clock starts in 1970: this end is on its day 40. It evaluates four times a day until then: asked for
# are whole days, and each hour took six times as long.
END = "1970-02-10T00:00:00Z"
RENEWED = "1970-05-11T00:00:00Z"


def rules(folder: Path, end: str) -> Path:
    """Export production with one more credential in its settings."""
    credentials = [{"name": "cloudflare-access", "expires": end}]
    write_checkout(folder, "production", stack_text(settings_of("production", credentials=credentials)))
    export([declare("production", folder)], folder / "out")
    # Only this group: fifty days of all queries would take far longer.
    groups = read_own((folder / "out/rules.yml").read_text())["groups"]
    own = [group for group in groups if group["name"] == "sv0-production/credential-expiring"]
    (folder / "credentials.yml").write_text(yaml.safe_dump({"groups": own}))
    return folder / "credentials.yml"


def firing(rule_file: Path, days: dict[int, list[str]], folder: Path) -> subprocess.CompletedProcess[str]:
    """Ask promtool whether exactly these tiers fire on each day."""
    expr = 'count by (tier, credential, service) (ALERTS{alertstate="firing",alert_id="credential-expiring"})'
    expected = [{"expr": expr, "eval_time": f"{day * 24}h", "exp_samples": _samples(days[day])} for day in days]
    test = {
        "rule_files": [str(rule_file)],
        "evaluation_interval": "6h",
        "tests": [{"interval": "6h", "promql_expr_test": expected}],
    }
    path = folder / "days.yml"
    path.write_text(yaml.safe_dump(test))
    return subprocess.run([find("promtool"), "test", "rules", path], capture_output=True, text=True, check=False)


def _samples(tiers: list[str]) -> list[dict[str, Any]]:
    return [
        {"labels": f'{{tier="{tier}", credential="cloudflare-access", service="credentials"}}', "value": 1}
        for tier in tiers
    ]


@pytest.fixture(scope="module")
def until_end(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules before a renewal."""
    return rules(tmp_path_factory.mktemp("end"), END)


def test_fires_in_time_is_raised_and_fires_until_a_renewal(until_end: Path, tmp_path: Path) -> None:
    # 31, 29, 8 and 6 days before the end, and after it.
    days = {9: [], 11: ["P3"], 32: ["P3"], 34: ["P2", "P3"], 50: ["P2", "P3"]}

    done = firing(until_end, days, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_renewed_credential_resolves_with_the_next_up(tmp_path: Path) -> None:
    done = firing(rules(tmp_path / "checkout", RENEWED), {34: []}, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_telemetry_token_is_watched_without_being_listed(until_end: Path) -> None:
    file = read_own(until_end.read_text())
    expr = file["groups"][0]["rules"][0]["expr"]

    assert '"credential", "telemetry-token"' in expr
    assert '"credential", "cloudflare-access"' in expr
