"""`make plan-local`: the engine's plan of this checkout after another one was applied."""

from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT
from tests.engine import planned
from tests.engine.doubled import DoubledProject


def test_the_plan_names_what_the_checkout_changes(
    doubled_project: DoubledProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base is applied already here, as it is in this checkout, and one stack is enough."""
    monkeypatch.setattr(planned, "applied", lambda *_: doubled_project)
    monkeypatch.setattr(planned, "stacks", lambda _folder: ["dev"])
    doubled_project.rewrite("components/telemetry_access.py", 'ROTATION_WINDOW = "720h"', 'ROTATION_WINDOW = "721h"')

    text = planned.planned(ROOT, doubled_project)

    assert text.startswith("### What the engine would change, with doubles of every API")
    assert text.count("- `update telemetry-access-token (AccessPolicyRotatingToken): earlyRotationWindow`\n") == 1
    assert text.count("**dev**: 1 to update.\n") == 1


def test_secrets_of_the_base_are_kept_and_settings_are_those_of_the_checkout(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text("secretsprovider: x\nconfig:\n  a:b: {secure: y}\n  sv0-resilience:settings: {shared: true}\n")
    new.write_text("config:\n  sv0-resilience:settings: {shared: false}\n")
    planned.keep_secrets(old, new)

    assert new.read_text() == (
        "secretsprovider: x\nconfig:\n  a:b:\n    secure: y\n  sv0-resilience:settings:\n    shared: false\n"
    )


def test_without_an_engine_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(planned, "find", lambda _environment: None)
    monkeypatch.setattr(planned, "FOLDER", tmp_path)

    assert planned.main(ROOT) == 1
    assert capsys.readouterr().err == "Not planned: there is no `pulumi`; run `make engine-cli`\n"
