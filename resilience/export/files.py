"""The exported files: rendered in memory first, then written one by one, each whole."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from resilience.core.files import check_replaceable, put
from resilience.export import alertmanager, rules
from resilience.export.unsupported import Unsupported
from resilience.manifest import Manifest

RULES = "rules.yml"
LOKI_RULES = "loki-rules.yml"
ALERTMANAGER = "alertmanager.yml"
HEADER = "# Made by `resilience export` from what the Pulumi program declares; edit that instead.\n"
_WEBHOOKS = (
    "# Each <contact point>.url beside this file holds one Slack webhook; they are secret, so not exported.\n"
    f"# Write the watchdog's address in place of {alertmanager.WEBHOOK}, and in email_configs your addresses and mail\n"
    "# server in place of what ends in example.invalid.\n"
)


_Quickest: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Quickest):  # type: ignore[misc]  # the base is chosen at run time
    """Writes text of several lines as a block, so that expressions are readable."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def as_yaml(data: object) -> str:
    """YAML in the order of the data; text of several lines as blocks."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def rendered(manifests: Iterable[Manifest]) -> dict[str, str]:
    """Texts by file name; `alertmanager.yml` only with the stack that owns the policy tree.

    Raises:
        BadInputError: something cannot be translated faithfully.
    """
    manifests, unsupported = list(manifests), Unsupported()
    prometheus, loki = rules.groups(manifests, unsupported)
    routing: dict[str, Any] | None = alertmanager.configuration(manifests, unsupported)
    unsupported.raise_any()
    files = {RULES: HEADER + as_yaml({"groups": prometheus}), LOKI_RULES: HEADER + as_yaml({"groups": loki})}
    if routing:
        files[ALERTMANAGER] = HEADER + _WEBHOOKS + as_yaml(routing)
    return files | alertmanager.templates(manifests)


def export(manifests: Iterable[Manifest], folder: Path) -> list[Path]:
    """Write everything into the folder, or nothing if anything is rejected.

    Raises:
        BadInputError: something cannot be translated, or the folder cannot be written.
    """
    return write(rendered(manifests), folder)


def write(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Write the files, each by a rename, unless one of them would replace what is no file.

    Raises:
        BadInputError: the folder cannot be written.
    """
    for name in files:
        check_replaceable(folder / name)
    return [put(folder / name, text) for name, text in files.items()]
