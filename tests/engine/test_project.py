"""When the real engine runs, and how the result shows that it did not."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from resilience.model.catalogue import ROOT
from resilience.model.settings import SETTINGS_KEY, StackSettings
from tests.engine.conftest import demand
from tests.engine.project import DEMAND, DEMAND_PLUGINS, PLUGINS, Project, missing


@pytest.fixture(name="engine")
def _engine(tmp_path: Path) -> dict[str, str]:
    """An environment with engine and plugins."""
    binaries, home = tmp_path / "bin", tmp_path / "home"
    wanted = [binaries / "pulumi"]
    wanted += [home / f"plugins/resource-{name}-v{version}/pulumi-resource-{name}" for name, version in PLUGINS.items()]
    for path in wanted:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return {"PATH": str(binaries), "PULUMI_HOME": str(home)}


def test_with_engine_and_plugins_nothing_is_missing(engine: dict[str, str]) -> None:
    assert missing(engine) == ""


def test_a_plugin_may_be_on_the_path(engine: dict[str, str]) -> None:
    for name in PLUGINS:
        Path(engine["PATH"], f"pulumi-resource-{name}").symlink_to("pulumi")

    assert missing(engine | {"PULUMI_HOME": "/nowhere"}) == ""


def test_what_is_missing_is_named_with_its_remedy(engine: dict[str, str]) -> None:
    assert missing({"PATH": ""}) == "there is no `pulumi` on PATH; see pulumi.com/docs/iac/download-install"
    assert missing(engine | {"PULUMI_HOME": "/nowhere"}) == "there is no plugin grafana 2.44.0; run `make plugins`"


@pytest.mark.parametrize("value", ["", "0"])
def test_without_an_engine_the_test_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(DEMAND, value)
    with pytest.raises(pytest.skip.Exception) as skipped:
        demand("no engine", DEMAND)

    assert str(skipped.value) == "the real engine was not run: no engine"


@pytest.mark.parametrize("variable", [DEMAND, DEMAND_PLUGINS])
def test_without_a_demanded_engine_the_test_fails(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(pytest.fail.Exception) as failed:
        demand("no engine", variable)

    assert str(failed.value) == f"{variable}=1, but no engine"


def test_with_an_engine_nothing_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEMAND, "1")
    demand("", DEMAND)


def test_a_clone_uses_only_the_stand_in_and_does_not_change_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_real")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-real")
    root = tmp_path / "root"
    (root / ".venv").mkdir(parents=True)
    for name in (".gitignore", "uv.lock", "Pulumi.production.yaml", "Pulumi.dev.yaml", ".venv/of-it"):
        (root / name).write_bytes((ROOT / name).read_bytes() if (ROOT / name).exists() else b"")
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    project = Project.cloned(tmp_path, "http://127.0.0.1:8080", root)

    for stack in ("production", "dev"):
        found = yaml.safe_load((project.folder / f"Pulumi.{stack}.yaml").read_text())
        settings = StackSettings.load(found["config"][SETTINGS_KEY], stack)
        assert (settings.grafana.api_url, settings.github.api_url, settings.retries) == (
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            1,
        )
    assert not {"GITHUB_TOKEN", "PULUMI_ACCESS_TOKEN"} & set(project.environment)
    assert (project.folder / "uv.lock").exists()
    assert not (project.folder / ".venv").exists()
    assert {path: path.read_bytes() for path in before} == before
    assert os.environ["GITHUB_TOKEN"] == "ghp_real"
