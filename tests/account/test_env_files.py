"""Deploy variables: each reader gets the values back, and the old file survives every failure."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resilience.account import env_files
from resilience.cli import main
from resilience.model.catalogue import ROOT

CANARY = "glc_CANARY0123456789abcdef"
GOOD = {
    "environment": "production",
    "grafana_url": "https://acme.grafana.net",
    "loki_url": "https://logs.example.net/loki/api/v1/push",
    "loki_user": "700002",
    "prometheus_url": "https://prometheus.example.net/api/prom/push",
    "prometheus_user": "700003",
    "telemetry_token": CANARY,
    "rule_uids": ["a", "b"],
}
WANTED = {
    "SV0_ENVIRONMENT": "production",
    "GRAFANA_LOKI_URL": "https://logs.example.net/loki/api/v1/push",
    "GRAFANA_LOKI_USER": "700002",
    "GRAFANA_LOKI_TOKEN": CANARY,
    "GRAFANA_PROM_URL": "https://prometheus.example.net/api/prom/push",
    "GRAFANA_PROM_USER": "700003",
    "GRAFANA_PROM_TOKEN": CANARY,
}
# What an environment variable may hold: any text but NUL; half of it from the characters that need quoting.
VALUES = st.text(st.one_of(st.sampled_from("$\\'\"` \n\r\t#=!{}()&;|<>*?~%aA0"), st.characters(codec="utf-8"))).map(
    lambda text: text.replace("\0", "")
)
EVERYTHING = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def run(*arguments: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["env", "--stack", "production", *arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def compose_reads(text: str) -> dict[str, str]:
    r"""Read an env file by the rules of docs.docker.com/compose (environment file syntax).

    Single-quoted values are literal but for \'. In double quotes \n \r \t \\ \" \$ are
    escapes, and $ begins a variable. `make compose` checks the same with Compose's own parser.
    """
    entry = re.compile(r"""([A-Z0-9_]+)=(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\n'"]*))\n""", re.DOTALL)
    letters = {"n": "\n", "r": "\r", "t": "\t"}
    found, at = {}, 0
    while at < len(text):
        match = entry.match(text, at)
        assert match, f"no entry at {text[at : at + 40]!r}"
        single, double, plain = match[2], match[3], match[4]
        if double is not None:
            assert not re.search(r"(?<!\\)(?:\\\\)*\$", double), "a variable"
            double = re.sub(r"\\(.)", lambda escape: letters.get(escape[1], escape[1]), double, flags=re.DOTALL)
        found[match[1]] = (
            next(one for one in (double, plain) if one is not None) if single is None else single.replace(r"\'", "'")
        )
        at = match.end()
    return found


def shell_reads(text: str) -> dict[str, str]:
    """The variables of `sh` after it has run the file."""
    shown = " ".join(f'"${name}"' for name in re.findall(r"^export (\w+)=", text, re.MULTILINE))
    script = f"{text}printf '%s\\0' {shown}"
    done = subprocess.run(["sh"], input=script.encode(), capture_output=True, check=True)
    names = re.findall(r"^export (\w+)=", text, re.MULTILINE)
    return dict(zip(names, done.stdout.decode().split("\0"), strict=False))


READERS: dict[str, Callable[[str], dict[str, str]]] = {
    "dotenv": compose_reads,
    "shell": shell_reads,
    "json": json.loads,
}


@pytest.mark.parametrize("form", env_files.FORMATS)
def test_any_value_comes_back_unchanged(form: str) -> None:
    seen = []

    @EVERYTHING
    @given(VALUES)
    def comes_back(value: str) -> None:
        seen.append(value)
        assert READERS[form](env_files.FORMATS[form]({"A": value, "B": "next"})) == {"A": value, "B": "next"}

    comes_back()
    assert len(seen) >= 200


@pytest.mark.parametrize("form", env_files.FORMATS)
def test_the_variables_are_those_of_the_deploy_scripts(tmp_path: Path, form: str) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(GOOD))

    result = run("--from", str(tmp_path / "outputs.json"), "--format", form)

    assert result.exit_code == 0
    assert READERS[form](result.stdout) == WANTED


def test_outputs_are_read_from_standard_input(tmp_path: Path) -> None:
    result = run("--from", "-", "--out", str(tmp_path / "prod.env"), text=json.dumps(GOOD))

    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'prod.env'}\n")
    assert compose_reads((tmp_path / "prod.env").read_text()) == WANTED
    assert (tmp_path / "prod.env").stat().st_mode & 0o777 == 0o600


def test_without_a_source_pulumi_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f"#!/bin/sh\necho \"$@\" >{tmp_path}/asked\ncat <<'END'\n{json.dumps(GOOD)}\nEND\n")
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert compose_reads(run().stdout) == WANTED
    assert (tmp_path / "asked").read_text() == "stack output --json --show-secrets --stack production\n"


def test_without_pulumi_the_other_source_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert (run().exit_code, run().stderr) == (
        2,
        "pulumi stack output: (whole command): there is no `pulumi` on PATH; install it, or give --from\n",
    )


def test_an_error_of_pulumi_is_reported_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f"#!/bin/sh\necho 'error: no stack, token {CANARY}' >&2\nexit 255\n")
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert run().stderr == (
        "pulumi stack output: (whole command): fails: error: no stack, token [hidden]; see `resilience doctor`\n"
    )


SHOW = "run `pulumi stack output --json --show-secrets --stack production`"
BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"telemetry_token": "[secret]"}, [f"telemetry_token: is masked; {SHOW}; without --show-secrets Pulumi hides it"]),
    ({"loki_url": None}, [f"loki_url: is missing; run `pulumi up --stack production` first, then {SHOW}"]),
    ({"telemetry_token": ""}, [f"telemetry_token: is missing; run `pulumi up --stack production` first, then {SHOW}"]),
    (
        {"loki_url": "https://logs.example.net"},
        ['loki_url: "https://logs.example.net" is not right; it must be the push address, https://…/loki/api/v1/push'],
    ),
    ({"loki_user": 7}, ['loki_user: "7" is not right; it must be the numeric id of Loki']),
    ({"telemetry_token": 7}, ["telemetry_token: the value is not right; it must be text without NUL"]),
    ({"telemetry_token": "hunter\0two"}, ["telemetry_token: the value is not right; it must be text without NUL"]),
    (
        {"environment": "dev"},
        ['environment: "dev" is not "production", the stack\'s environment; give the outputs of the stack production'],
    ),
    (
        {"prometheus_user": "x", "prometheus_url": "y"},
        [
            'prometheus_url: "y" is not right; it must be the remote write address, https://…/api/prom/push',
            'prometheus_user: "x" is not right; it must be the numeric id of Prometheus',
        ],
    ),
]


@pytest.mark.parametrize(("outputs", "reported"), BAD)
def test_bad_outputs_are_all_reported_and_the_old_file_stays(
    tmp_path: Path, outputs: dict[str, Any], reported: list[str]
) -> None:
    (tmp_path / "prod.env").write_text("old")

    result = run("--from", "-", "--out", str(tmp_path / "prod.env"), text=json.dumps(GOOD | outputs))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [f"standard input: {line}" for line in reported]
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("text", "what"),
    [("", "is not JSON"), (f'{{"telemetry_token": "{CANARY}"', "is not JSON"), ("[]", "is not a JSON object")],
)
def test_what_is_not_a_json_object_is_rejected_and_not_shown(text: str, what: str) -> None:
    assert run("--from", "-", text=text).stderr == f"standard input: (whole file): {what}; {SHOW}\n"


def test_a_missing_or_binary_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff")

    assert "cannot be read (No such file or directory)" in run("--from", str(tmp_path / "y")).stderr
    assert "is not UTF-8 text" in run("--from", str(tmp_path / "x")).stderr


def test_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    result = run("--from", "-", "--out", str(tmp_path / "pipe"), text=json.dumps(GOOD))

    assert result.exit_code == 2
    assert "is not a plain file; name a file" in result.stderr
    assert (tmp_path / "pipe").is_fifo()


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """The kernel rejects every byte above the limit, as a full file system does."""
    target = tmp_path / "out" / "prod.env"
    target.parent.mkdir()
    target.write_text("old")
    (tmp_path / "outputs.json").write_text(json.dumps(GOOD))
    # Limited by itself: code of ours between fork and exec aborts where gRPC's threads run (the tests on the engine).
    limited = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"
    limited += "; runpy.run_module('resilience', run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-B", "-c", limited, "env", "--stack", "production"]
    command += ["--from", str(tmp_path / "outputs.json"), "--out", str(target)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{target}: (whole file): cannot be written (File too large); the old file is unchanged; "
        "free some space, or name another file\n"
    )
    assert [(path.name, path.read_text()) for path in target.parent.iterdir()] == [("prod.env", "old")]


def test_the_template_reads_every_variable_from_1password_and_holds_no_value() -> None:
    text = (ROOT / "deploy/env.1password").read_text(encoding="utf-8")
    entries = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))

    assert set(entries) == set(env_files.OUTPUTS) - {"SV0_ENVIRONMENT"}
    assert all(value.startswith("op://sv0-bots/grafana-cloud/") for value in entries.values())
    assert {name: value.rpartition("/")[2].replace("-", "_") for name, value in entries.items()} == {
        name: key for name, key in env_files.OUTPUTS.items() if name != "SV0_ENVIRONMENT"
    }
