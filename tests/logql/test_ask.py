"""`make test-logql` without logcli, and with one that decides otherwise than what is recorded."""

from pathlib import Path

import pytest

from tests.logql.ask import main


def test_without_logcli_it_says_where_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(
        SystemExit, match=r"logcli is not on PATH(.|\n)*grafana/loki/releases(.|\n)*brew install logcli"
    ):
        main()


def test_another_verdict_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everything_passes = tmp_path / "logcli"
    everything_passes.write_text("#!/bin/sh\n/bin/cat\n")
    everything_passes.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main() == 1
    assert "passes: uncaught-exception, " in capsys.readouterr().out
