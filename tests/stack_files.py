"""The file of a stack with the settings of this checkout, or others, and never its secrets."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT
from resilience.model.dated.calibration import KEY
from resilience.model.dated.maintenance import FILE
from resilience.model.settings import SETTINGS_KEY
from resilience.model.stack_file import file_of


def settings_of(stack: str, **changes: Any) -> dict[str, Any]:
    """The settings of a stack as they stand in its file, with some of them changed."""
    found: dict[str, Any] = read_yaml(ROOT / file_of(stack), file_of(stack))["config"][SETTINGS_KEY]
    return found | changes


def stack_text(settings: Mapping[str, Any], **config: Any) -> str:
    """A file with these settings and more keys of the configuration."""
    return yaml.safe_dump({"config": {SETTINGS_KEY: settings, **config}}, sort_keys=False)


def write_checkout(folder: Path, stack: str, text: str) -> None:
    """Program and catalogue of this checkout, with one stack."""
    folder.mkdir(exist_ok=True)
    for name in ("__main__.py", "catalogue", "runbooks"):
        (folder / name).symlink_to(ROOT / name)
    (folder / file_of(stack)).write_text(text, encoding="utf-8")


def own(root: Path, file: str) -> Path:
    """The path of a file that a test may change: links that lead to it become folders, and itself a copy."""
    folder = root
    for part in Path(file).parts[:-1]:
        folder /= part
        if folder.is_symlink():
            lender = folder.resolve()
            folder.unlink()
            folder.mkdir()
            for path in lender.iterdir():
                (folder / path.name).symlink_to(path)
    path = root / file
    if path.is_symlink():
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    return path


def announce_nothing(folder: Path) -> None:
    """Remove maintenance windows and dates of trials from a copy of the catalogue, whatever the checkout's has."""
    (folder / FILE).write_text("version: 1\nwindows: []\n", "utf-8")
    for path in (folder / "catalogue/alerts").glob("*.yaml"):
        path.write_text(re.sub(rf"(?m)^ +{KEY}: .*\n", "", path.read_text("utf-8")), "utf-8")


def without_secrets(text: str) -> str:
    """The text of a stack's file without what `pulumi config set --secret` and `pulumi stack init` wrote into it."""
    return re.sub(r"(?m)^((?:encryptionsalt|encryptedkey|secretsprovider): .*|  \S+:\n    secure: .*)\n", "", text)


def other_environment(text: str, name: str) -> str:
    """The text of a stack's file as that of a new environment, with its own address and without secrets."""
    own = re.sub(r"\benvironment: \S+", f"environment: {name}", without_secrets(text), count=1)
    return re.sub(r"\burl: \S+", f"url: https://{name}.example.com", own)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text of a stack's file with other values of these keys; its comments and its layout stay."""
    for key, value in names.items():
        # The first one: credentials have names too.
        text = re.sub(rf"\b{key}: (\[.*?\]|[^\s,}}]+)", f"{key}: {value}", text, count=1)
    return text
