"""`Pulumi.<stack>.yaml` as it stands on disk: known keys only, and never a secret unencrypted."""

from pathlib import Path

import pytest

from resilience.core.problems import BadInputError
from resilience.model.catalogue import ROOT
from resilience.model.settings import Secret
from resilience.model.stack_file import StackFile, file_of, stacks
from tests.stack_files import settings_of, stack_text

CANARY = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"
SETTINGS = "sv0-resilience:settings"


def problems_of(root: Path, text: str) -> list[str]:
    (root / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as rejected:
        StackFile.read("dev", root).settings()
    return str(rejected.value).split("\n")


@pytest.mark.parametrize("stack", stacks())
def test_the_committed_files_are_accepted(stack: str) -> None:
    assert StackFile.read(stack, ROOT).settings().environment == stack


def test_stacks_are_the_files_with_production_first(tmp_path: Path) -> None:
    for name in ("Pulumi.dev.yaml", "Pulumi.production.yaml", "Pulumi.a.yaml", "Pulumi.yaml"):
        (tmp_path / name).write_text("config: {}\n", encoding="utf-8")

    assert stacks(tmp_path) == ["production", "a", "dev"]


def test_no_stack_at_all_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as rejected:
        stacks(tmp_path)

    assert str(rejected.value) == "Pulumi.*.yaml: (whole file): is missing; write one for each stack"


@pytest.mark.parametrize("stack", ["dev", "acme/dev", "acme/sv0-resilience/dev"])
def test_the_organisation_is_no_part_of_the_files_name(stack: str) -> None:
    assert file_of(stack) == "Pulumi.dev.yaml"


def test_an_encrypted_secret_and_keys_of_the_engine_are_accepted(tmp_path: Path) -> None:
    given = {"github:token": {"secure": "v1:abc"}, "pulumi:tags": {"a": "b"}}
    (tmp_path / "Pulumi.dev.yaml").write_text(stack_text(settings_of("dev"), **given), encoding="utf-8")

    found = StackFile.read("dev", tmp_path)

    assert found.settings().environment == "dev"
    assert [found.is_encrypted(secret) for secret in Secret] == [secret is Secret.GITHUB_TOKEN for secret in Secret]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("{}", f"{SETTINGS}: is missing; write the settings object, as in Pulumi.dev.yaml", id="empty"),
        pytest.param(
            "config:\n",
            f"{SETTINGS}: is missing; write the settings object, as in Pulumi.dev.yaml",
            id="no configuration",
        ),
        pytest.param("config: [a]\n", "config: is not a mapping; write `key: value` lines", id="a list"),
        pytest.param(
            "config:\n  sv0-resilience:setings: {}\n",
            "sv0-resilience:setings: unknown key; remove it, or correct its spelling",
            id="a key that is spelt wrong",
        ),
        pytest.param(
            "config:\n  github:token: x\n",
            "github:token: is not encrypted; run `pulumi config set --secret github:token --stack dev` "
            "or set GITHUB_TOKEN",
            id="a secret unencrypted",
        ),
    ],
)
def test_a_bad_file_is_one_problem(tmp_path: Path, text: str, problem: str) -> None:
    assert problems_of(tmp_path, text) == [f"Pulumi.dev.yaml: {problem}"]


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as rejected:
        StackFile.read("dev", tmp_path)

    assert str(rejected.value) == (
        "Pulumi.dev.yaml: (whole file): cannot be read (No such file or directory); make it readable"
    )


@pytest.mark.parametrize(
    "text",
    [
        *[pytest.param(f"config:\n  {secret}: {CANARY}\n", id=f"{secret.name} unencrypted") for secret in Secret],
        pytest.param(f"config:\n  {SETTINGS}: {CANARY}\n", id="for the settings"),
        pytest.param(f"config: {CANARY}\n", id="for the configuration"),
        pytest.param(f'config:\n  "{CANARY}": x\n', id="as an unknown key"),
        pytest.param(
            f"config:\n  {Secret.GITHUB_TOKEN}: {{secure: x, clear: '{CANARY}'}}\n", id="beside an encrypted one"
        ),
    ],
)
def test_a_secret_is_never_shown(tmp_path: Path, text: str) -> None:
    assert CANARY not in "\n".join(problems_of(tmp_path, text))


@pytest.mark.parametrize("name", ["q;id>PWN;", "a b", "*", "-x", "it's", "a\nb", "$(id)", "Dev"])
def test_a_file_whose_name_a_shell_would_read_as_something_else_is_no_stack(tmp_path: Path, name: str) -> None:
    (tmp_path / "Pulumi.production.yaml").touch()
    (tmp_path / f"Pulumi.{name}.yaml").touch()

    with pytest.raises(BadInputError, match="names no stack; write lower-case letters, digits and dashes"):
        stacks(tmp_path)
