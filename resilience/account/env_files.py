"""Stack outputs as variables for the deploy scripts; each format is quoted for its reader."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from resilience.core import json_texts
from resilience.core.addresses import safe_for_credentials
from resilience.core.files import LARGEST, decoded, put, read_text
from resilience.core.problems import BadInputError, Problem, shown, without_secrets
from resilience.model.settings import StackSettings

OUTPUTS = {
    "SV0_ENVIRONMENT": "environment",
    "GRAFANA_LOKI_URL": "loki_url",
    "GRAFANA_LOKI_USER": "loki_user",
    "GRAFANA_LOKI_TOKEN": "telemetry_token",
    "GRAFANA_PROM_URL": "prometheus_url",
    "GRAFANA_PROM_USER": "prometheus_user",
    "GRAFANA_PROM_TOKEN": "telemetry_token",
}
"""The stack output of each variable."""
MASKED = "[secret]"
_SHAPES = {
    "loki_url": (r"\S+/loki/api/v1/push", "the push address, https://…/loki/api/v1/push"),
    "prometheus_url": (r"\S+/push", "the remote write address, https://…/api/prom/push"),
    "loki_user": (r"\d+", "the numeric id of Loki"),
    "prometheus_user": (r"\d+", "the numeric id of Prometheus"),
}
_SHOW = "run `pulumi stack output --json --show-secrets --stack {stack}`"
_SECONDS = 120
_LITERAL = re.compile(r"[^'\\\n\r]*")


def write(path: Path, text: str) -> Path:
    """Write the whole file, readable only by its owner. Raises as `put` does."""
    return put(path, text, mode=0o600)


def rendered(outputs: Mapping[str, str], form: str) -> str:
    """The variables in a format of `FORMATS`."""
    return FORMATS[form]({name: outputs[key] for name, key in OUTPUTS.items()})


def read(stack: str, source: str | None, settings: StackSettings, root: Path) -> dict[str, str]:
    """The outputs for the variables, from a file, from `-` (standard input), or from Pulumi.

    Raises:
        BadInputError: outputs are missing, masked, malformed, or of another environment.
    """
    file, text = _text(stack, source, root)
    data = json_texts.loaded(text, file, _SHOW.format(stack=stack))
    if not isinstance(data, dict):
        raise _rejected(file, "(whole file)", "is not a JSON object", _SHOW.format(stack=stack))
    if found := list(_problems(data, stack, settings)):
        raise BadInputError(Problem(file, *one) for one in found)
    return {key: data[key] for key in OUTPUTS.values()}


def _problems(data: Mapping[str, Any], stack: str, settings: StackSettings) -> Iterator[tuple[str, str, str]]:
    """Path, what is wrong, and what to do; a token's value is never shown."""
    for key in dict.fromkeys(OUTPUTS.values()):
        text = data.get(key)
        pattern, wanted = _SHAPES.get(key, (r"[^\0]+", "text without NUL"))
        if text is None or text == "":
            yield key, "is missing", f"run `pulumi up --stack {stack}` first, then {_SHOW.format(stack=stack)}"
        elif text == MASKED:
            yield key, "is masked", f"{_SHOW.format(stack=stack)}; without --show-secrets Pulumi hides it"
        elif not isinstance(text, str) or not re.fullmatch(pattern, text, re.DOTALL):
            value = "the value" if key == "telemetry_token" else shown(text)
            yield key, f"{value} is not right", f"it must be {wanted}"
        elif why := _unsafe(key, text):
            yield key, why, "give what Grafana Cloud names; the telemetry token would go there"
        elif key == "environment" and text != settings.environment:
            yield (
                key,
                f"{shown(text)} is not {shown(settings.environment)}, the stack's environment",
                f"give the outputs of the stack {stack}",
            )


def _unsafe(key: str, text: str) -> str:
    """Why the telemetry token may not go to this address; empty if it may, or if it is none."""
    try:
        safe_for_credentials(text if key.endswith("_url") else "https://none")
    except ValueError as error:
        return str(error).partition("; ")[0]
    return ""


def _text(stack: str, source: str | None, root: Path) -> tuple[str, str]:
    """The source's name for problems, and its text."""
    if source is None:
        return "pulumi stack output", _from_pulumi(stack, root)
    if source == "-":
        return "standard input", decoded(sys.stdin.buffer.read(LARGEST), "standard input")
    return source, read_text(Path(source), source)


def _from_pulumi(stack: str, root: Path) -> str:
    binary = shutil.which("pulumi")
    if binary is None:
        what = "there is no `pulumi` on PATH"
        raise _rejected("pulumi stack output", "(whole command)", what, "install it, or give --from")
    command = [binary, "stack", "output", "--json", "--show-secrets", "--stack", stack]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603  # found on PATH
    except (OSError, subprocess.TimeoutExpired) as error:
        what = f"fails ({type(error).__name__})"
        raise _rejected("pulumi stack output", "(whole command)", what, "see `resilience doctor`") from None
    if done.returncode:
        message = without_secrets(" ".join(done.stderr.decode(errors="replace").split())) or "no message"
        raise _rejected("pulumi stack output", "(whole command)", f"fails: {message}", "see `resilience doctor`")
    return decoded(done.stdout, "pulumi stack output")


def _rejected(file: str, path: str, what: str, instead: str) -> BadInputError:
    return BadInputError([Problem(file, path, what, instead)])


def _dotenv(variables: Mapping[str, str]) -> str:
    """For Compose: values in single quotes, which are literal; in double quotes if they cannot hold the value."""
    return "".join(f"{name}={_quoted(text)}\n" for name, text in variables.items())


def _quoted(text: str) -> str:
    if _LITERAL.fullmatch(text):
        return f"'{text}'"
    escaped = re.sub(r'[\\"$]', r"\\\g<0>", text).replace("\n", r"\n").replace("\r", r"\r")
    return f'"{escaped}"'


def _shell(variables: Mapping[str, str]) -> str:
    """For POSIX shells."""
    return "".join(f"export {name}={shlex.quote(text)}\n" for name, text in variables.items())


def _json(variables: Mapping[str, str]) -> str:
    return json.dumps(variables, indent=2) + "\n"


FORMATS: dict[str, Callable[[Mapping[str, str]], str]] = {"dotenv": _dotenv, "shell": _shell, "json": _json}
