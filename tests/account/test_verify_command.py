"""`resilience verify`: its exit codes, its three forms, and what it asks for."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from resilience.cli import main
from resilience.manifest import Manifest
from tests.standin.client import Client
from tests.standin.filled import declared, fill
from tests.standin.grafana.evaluations import NEVER
from tests.standin.server import Standin, running
from tests.standin.state import Options

TOKEN = "glsa_CANARY"
RULE = "sv0-production-api-down"
PAUSED = f"rule {RULE}: is paused; run `make up STACK=production`\n"


@pytest.fixture(name="standin", scope="module")
def _standin(production: Manifest, dev: Manifest) -> Iterator[Standin]:
    with running(Options(stacks=["acme"], stack_tokens=[TOKEN])) as standin:
        fill(Client(standin, "/stack/acme", TOKEN), declared(production, dev))
        yield standin


@pytest.fixture(name="address")
def _address(standin: Standin, monkeypatch: pytest.MonkeyPatch, production: Manifest, dev: Manifest) -> str:
    monkeypatch.setattr("resilience.manifest.program.declare_deployed", lambda _root: [production, dev])
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    standin.state.grafana("acme")["rules"][RULE]["isPaused"] = False
    return f"{standin.state.base}/stack/acme/"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments])


def test_where_nothing_differs_it_exits_with_0(address: str) -> None:
    clean, named, machine = run(address), run(address, "--stack", "acme/dev"), run(address, "--json")

    assert (clean.exit_code, clean.output) == (0, "What is live is what is declared: production, dev.\n")
    assert (named.exit_code, named.output) == (0, "What is live is what is declared: dev.\n")
    assert (machine.exit_code, json.loads(machine.output)) == (0, {"differences": [], "notes": []})


def test_what_differs_is_printed_and_it_exits_with_1(address: str, standin: Standin) -> None:
    standin.state.grafana("acme")["rules"][RULE]["isPaused"] = True
    found, machine = run(address, "--notify"), run(address, "--json")

    first, *notes = found.output.splitlines(keepends=True)
    assert (found.exit_code, first) == (1, PAUSED)
    assert [note.startswith("note: contact point ") for note in notes] == [True] * 4
    subject, what, remedy = f"rule {RULE}", "is paused", "run `make up STACK=production`"
    assert (machine.exit_code, json.loads(machine.output)["differences"]) == (
        1,
        [{"subject": subject, "what": what, "remedy": remedy}],
    )


def test_on_a_terminal_it_is_a_table(address: str, standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    standin.state.grafana("acme")["rules"][RULE]["isPaused"] = True
    monkeypatch.setattr("resilience.cli.accounts._on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")

    found = run(address)

    assert found.exit_code == 1
    assert ["rule sv0-production-api-down", "is paused"] in [
        [cell.strip() for cell in line.split("│")[1:3]] for line in found.output.splitlines()
    ]


def test_while_it_waits_it_says_so(address: str, standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluations = standin.state.grafana("acme")["evaluations"]
    evaluations[RULE] = {"lastEvaluation": NEVER}
    monkeypatch.setattr("resilience.account.verify.evaluation.time.sleep", lambda _: evaluations.clear())

    found = run(address, "--wait", "60")

    assert (found.exit_code, found.stderr) == (0, "Waiting for Grafana's first evaluation; rules left: 1\n")


@pytest.mark.parametrize(
    ("arguments", "token", "message"),
    [
        (("acme.grafana.net",), TOKEN, "write it as https://NAME.grafana.net"),
        (("https://acme.grafana.net",), "", "set GRAFANA_TOKEN to a token of a service account with the role Admin"),
        (
            ("https://acme.grafana.net", "--stack", "prod"),
            TOKEN,
            'there is no stack "prod"; write one of production, dev',
        ),
        (("https://acme.grafana.net", "--wait", "-1"), TOKEN, "-1 is not in the range"),
    ],
)
def test_a_wrong_call_is_explained(
    address: str, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], token: str, message: str
) -> None:
    assert address
    monkeypatch.setenv("GRAFANA_TOKEN", token)
    found = run(*arguments)

    assert found.exit_code == 2
    assert message in found.stderr
