"""The state backend: is someone logged in, is the passphrase set, does the stack exist?"""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from resilience.account.doctor import pulumi
from resilience.account.doctor.finding import Finding, unknown

LOGIN = "run `pulumi login`"
PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105  # the name of a variable


def findings(stack: str, root: Path) -> Iterator[Finding]:
    """Login, then passphrase and stack, which need the login."""
    if shutil.which("pulumi") is None:
        yield unknown("login", "there is no `pulumi` on PATH")
        return
    who = pulumi.json_object("whoami", "--json", root=root)
    if not who.get("user"):
        yield Finding("login", good=False, found="not logged in to a state backend", remedy=LOGIN)
        return
    yield Finding("login", good=True, found=f"{who['user']} at {who.get('url', 'the default backend')}")
    yield from _passphrase(str(who.get("url", "")))
    yield _stack(stack, root)


def has_stack(found: Iterable[Finding]) -> bool | None:
    """Whether the stack exists, as these findings say; None if that is not known."""
    return next((one.good for one in found if one.subject == "stack" and one.known), None)


def needs_passphrase(found: Iterable[Finding]) -> bool:
    """Whether the backend needs one, as these findings say."""
    return any(one.subject == "passphrase" for one in found)


def exists(stack: str, root: Path) -> bool | None:
    """Whether Pulumi has the stack; None if it cannot be asked."""
    listed = pulumi.loaded("stack", "ls", "--json", root=root)
    if not isinstance(listed, list):
        return None
    names = {str(one.get("name", "")).rpartition("/")[2] for one in listed if isinstance(one, dict)}
    return stack.rpartition("/")[2] in names


def _passphrase(url: str) -> Iterator[Finding]:
    """Pulumi Cloud keeps the key of the secrets; other backends need a passphrase."""
    if url.startswith("https://") or not url:
        return
    good = any(name in os.environ for name in (PASSPHRASE, f"{PASSPHRASE}_FILE"))
    found = "is set" if good else f"is not set, and {url.partition(':')[0]} backends need one"
    yield Finding("passphrase", good, found, f"set {PASSPHRASE} from 1Password")


def _stack(stack: str, root: Path) -> Finding:
    good = exists(stack, root)
    if good is None:
        return unknown("stack", "`pulumi stack ls` fails")
    found = f"{stack} {'exists' if good else 'does not exist'}"
    return Finding("stack", good, found, f"run `pulumi stack init {stack}`")
