"""Where a credential may be sent: over https, or over http to this machine itself."""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

_ODD = re.compile(r"[\s\"<>|\\]")


def parts(url: str) -> SplitResult:
    """The parts of an address of the web.

    Raises:
        ValueError: it is none; the text never shows it, because an address may hold a password.
    """
    try:
        found = urlsplit(url)
        # `port` is read only when it is asked for.
        good = found.scheme in {"http", "https"} and found.hostname and found.port != 0
    except ValueError:
        good = False
    if not good or not url.isprintable() or _ODD.search(url):
        raise ValueError("is no address of the web; write it as https://HOST")
    return found


def without_user(url: str) -> str:
    """The same address, which has neither user nor password in it. Raises as `parts` does."""
    if "@" in parts(url).netloc:
        raise ValueError("has a user or a password in it; leave them out")
    return url


def safe_for_credentials(url: str) -> str:
    """The same address, to which a credential may be sent. Raises as `parts` does."""
    found = parts(without_user(url))
    if found.scheme != "https" and not _is_loopback(found.hostname or ""):
        raise ValueError("would get a credential over plain http; write https://")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


PlainUrl = Annotated[str, AfterValidator(without_user)]
"""An address that is shown to people."""
SafeUrl = Annotated[str, AfterValidator(safe_for_credentials)]
"""An address that gets a credential."""
