"""The state backend: is someone logged in, is the passphrase set, does the stack exist?"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resilience.account.doctor import pulumi
from resilience.account.doctor.finding import Finding, unknown

LOGIN = "run `pulumi login`"
_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def findings(stack: str, root: Path) -> Iterator[Finding]:
    """Login, then passphrase and stack, which need the login."""
    if shutil.which("pulumi") is None:
        yield unknown("login", "there is no `pulumi` on PATH")
        return
    who = _object(pulumi.output("whoami", "--json", root=root))
    if not who.get("user"):
        yield Finding("login", good=False, found="not logged in to a state backend", remedy=LOGIN)
        return
    yield Finding("login", good=True, found=f"{who['user']} at {who.get('url', 'the default backend')}")
    yield from _passphrase(str(who.get("url", "")))
    yield _stack(stack, root)


def _passphrase(url: str) -> Iterator[Finding]:
    """Pulumi Cloud keeps the key of the secrets; other backends need a passphrase."""
    if url.startswith("https://") or not url:
        return
    good = any(name in os.environ for name in _PASSPHRASE)
    found = "is set" if good else f"is not set, and {url.partition(':')[0]} backends need one"
    yield Finding("passphrase", good, found, f"set {_PASSPHRASE[0]} from 1Password")


def _stack(stack: str, root: Path) -> Finding:
    listed = _loaded(pulumi.output("stack", "ls", "--json", root=root))
    if not isinstance(listed, list):
        return unknown("stack", "`pulumi stack ls` fails")
    names = {str(one.get("name", "")).rpartition("/")[2] for one in listed if isinstance(one, dict)}
    good = stack.rpartition("/")[2] in names
    found = f"{stack} {'exists' if good else 'does not exist'}"
    return Finding("stack", good, found, f"run `pulumi stack init {stack}`")


def _loaded(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return None


def _object(text: str | None) -> dict[str, Any]:
    found = _loaded(text)
    return found if isinstance(found, dict) else {}
