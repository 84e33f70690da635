"""The secrets: is each one set, can it be decrypted, is it empty or mistyped? A value is never shown."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from resilience.account.doctor import pulumi
from resilience.account.doctor.backend import LOGIN, PASSPHRASE
from resilience.account.doctor.finding import Finding
from resilience.core.conventions import WATCHED_JOB
from resilience.model.settings import OPTIONAL, Secret, StackSettings, addresses
from resilience.model.stack_file import StackFile

_SLACK = "hooks.slack.com"
_WEBHOOK_PATH = re.compile(r"/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+")
_EMAIL = re.compile(r"[^@\s\"'<>]+@[^@\s\"'<>]+\.[^@\s\"'<>.]+")
_NO_ADDRESS = urlsplit("")


def read(file: StackFile, root: Path, *, decrypts: bool) -> dict[Secret, str | None]:
    """Values by name; None for one that cannot be decrypted, no entry for one that is not known here."""
    encrypted = [secret for secret in Secret if file.is_encrypted(secret)]
    # The program too prefers the stack's file to the shell.
    shell = {secret: os.environ.get(secret.variable or "", "") for secret in Secret if secret not in encrypted}
    known: dict[Secret, str | None] = {secret: value for secret, value in shell.items() if value}
    return known | (_decrypted(encrypted, file.stack, root) if encrypted and decrypts else {})


def _decrypted(secrets: Sequence[Secret], stack: str, root: Path) -> dict[Secret, str | None]:
    # All at once takes a second; it fails if a single one cannot be decrypted.
    if every := pulumi.json_object("config", "--show-secrets", "--json", "--stack", stack, root=root):
        return {secret: _text(every.get(secret)) for secret in secrets}
    return {secret: pulumi.output("config", "get", secret, "--stack", stack, root=root) for secret in secrets}


def _text(entry: object) -> str | None:
    value = entry.get("value") if isinstance(entry, dict) else None
    return value if isinstance(value, str) else None


def findings(
    settings: StackSettings, file: StackFile, values: Mapping[Secret, str | None], *, passphrase: bool
) -> Iterator[Finding]:
    """One for each secret that the stack needs or could use; `passphrase`: with one they are encrypted."""
    readable = any(values.get(secret) is not None for secret in values if file.is_encrypted(secret))
    for secret in (*settings.required_secrets(), *settings.optional_secrets()):
        good, found, remedy = True, "is set", ""
        if secret not in values and not file.is_encrypted(secret):
            good, found, remedy = _unset(secret, file.stack)
        elif secret in values:
            good, found, remedy = _checked(secret, values[secret], file.stack, readable=readable, passphrase=passphrase)
        yield Finding(str(secret), good, found, remedy)


def _unset(secret: Secret, stack: str) -> tuple[bool, str, str]:
    # What can be left out is no reason to fail, and its remedy must be seen all the same.
    if secret in OPTIONAL:
        return True, f"is not set, so {OPTIONAL[secret]}; {secret.remedy(stack)}", ""
    return False, "is not set", secret.remedy(stack)


def _checked(
    secret: Secret, value: str | None, stack: str, *, readable: bool, passphrase: bool
) -> tuple[bool, str, str]:
    """Whether it is good, what was found, and the remedy."""
    remedy = secret.remedy(stack)
    if value is None and readable:
        return False, "cannot be decrypted, although others can: it was encrypted for another stack", remedy
    if value is None and not passphrase:
        return False, "cannot be decrypted: Pulumi Cloud rejects it, or gives no answer", LOGIN
    if value is None:
        return False, "cannot be decrypted: the passphrase is wrong", f"set {PASSPHRASE} from 1Password"
    if not value.strip():
        return False, "is empty", remedy
    form = _FORMS.get(secret)
    return form(value, remedy) if form else (True, "is set", "")


def _switch(value: str, remedy: str) -> tuple[bool, str, str]:
    if not _https(value).hostname:
        return False, "is no https address", remedy
    if WATCHED_JOB not in value:
        return True, f"is set; without {WATCHED_JOB} in it Grafana alone sends signs of life, and no workflow", ""
    return True, "is set", ""


def _emails(value: str, remedy: str) -> tuple[bool, str, str]:
    found = addresses(value)
    if not found or not all(map(_EMAIL.fullmatch, found)):
        return False, "is no list of e-mail addresses with commas between them", remedy
    return True, "is set", ""


def _webhook(value: str, remedy: str) -> tuple[bool, str, str]:
    url = _https(value)
    host = url.hostname or ""
    if host and host.rstrip(".") != _SLACK:
        return True, "is set; its host is not Slack's, so it must be a server that takes Slack's messages", ""
    if url.netloc.lower() == _SLACK and _WEBHOOK_PATH.fullmatch(url.path) and not url.query:
        return True, "is set", ""
    # The address of Slack's host would be hidden as a secret.
    copied = "copy the whole address https://…/services/T…/B…/… from Slack"
    return False, "is no address of a Slack webhook", f"{copied}; {remedy}"


def _https(value: str) -> SplitResult:
    """Its parts; all are empty unless it is a plain address: without user, fragment and white space."""
    try:
        url = urlsplit(value)
        plain = url.scheme == "https" and url.port != 0 and not re.search(r"[\s#@]", value)
    except ValueError:
        return _NO_ADDRESS
    return url if plain else _NO_ADDRESS


_FORMS = {
    Secret.SLACK_WEBHOOK_ALERTS: _webhook,
    Secret.SLACK_WEBHOOK_DEPLOYS: _webhook,
    Secret.WATCHDOG_URL: _switch,
    Secret.ALERT_EMAILS: _emails,
}
"""What checks the form of a value."""
