"""The export for self-hosted engines: nothing is lost, and the real tools accept it."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from resilience.core.yaml_files import read_own
from resilience.docgen.sizing import ServiceSize
from resilience.export import rendered, targets
from resilience.export.targets import _namespaces
from resilience.manifest import Manifest
from resilience.model.catalogue import ROOT
from resilience.tools.binaries import find
from tests.collector import alloy

PAGE = (ROOT / "docs/leaving-grafana-cloud.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def files(production: Manifest, dev: Manifest) -> dict[str, str]:
    return targets.rendered([production, dev], "mimir")


def rules_of(text: str) -> list[dict[str, Any]]:
    return [rule for group in read_own(text)["groups"] for rule in group["rules"]]


def test_each_environment_is_a_namespace_with_its_own_file(files: dict[str, str]) -> None:
    found = {name: read_own(files[name]) for name in files if name.startswith("sv0-")}

    assert {name: data["namespace"] for name, data in found.items()} == {
        "sv0-production.yml": "sv0-production",
        "sv0-dev.yml": "sv0-dev",
    }
    assert all(set(data) == {"namespace", "groups"} for data in found.values())
    # The loaders put the group's name into addresses, where a slash would have to be escaped.
    assert not any("/" in group["name"] for data in found.values() for group in data["groups"])


def test_the_rules_are_those_of_the_other_export(production: Manifest, dev: Manifest, files: dict[str, str]) -> None:
    wanted = rules_of(rendered([production, dev])["rules.yml"])

    assert [rule for name in ("sv0-production.yml", "sv0-dev.yml") for rule in rules_of(files[name])] == wanted


@pytest.mark.parametrize("name", ["sv0-production.yml", "sv0-dev.yml"])
def test_promtool_accepts_the_groups(files: dict[str, str], tmp_path: Path, name: str) -> None:
    # It does not know the key `namespace`, which is mimirtool's.
    (tmp_path / name).write_text(re.sub(r"(?m)^namespace:.*\n", "", files[name]), encoding="utf-8")

    command = [str(find("promtool")), "check", "rules", str(tmp_path / name)]
    subprocess.run(command, check=True, capture_output=True)


def amtool(text: str, files: dict[str, str], folder: Path) -> int:
    (folder / "sv0.tmpl").write_text(files["sv0.tmpl"], encoding="utf-8")
    (folder / "alertmanager.yml").write_text(text, encoding="utf-8")
    command = [str(find("amtool")), "check-config", str(folder / "alertmanager.yml")]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_the_alertmanager_file_is_rejected_until_the_webhooks_are_filled_in(
    files: dict[str, str], tmp_path: Path
) -> None:
    text = files["alertmanager.yml"]
    slack = re.sub(r"(SLACK|WEBHOOK)_URL_OF_\S+", "https://hooks.example.com/x", text)
    filled = slack.replace("SMTP_HOST_AND_PORT", "smtp.example.com:587").replace("EMAIL_SENDER", "sv0@example.com")

    assert "api_url_file" not in text, "Mimir rejects files in a tenant's configuration"
    assert [amtool(one, files, tmp_path) for one in (text, slack, filled)] == [1, 1, 0]


def test_the_page_fills_in_every_webhook(files: dict[str, str]) -> None:
    data = read_own(files["alertmanager.yml"])
    slacks = {slack["api_url"] for receiver in data["receivers"] for slack in receiver.get("slack_configs", ())}
    webhooks = {one["url"] for receiver in data["receivers"] for one in receiver.get("webhook_configs", ())}

    assert webhooks == {"WEBHOOK_URL_OF_watchdog"}
    assert slacks | webhooks == set(re.findall(r"s\|((?:SLACK|WEBHOOK)_URL_OF_[a-z0-9-]+)\|", PAGE))


def test_the_page_fills_in_every_place_of_the_mail(files: dict[str, str]) -> None:
    receivers = read_own(files["alertmanager.yml"])["receivers"]
    (mail,) = [one for receiver in receivers for one in receiver.get("email_configs", ())]
    places = {value for value in mail.values() if re.fullmatch(r"[A-Z_]+", str(value))}

    assert places == set(re.findall(r"s\|((?:EMAIL|SMTP)_[A-Z_]+)\|", PAGE))
    assert len(places) == 3


def test_rules_that_read_logs_go_only_to_loki(production: Manifest, dev: Manifest) -> None:
    found = targets.rendered([production, dev], "loki")
    wanted = read_own(rendered([production, dev])["loki-rules.yml"])["groups"]

    assert [rule for text in found.values() for rule in rules_of(text)] == [
        rule for group in wanted for rule in group["rules"]
    ]


def test_groups_of_one_environment_share_a_file() -> None:
    groups = [{"name": f"sv0-dev/{topic}", "interval": "1m", "rules": []} for topic in ("api", "logs")]

    assert [read_own(text) for text in _namespaces(groups).values()] == [
        {"namespace": "sv0-dev", "groups": [{**groups[0], "name": "api"}, {**groups[1], "name": "logs"}]}
    ]


def test_only_the_two_lines_to_change_name_a_receiver() -> None:
    config = alloy.read(ROOT / "deploy/alloy/config.alloy")
    ends = [config.one(name, "grafana_cloud").one("endpoint") for name in ("loki.write", "prometheus.remote_write")]

    changed = re.findall(r"^\+(\w+)=", PAGE, re.MULTILINE)
    assert [end.attributes["url"].arguments[0] for end in ends] == changed
    assert "grafana.net" not in (ROOT / "deploy/alloy/config.alloy").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("count", "engine"),
    [
        (10, "Grafana Cloud Free"),
        (11, "one process each"),
        (200, "one process each"),
        (201, "microservices"),
    ],
)
def test_an_engine_is_named_up_to_its_limit(count: int, engine: str) -> None:
    service = ServiceSize(series=1_000, interval=60, log_bytes=100_000_000, free_series=10_000, free_log_gigabytes=50)

    row = service.row(count)

    assert (row[1], row[-1]) == (f"{count * 1_000:,}", engine)


def test_logs_alone_can_exceed_the_free_plan() -> None:
    service = ServiceSize(series=1, interval=60, log_bytes=86_400_000, free_series=10_000, free_log_gigabytes=26)

    assert (service.row(1)[3], service.row(9)[-1]) == ("1,000", "Grafana Cloud Free")
    assert service.row(10)[-1] == "one process each"
