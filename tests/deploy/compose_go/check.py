"""Checks with Compose's own library what our tests check by its documentation: `make compose`.

Both overlays in both environments must load over the platform's file, each variable must be
mandatory there, and 2,000 unusual values of an env file must come back unchanged. Needs Go.
"""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from resilience.account.env_files import FORMATS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PLATFORM = HERE.parent / "testdata" / "docker-compose.deploy.yml"
ODD = "$\\'\"` \n\r\t#=!{}()&;|<>*?~%aA0€\x07"


def main() -> None:
    """Run everything; exits with 1 at the first difference."""
    with TemporaryDirectory() as name:
        program = Path(name) / "compose"
        subprocess.run(["go", "build", "-o", program, "."], cwd=HERE, check=True)
        for overlay in sorted((ROOT / "deploy/compose").glob("*.yml")):
            for environment in ("production", "dev"):
                _overlay(program, overlay, environment)
        _env_files(program, Path(name) / "values.env")


def _overlay(program: Path, overlay: Path, environment: str) -> None:
    names = set(re.findall(r"\$\{(\w+):\?", PLATFORM.read_text() + overlay.read_text()))
    given = {name: f"/{name}" for name in names} | {
        "COMPOSE_PROJECT_NAME": f"sv0-{environment}",
        "PATH": os.environ["PATH"],
    }
    command = [str(program), "config", str(PLATFORM), str(overlay)]
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    _require(done.returncode == 0, f"{overlay.name}, {environment}: {done.stderr}")
    services = json.loads(done.stdout)["services"]
    for name in names - {"COMPOSE_PROJECT_NAME"}:
        fewer = {key: value for key, value in given.items() if key != name}
        rejected = subprocess.run(command, env=fewer, capture_output=True, text=True, check=False)
        _require(rejected.returncode == 1 and name in rejected.stderr, f"{overlay.name} does not require {name}")
    print(f"{overlay.name}, {environment}: {', '.join(services)}; {len(names)} variables, each mandatory")


def _env_files(program: Path, file: Path) -> None:
    dice = random.Random(5)
    values = {f"V{at}": "".join(dice.choices(ODD, k=dice.randrange(12))) for at in range(2000)}
    file.write_text(FORMATS["dotenv"](values), encoding="utf-8", newline="")
    found = subprocess.run([program, "dotenv", file], capture_output=True, text=True, check=True)
    read = json.loads(found.stdout)
    wrong = {name: (text, read.get(name)) for name, text in values.items() if read.get(name) != text}
    _require(not wrong, f"{len(wrong)} values differ, such as {next(iter(wrong.items()), None)}")
    print(f"{len(values)} values of an env file came back unchanged")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(otherwise)


if __name__ == "__main__":
    main()
