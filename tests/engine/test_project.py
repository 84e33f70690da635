"""When the real engine is run, when it is not, and that the result says so."""

import os
from pathlib import Path

import pytest
import yaml

from resilience.model.settings import SETTINGS_KEY, StackSettings
from tests.engine.conftest import demand
from tests.engine.project import PLUGINS, Project, missing


@pytest.fixture(name="engine")
def _engine(tmp_path: Path) -> dict[str, str]:
    """An environment in which everything is found."""
    binaries, home = tmp_path / "bin", tmp_path / "home"
    wanted = [binaries / "pulumi"]
    wanted += [home / f"plugins/resource-{name}-v{version}/pulumi-resource-{name}" for name, version in PLUGINS.items()]
    for path in wanted:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return {"PATH": str(binaries), "PULUMI_HOME": str(home)}


def test_nothing_is_missing_when_engine_and_plugins_are_there(engine: dict[str, str]) -> None:
    assert missing(engine) == ""


def test_a_plugin_on_the_path_is_as_good(engine: dict[str, str]) -> None:
    for name in PLUGINS:
        Path(engine["PATH"], f"pulumi-resource-{name}").symlink_to("pulumi")

    assert missing(engine | {"PULUMI_HOME": "/nowhere"}) == ""


def test_what_is_missing_is_named_with_its_remedy(engine: dict[str, str]) -> None:
    assert missing({"PATH": ""}) == "no `pulumi` on PATH; see pulumi.com/docs/iac/download-install"
    assert missing(engine | {"PULUMI_HOME": "/nowhere"}) == "no plugin grafana 2.44.0; run `make plugins`"


@pytest.mark.parametrize("demanded", [None, "", "0"])
def test_without_an_engine_the_result_says_that_it_was_not_run_and_why(demanded: str | None) -> None:
    with pytest.raises(pytest.skip.Exception) as skipped:
        demand("no engine", demanded)

    assert str(skipped.value) == "the real engine was not run: no engine"


def test_without_an_engine_a_demand_fails() -> None:
    with pytest.raises(pytest.fail.Exception) as failed:
        demand("no engine", "1")

    assert str(failed.value) == "PULUMI_TEST_ENGINE=1, but no engine"


def test_with_an_engine_nothing_is_skipped() -> None:
    demand("", None)
    demand("", "1")


def test_a_clone_talks_to_the_stand_in_alone_and_leaves_the_checkout_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_real")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-real")
    project = Project.cloned(tmp_path, "http://127.0.0.1:8080")

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
    assert os.environ["GITHUB_TOKEN"] == "ghp_real"
