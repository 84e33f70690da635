"""Every command of every runbook is one that the real program takes, and gets the answer that the page expects."""

import re
from pathlib import Path

import pytest

from resilience.core.problems import BadInputError
from resilience.docgen.commands import probes, query, redeploy, sh, where
from resilience.model.catalogue import ROOT
from tests.docs.command_lines import blocks, by_hand, commands, problems, values

README = (ROOT / "README.md").read_text("utf-8")
PAGES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "runbooks").glob("*.md"))}
TOKEN = "op://sv0-bots/cloudflare-access/client-id"


@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_a_runbook_is_taken_and_answered(name: str, tmp_path: Path) -> None:
    assert problems(commands(PAGES[name]), tmp_path) == []


def test_runbooks_have_commands() -> None:
    assert len([one for page in PAGES.values() for one in commands(page)]) >= 70


def test_every_command_of_the_readme_is_taken_and_answered(tmp_path: Path) -> None:
    given = blocks(README, "sh")

    assert given
    assert problems(given, tmp_path) == []


MISTAKES = {
    "the outside without the service token": (
        "curl -sI -m 10 https://app.securityv0.com/ready | grep -i -E '^HTTP|^location'",
        "https://app.securityv0.com/ready answers 302",
    ),
    "the outside with half of the service token": (
        (
            f"printf 'header = \"CF-Access-Client-Id: {{{{ {TOKEN} }}}}\"' | op inject "
            "| curl -s -K - https://app.securityv0.com/ready"
        ),
        "answers 302",
    ),
    "up without the compose files": (
        "docker compose -p sv0-production up -d alloy",
        "no configuration file provided",
    ),
    "another project than that of the settings": ("docker compose -p sv0 ps --all", "no project sv0"),
    "a project that is forgotten": ("docker compose restart api", "no project is named"),
    "an unknown command of compose": ("docker compose -p sv0-production reboot api", "compose reboot: unknown command"),
    "an unknown option in a cluster": ("docker compose -p sv0-production ps -aQ", "unknown option -Q"),
    "an unknown field": ("docker inspect --format '{{.State.Oom}}' api", "unknown field .State.Oom"),
    "an unknown option of gh": (
        "gh workflow run deploy-prod.yml --repo securityv0/sv0-platform --tag v1",
        "gh workflow run: unknown option --tag",
    ),
    "another repository": ("gh run list --repo securityv0/platform", "no repository securityv0/platform"),
    "another workflow": (
        "gh workflow run deploy.yml --repo securityv0/sv0-platform -f image_tag=TAG",
        "no workflow deploy.yml in securityv0/sv0-platform",
    ),
    "a workflow that is forgotten": ("gh workflow run --repo securityv0/sv0-platform", "0 arguments"),
    "another port": ("curl -s -m 5 http://127.0.0.1:8080/ready", "answers 000"),
    "a secret on the command line": (
        f"curl -s -H \"CF-Access-Client-Id: $(echo '{{{{ {TOKEN} }}}}' | op inject)\" http://127.0.0.1:3000/ready",
        "curl has a secret on its command line",
    ),
    "an item that is not in the vault": (
        "echo '{{ op://sv0-bots/slack/token }}' | op inject",
        "op://sv0-bots/slack/token is not in the vault",
    ),
    "a place to fill in that the shell does not read": ("docker restart <name>", "syntax error"),
    "an unknown program": ("kubectl get pods", "kubectl: command not found"),
    "an unknown program behind a pipe": ("df -h | jq .", "jq: command not found"),
    "an open quote": ("docker stats --no-stream 'x", "unexpected EOF"),
    "an option that macOS does not have": ("cat catalogue/limits.yaml | grep -P x", "unknown option -P"),
    "a target that the Makefile does not have": ("make deploy STACK=production", "no target deploy"),
    "a stack that does not exist": ("make up STACK=staging", "no stack"),
    "a secret that the program does not have": (
        "pulumi config set --secret sv0-resilience:token --stack production",
        "no secret sv0-resilience:token",
    ),
    "an output that the program does not have": ("pulumi stack output token --stack production", "no output"),
    "a value that is forgotten": ("docker compose -p sv0-production logs --since", "--since has no value"),
}


@pytest.mark.parametrize(("command", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found(command: str, problem: str, tmp_path: Path) -> None:
    found = "\n".join(problems([command], tmp_path))

    assert problem in found


def test_commands_are_found_in_blocks_of_lists_and_in_prose() -> None:
    block = "1. Look:\n\n   ```sh\n   df -h \\\n     | tail -5\n   ```\n"
    page = f"{block}\n   Then `docker stats\n   --no-stream`, not `docker`.\n"

    assert commands(page) == ["df -h \\\n  | tail -5", "docker stats --no-stream"]


OWNED = {value for one in values() for key, value in one.items() if key in {"project", "repository", "workflow"}}
OWNED |= {f"127.0.0.1:{one['port']}" for one in values()} | {one["ready_url"] for one in values()}


def written_by_hand(page: str) -> set[str]:
    """What the settings hold and the page says outside a generated block."""
    return {value for value in OWNED if re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", by_hand(page))}


@pytest.mark.parametrize("name", PAGES)
def test_what_the_settings_hold_stands_in_generated_blocks_alone(name: str) -> None:
    assert written_by_hand(PAGES[name]) == set()


def test_what_is_written_by_hand_is_found() -> None:
    page = "`docker compose -p sv0-production ps`, then\n\n```sh\ncurl http://127.0.0.1:3000/ready\n```\n"

    assert written_by_hand(page) == {"sv0-production", "127.0.0.1:3000"}
    assert written_by_hand('`min(probe_success{job="sv0-production-ready"})`') == set()


def test_commands_follow_the_settings(tmp_path: Path) -> None:
    for path in ROOT.glob("Pulumi.*.yaml"):
        text = path.read_text("utf-8").replace("sv0-production", "platform").replace("3000", "8081")
        text = text.replace("sv0-platform", "monolith").replace("app.", "www.")
        (tmp_path / path.name).write_text(re.sub(r"(ready: .every:) \w+", r"\1 3m", text), "utf-8")

    assert "docker compose -p platform ps" in sh("containers", root=tmp_path)
    assert "127.0.0.1:8081/ready" in sh("ready", root=tmp_path)
    assert "--repo securityv0/monolith -f image_tag=TAG" in redeploy(tmp_path)
    assert "https://www.securityv0.com/ready" in sh("outside-ready", root=tmp_path)
    assert "`platform`, API on port 8081. For dev write `sv0-dev` and 3001." in where(root=tmp_path)
    assert "`https://www.securityv0.com/ready` every 3 minutes from Frankfurt and London" in probes(root=tmp_path)


def test_a_stack_without_a_platform_says_what_to_write(tmp_path: Path) -> None:
    for path in ROOT.glob("Pulumi.*.yaml"):
        (tmp_path / path.name).write_text(re.sub(r" +platform: .*\n", "", path.read_text("utf-8")), "utf-8")

    with pytest.raises(BadInputError, match=r"platform is missing; write project, port and workflow"):
        sh("containers", root=tmp_path)


def test_a_placeholder_without_a_value_is_found() -> None:
    with pytest.raises(BadInputError, match=r"\$projekt has no value"):
        sh("docker compose -p $projekt ps")
    with pytest.raises(BadInputError, match=r"\$windows has no value"):
        query("crash-looping", "changes(process_start_time_seconds[$windows])")
