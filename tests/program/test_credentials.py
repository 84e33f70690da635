"""credential-expiring: the ends of credentials, written as constants, evaluated by the real promtool."""

import subprocess
from pathlib import Path

import pytest
import yaml

from resilience.export import export
from resilience.manifest import declare
from resilience.tools.binaries import find
from tests.stack_files import settings_of, stack_text, write_checkout

# promtool's clock starts in 1970: this end is on its day 100.
END = "1970-04-11T00:00:00Z"
RENEWED = "1970-07-10T00:00:00Z"


def rules(folder: Path, end: str) -> Path:
    """Export production with one more credential in its settings."""
    credentials = [{"name": "cloudflare-access", "expires": end}]
    write_checkout(folder, "production", stack_text(settings_of("production", credentials=credentials)))
    export([declare("production", folder)], folder / "out")
    # Only this group: a hundred days of all queries would take half a minute.
    groups = yaml.safe_load((folder / "out/rules.yml").read_text())["groups"]
    own = [group for group in groups if group["name"] == "sv0-production/credential-expiring"]
    (folder / "credentials.yml").write_text(yaml.safe_dump({"groups": own}))
    return folder / "credentials.yml"


def firing(rule_file: Path, day: int, tiers: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Ask promtool whether exactly these tiers fire on that day."""
    samples = [
        {"labels": f'{{tier="{tier}", credential="cloudflare-access", service="credentials"}}', "value": 1}
        for tier in tiers
    ]
    expr = 'count by (tier, credential, service) (ALERTS{alertstate="firing",alert_id="credential-expiring"})'
    test = {
        "rule_files": [str(rule_file)],
        "evaluation_interval": "1h",
        "tests": [
            {
                "interval": "1h",
                "promql_expr_test": [{"expr": expr, "eval_time": f"{day * 24}h", "exp_samples": samples}],
            }
        ],
    }
    path = folder / f"day-{day}.yml"
    path.write_text(yaml.safe_dump(test))
    return subprocess.run([find("promtool"), "test", "rules", path], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("day", "tiers"),
    [
        pytest.param(69, [], id="31 days before the end nothing fires"),
        pytest.param(71, ["P3"], id="29 days before the end it is P3"),
        pytest.param(92, ["P3"], id="8 days before the end it is still P3"),
        pytest.param(94, ["P2", "P3"], id="6 days before the end it is P2 too"),
        pytest.param(110, ["P2", "P3"], id="after the end it fires until a renewal"),
    ],
)
def test_fires_in_time_and_is_raised(tmp_path: Path, day: int, tiers: list[str]) -> None:
    done = firing(rules(tmp_path / "checkout", END), day, tiers, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_renewed_credential_resolves_with_the_next_up(tmp_path: Path) -> None:
    done = firing(rules(tmp_path / "checkout", RENEWED), 94, [], tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_telemetry_token_is_watched_without_being_listed(tmp_path: Path) -> None:
    file = yaml.safe_load(rules(tmp_path / "checkout", END).read_text())
    expr = file["groups"][0]["rules"][0]["expr"]

    assert '"credential", "telemetry-token"' in expr
    assert '"credential", "cloudflare-access"' in expr
