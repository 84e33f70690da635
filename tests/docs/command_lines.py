"""The commands of a page, run against stubs, and what is wrong with each.

One shell runs all commands of a page, so it takes milliseconds. The stubs write down how they were called;
`tools.yaml` says what the real programs accept.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from resilience.cli import main
from resilience.core.yaml_files import read_yaml
from resilience.docgen.commands import values_of
from resilience.model.catalogue import ROOT
from resilience.model.settings import Secret, StackSettings
from resilience.model.stack_file import StackFile, stacks

HERE = Path(__file__).parent
TOOLS: Mapping[str, Any] = read_yaml(HERE / "tools.yaml", "tools.yaml")["tools"]
SECONDS = 60
FIELD, END = "\x1f", "\x1e"
CANARY = "canary-of-a-secret"
_REAL = ("mkdir", "mv", "dirname", "sed")
"""What deploy/observability.sh needs and no runbook calls; the stub of op uses sed."""
_RUN_ANOTHER = ("sudo",)
"""What stands behind their first argument belongs to the other program."""
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_GENERATED = re.compile(r"<!-- \[\[\[cog .*?\]\]\] -->|<!-- \[\[\[end\]\]\] -->")
_INLINE = re.compile(r"`([^`]+)`")
_LOG = """\
api  | {"level":"error","message":"Uncaught exception: okta worker job findings"}
alloy | level=warn msg="dropping data" error="429"
"""
# Each command has no input, and is marked before and after.
_SHELL = r"""
for command in "$@"; do
	printf 'begin%s' "$END" >>"$CALLS"
	eval "$command" </dev/null >/dev/null 2>>"$ERRORS"
	printf 'end%s%s%s%s' "$FIELD" "$?" "$FIELD" "$(cat "$ERRORS")" >>"$CALLS"
	printf '%s' "$END" >>"$CALLS"
	: >"$ERRORS"
done
"""


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a language, without the indentation of the list that they stand in."""
    return [
        "\n".join(line.removeprefix(found[1]) for line in found[3].splitlines())
        for found in _FENCE.finditer(page)
        if found[2] == language
    ]


def commands(page: str) -> list[str]:
    """Every block of shell, and every piece of code in the prose that begins with a known program."""
    prose = _GENERATED.sub("", _FENCE.sub("", page))
    paragraphs = re.split(r"\n *\n", prose)
    codes = [" ".join(code.split()) for paragraph in paragraphs for code in _INLINE.findall(paragraph)]
    inline = [code for code in codes if code.partition(" ")[0] in TOOLS and " " in code]
    return [*blocks(page, "sh"), *inline]


def by_hand(page: str) -> str:
    """A page without its generated blocks."""
    return re.sub(r"<!-- \[\[\[cog .*?\[\[\[end\]\]\] -->", "", page, flags=re.DOTALL)


def problems(given: Sequence[str], folder: Path) -> list[str]:
    """What is wrong with these commands; nothing when the real programs would take them and answer well."""
    found = []
    for command, calls in zip(given, _run(given, folder), strict=True):
        found += [f"{command}: {problem}" for call in calls for problem in _wrong(call)]
    return found


def _run(given: Sequence[str], folder: Path) -> list[list[list[str]]]:
    """The calls of each command, in one shell."""
    environment = _prepared(folder) | {
        "PATH": str(folder / "stubs"),
        "REAL": str(Path(shutil.which("cat") or "").parent),
        "HOME": str(folder),
        "CALLS": str(folder / "calls"),
        "ERRORS": str(folder / "errors"),
        "LOG": str(folder / "log"),
        "FIELD": FIELD,
        "END": END,
        "CANARY": CANARY,
    }
    shell = [shutil.which("bash") or "bash", "--noprofile", "--norc", "-c", _SHELL, "shell", *given]
    subprocess.run(shell, cwd=folder, env=environment, check=True, timeout=SECONDS)
    records = [record.split(FIELD) for record in (folder / "calls").read_text("utf-8").split(END)[:-1]]
    begins = [number for number, record in enumerate(records) if record == ["begin"]]
    return [records[first + 1 : last] for first, last in zip(begins, [*begins[1:], None], strict=True)]


def _prepared(folder: Path) -> dict[str, str]:
    """The stubs, and what the commands read: a checkout and the environment's file. Where the platform answers."""
    (folder / "stubs").mkdir()
    for name in TOOLS:
        (folder / "stubs" / name).symlink_to(HERE / "stubs/stub.sh")
    for name in _REAL:
        (folder / "stubs" / name).symlink_to(shutil.which(name) or name)
    (folder / "sv0-resilience").symlink_to(ROOT)
    for path in (ROOT / "catalogue", *ROOT.glob("Pulumi.*.yaml")):
        (folder / path.name).symlink_to(path)
    (folder / "log").write_text(_LOG, "utf-8")
    (folder / "errors").touch()
    for one in _all_settings():
        variables = f"SV0_ENVIRONMENT={one.environment} GRAFANA_LOKI_TOKEN=x GRAFANA_PROM_TOKEN=x"
        (folder / f".sv0-{one.environment}.env").write_text(f"export {variables}\n", "utf-8")
    local = " ".join(f"http://127.0.0.1:{one['port']}" for one in values())
    outside = " ".join(one.uptime.url for one in _all_settings())
    return {"LOCAL": local, "OUTSIDE": outside, "FINDINGS": values()[0]["findings"].removeprefix("/")}


@cache
def _all_settings() -> tuple[StackSettings, ...]:
    return tuple(StackFile.read(stack, ROOT).settings() for stack in stacks(ROOT))


@cache
def values() -> tuple[dict[str, str], ...]:
    """What the settings of each environment say about its machine."""
    return tuple(values_of(one) for one in _all_settings() if one.platform)


def _wrong(record: list[str]) -> Iterator[str]:
    name, *words = record
    if name == "end":
        yield from _badly_ended(*words)
    elif name == "answer":
        if words[1] != "200":
            yield f"{words[0]} answers {words[1]} although the platform is well"
    elif name == "template":
        yield from (f"{one} is not in the vault" for one in _references(words[0]) if one not in _vault())
    else:
        yield from _called_wrongly(name, words)


def _badly_ended(code: str, errors: str) -> Iterator[str]:
    # 1 is how grep says that no line matches.
    if code not in {"0", "1"} or errors:
        yield f"ends with {code}: {errors}"


def _references(template: str) -> list[str]:
    return re.findall(r"\{\{ (op://[^ }]+) \}\}", template)


@cache
def _vault() -> frozenset[str]:
    """Fields of 1Password that the bootstrap page says to make."""
    page = (ROOT / "docs/bootstrap.md").read_text("utf-8")
    return frozenset(re.findall(r"`(op://[^`]+)`", page))


@dataclass(frozen=True)
class ProgramCall:
    """One call of a program, taken apart: `options` by name, the last value of each."""

    command: str
    options: dict[str, str]
    arguments: list[str]


def _called_wrongly(name: str, words: list[str]) -> Iterator[str]:
    if any(CANARY in word for word in words):
        yield f"{name} has a secret on its command line"
    try:
        call = _taken_apart(name, words)
    except ValueError as error:
        yield str(error)
        return
    least, most = TOOLS[name]["commands"][call.command].get("arguments", (0, 99))
    if not least <= len(call.arguments) <= most:
        yield f"{name} {call.command}: {len(call.arguments)} arguments"
        return
    yield from _CHECKS.get(name, lambda _: iter(()))(call)


def _taken_apart(name: str, words: list[str]) -> ProgramCall:
    """As pflag reads it: options of a command may stand behind it, values behind `=`, short ones in one word.

    Raises:
        ValueError: the program has no such command or option.
    """
    known, command, options, arguments = TOOLS[name]["commands"], "", dict[str, str](), list[str]()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        longer = f"{command} {word}".strip()
        if word.startswith("-") and word != "-" and not (arguments and name in _RUN_ANOTHER):
            options |= _options(f"{name} {command}".strip(), known[command], word, rest)
        elif not arguments and longer in known:
            command = longer
        elif any(one.startswith(f"{command} ".lstrip()) and one != command for one in known):
            raise ValueError(f"{name} {longer}: unknown command")
        else:
            arguments.append(word)
    return ProgramCall(command, options, arguments)


def _options(where: str, known: Mapping[str, Any], word: str, rest: list[str]) -> dict[str, str]:
    switches, values = known.get("switches", "").split(), known.get("values", "").split()
    if "-NUMBER" in switches and re.fullmatch(r"-\d+", word):
        return {}
    option, equals, value = word.partition("=") if word.startswith("--") else (word[:2], "", word[2:])
    if option in values:
        if not equals and not value and not rest:
            raise ValueError(f"{where}: {option} has no value")
        return {option: value if equals or value else rest.pop(0)}
    if option not in switches or equals:
        raise ValueError(f"{where}: unknown option {option}")
    return {option: ""} | (_options(where, known, f"-{value}", rest) if value else {})


def _docker(call: ProgramCall) -> Iterator[str]:
    if call.command in TOOLS["docker"]["need_files"] and "-f" not in call.options:
        yield f"docker {call.command}: no configuration file provided: not found"
    project = call.options.get("-p")
    if project and project not in (projects := [one["project"] for one in values()]):
        yield f"docker compose: no project {project}, only {', '.join(projects)}"
    if (
        call.command not in {"", "compose ls"}
        and call.command.startswith("compose")
        and not {"-p", "-f"} & {*call.options}
    ):
        yield f"docker {call.command}: no project is named"
    unknown = set(re.findall(r"\{\{([^}]*)\}\}", call.options.get("--format", ""))) - {*TOOLS["docker"]["fields"]}
    yield from (f"docker {call.command}: unknown field {field}" for field in sorted(unknown))


def _gh(call: ProgramCall) -> Iterator[str]:
    known = {one["repository"]: {other["workflow"] for other in values()} for one in values()}
    known |= {
        f"{one.github.owner}/{one.github.workflows}": {path.name for path in (ROOT / ".github/workflows").iterdir()}
        for one in _all_settings()
        if one.github.workflows
    }
    if (repository := call.options.get("--repo", call.options.get("-R", ""))) not in known:
        yield f"gh: no repository {repository} in the settings"
    workflow = call.arguments[0] if call.command == "workflow run" else call.options.get("--workflow")
    if workflow and workflow not in known.get(repository, ()):
        yield f"gh: no workflow {workflow} in {repository}"


def _pulumi(call: ProgramCall) -> Iterator[str]:
    outputs = re.findall(r'^ +"(\w+)": ', (ROOT / "components/outputs.py").read_text("utf-8"), re.MULTILINE)
    if call.command == "stack output" and not {*call.arguments} <= {*outputs}:
        yield f"pulumi: no output {call.arguments}"
    if call.command == "config set" and call.arguments[0] not in {*Secret}:
        yield f"pulumi: no secret {call.arguments[0]}"
    if (stack := call.options.get("--stack", call.options.get("-s"))) not in stacks(ROOT):
        yield f"pulumi: no stack {stack}"


def _make(call: ProgramCall) -> Iterator[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    if call.arguments[0] not in re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE):
        yield f"make: no target {call.arguments[0]}"
    if any(one not in {f"STACK={stack}" for stack in stacks(ROOT)} for one in call.arguments[1:]):
        yield f"make: no stack {call.arguments[1:]}"


def _resilience(call: ProgramCall) -> Iterator[str]:
    if call.arguments[0] not in main.commands:
        yield f"resilience: no command {call.arguments[0]}"


_CHECKS = {"docker": _docker, "gh": _gh, "pulumi": _pulumi, "make": _make, "resilience": _resilience}
