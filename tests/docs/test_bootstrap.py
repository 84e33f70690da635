"""The bootstrap page is true: the doctor's subjects and remedies, the workflows' secrets, real commands."""

import json
import re

import pytest

from resilience.account.doctor import github, machine
from resilience.account.doctor.grafana import grafana_com, orphans
from resilience.cli import main
from resilience.core.yaml_files import read_own
from resilience.manifest import Manifest
from resilience.model.catalogue import ROOT
from resilience.model.settings import SETTINGS_KEY, Secret
from resilience.model.stack_file import StackFile
from resilience.review import failures
from tests.standin.faults import InjectedFault

PAGE = (ROOT / "docs/bootstrap.md").read_text(encoding="utf-8")
ENGINE = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
COMMANDS = [
    line.strip() for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]
KINDS = ("access policy", "service account", "rule", "folder", "contact point", "timing", "template")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in ENGINE.splitlines() if re.match(r"\| \d", line)
]


def commands_for(stack: str) -> list[str]:
    """The commands that give a stack its secrets: production's are typed, dev's are the same values."""
    settings = StackFile.read(stack, ROOT).settings()
    secrets = (*settings.required_secrets(), *settings.optional_secrets())
    if stack == "dev":
        return [f"pulumi config cp --stack production --dest dev {secret}" for secret in secrets]
    return [command for one in secrets for command in re.findall(r"`(pulumi [^`]+)`", one.remedy(stack))]


def test_the_page_gives_each_stack_the_secrets_that_the_doctor_asks_for_and_no_others() -> None:
    on_page = [command for command in COMMANDS if command.startswith("pulumi config")]

    assert sorted(on_page) == sorted(commands_for("production") + commands_for("dev"))
    assert {"pulumi stack init production", "pulumi stack init dev"} <= set(COMMANDS)


def test_what_dev_copies_is_set_in_production_first() -> None:
    copied = [command.rpartition(" ")[2] for command in COMMANDS if command.startswith("pulumi config cp")]

    for secret in copied:
        typed = COMMANDS.index(f"pulumi config set --secret {secret} --stack production")
        assert typed < COMMANDS.index(f"pulumi config cp --stack production --dest dev {secret}")


def test_no_step_copies_an_output_from_one_stack_to_another() -> None:
    assert [command for command in COMMANDS if "--show-secrets" in command] == []


def test_the_doctors_subjects_are_explained_and_no_others() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "resilience/account/doctor").rglob("*.py"))
    subjects = set(re.findall(r'(?:Finding|unknown)\(\s*"([a-z. ]+)"', sources))
    table = PAGE.partition("## What the doctor looks at")[2]

    assert set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == subjects
    assert len(subjects) >= 11


def test_the_scopes_are_those_that_the_doctor_knows() -> None:
    assert re.findall(r"^\s*\| `([a-z-]+:[a-z]+)` \|", PAGE, re.MULTILINE) == list(grafana_com.SCOPES)


def test_the_permissions_for_github_are_those_that_the_doctor_names() -> None:
    assert [permission for permission in github.PERMISSIONS if f"`{permission}`" not in PAGE] == []


def test_the_oldest_engine_is_the_one_that_the_doctor_demands() -> None:
    assert f"{machine.OLDEST[0]}.{machine.OLDEST[1]} or newer" in PAGE


def test_the_secrets_of_the_repository_are_those_that_the_workflows_use() -> None:
    workflows = "".join(path.read_text(encoding="utf-8") for path in (ROOT / ".github/workflows").glob("*.yml"))
    section = PAGE.partition("For the workflows, ")[2].partition("\n\n")[0]

    assert set(re.findall(r"secrets\.(\w+)", workflows)) <= set(re.findall(r"`([A-Z_]+)`", section + PAGE))
    assert {"PULUMI_ACCESS_TOKEN", "SLACK_WEBHOOK_DEPLOYS"} <= set(re.findall(r"`([A-Z_]+)`", section))


def test_three_sentences_say_what_write_access_allows() -> None:
    section = PAGE.partition("### What write access allows\n\n")[2].partition("\n")[0]
    first, second, third = re.split(r"(?<=\.) (?=[A-Z])", section)

    assert "every secret of the repository" in first
    assert "`protect_deploys: true`" in second
    assert "a preview still runs the code of the pull request" in second
    assert third.startswith("So give write access to nobody who may not change production")


def test_every_make_and_resilience_command_on_the_page_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {match for command in COMMANDS for match in re.findall(r"^make ([a-z-]+)", command)}

    assert named | set(re.findall(r"`make ([a-z-]+)", PAGE)) <= targets
    assert set(re.findall(r"resilience ([a-z]+)(?: |`)", " ".join(COMMANDS) + PAGE)) <= set(main.commands)


def test_the_commands_that_a_failed_preview_names_are_on_the_page() -> None:
    """For one stack at least: the page says which word to change."""
    named = [re.findall(r"`((?:pulumi|make) [^`]+)`", cause.remedy) for cause in failures.causes()]
    commands = [command for found in named for command in found]

    shown = [*COMMANDS, *re.findall(r"`([^`]+)`", PAGE)]
    filled = [{command.replace("$stack", stack) for stack in ("production", "dev")} for command in commands]
    assert [one for one in filled if not one & set(shown)] == []
    assert len(commands) >= 6


def test_what_can_be_done_without_an_account_can_be_done() -> None:
    """The commands of the first block of the page."""
    assert COMMANDS[0] == "make check"
    assert COMMANDS[2] == "resilience doctor --stack production --offline"


def test_one_line_puts_the_programs_on_path_and_every_command_relies_on_it() -> None:
    assert COMMANDS[1] == 'export PATH="$PWD/.venv/bin:$PWD/.tools/uv/bin:$PATH"'
    assert PAGE.count(".venv/bin") == 1


@pytest.mark.parametrize("kind", [*KINDS])
def test_what_a_lost_answer_leaves_has_a_row(kind: str) -> None:
    section = PAGE.partition("## After a lost answer")[2].partition("\n## ")[0]

    assert f"| `{kind}` |" in section


def test_the_kinds_of_orphans_are_those_of_the_doctor(production: Manifest, dev: Manifest) -> None:
    assert {kind for one in (production, dev) for kind, _ in orphans.keys(one)} == set(KINDS)


def test_the_page_ships_with_the_settings_of_one_person_who_has_joined() -> None:
    team = StackFile.read("production", ROOT).settings().team

    assert [(one.joined, one.role) for one in team] == [(True, "Admin")]


def test_the_order_is_that_of_the_work() -> None:
    order = [
        "1. Accounts",
        "2. Tokens",
        "3. Secrets",
        "4. First up",
        "5. The second person",
        "6. Phones",
        "7. Signs of life",
        "Every week",
        "After a rotation",
        "When `up` fails",
        "After a lost answer",
        "Drift that hides drift",
        "How to roll back",
        "How to remove an environment",
        "How to leave",
        "What the doctor looks at",
    ]
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)

    assert [heading for heading, wanted in zip(headings, order, strict=True) if not heading.startswith(wanted)] == []


@pytest.mark.parametrize(
    "said",
    [
        "KeyboardInterrupt",
        "--refresh",
        "pulumi cancel",
        "--replace URN",
        "destroy --refresh --stack dev",
        "pulumi stack rm dev",
        "pulumi refresh --stack production --target",
        "joined: true",
    ],
)
def test_the_page_covers_the_surprises_of_the_engine(said: str) -> None:
    assert said in PAGE


def test_each_of_the_22_surprises_has_a_row_with_a_test_that_exists() -> None:
    assert [row[0] for row in ROWS] == [str(number) for number in range(1, 23)]
    assert {row[2] for row in ROWS} == {"yes", "no"}
    assert [row[4] for row in ROWS if not (ROOT / row[4].strip("`")).is_file()] == []
    assert all(row[1] and row[3] for row in ROWS)


def test_the_examples_for_the_stand_in_are_ones_that_it_takes() -> None:
    problems = [json.loads(text) for text in re.findall(r"^(\{\"match\".*\})$", ENGINE, re.MULTILINE)]

    assert len([InjectedFault.of(problem) for problem in problems]) == 3


def test_every_key_is_described_in_the_project_file_and_secrets_are_called_so() -> None:
    project = read_own((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    described = project["template"]["config"]

    assert set(described) == {SETTINGS_KEY, *Secret}
    assert {key for key, value in described.items() if value.get("secret")} == set(Secret)
    assert all(value["description"] for value in described.values())


def test_the_engine_installs_with_uv_into_the_named_virtualenv() -> None:
    project = read_own((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))

    assert project["runtime"] == {"name": "python", "options": {"toolchain": "uv", "virtualenv": ".venv"}}
