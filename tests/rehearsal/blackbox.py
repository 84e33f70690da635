"""Runs the declared outside checks on the real blackbox exporter, on which Synthetic Monitoring is built.

The checks come from the manifest, so a check that follows redirects, or accepts 302 as healthy, shows here.
"""

import urllib.parse
import urllib.request
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from resilience.manifest import Manifest, Resource, types
from resilience.manifest.model import SECRET
from resilience.tools import processes
from resilience.tools.binaries import find
from resilience.tools.errors import RehearsalError
from tests.rehearsal.edge import CLIENT_ID, CLIENT_SECRET

_SECONDS = 20.0
_TRANSLATED = {
    "failIfBodyNotMatchesRegexps",
    "failIfNotSsl",
    "headers",
    "ipVersion",
    "method",
    "noFollowRedirects",
    "validStatusCodes",
}


class Blackbox:
    """A running exporter with one module for each check, by job."""

    def __init__(self, manifests: Iterable[Manifest], folder: Path, stack: ExitStack) -> None:
        """Start it; it ends with `stack`.

        Raises:
            RehearsalError: the exporter is missing or does not start, or a check declares what is not translated.
        """
        self._checks = {one.inputs["job"]: one for found in manifests for one in found.of_type(types.CHECK)}
        config = folder / "blackbox.yml"
        modules = {job: _module(check) for job, check in self._checks.items()}
        config.write_text(yaml.safe_dump({"modules": modules}), encoding="utf-8")
        command = [str(find("blackbox_exporter")), f"--config.file={config}", "--web.listen-address=127.0.0.1:0"]
        self._program = processes.run("blackbox_exporter", command, folder, stack)

    @property
    def jobs(self) -> list[str]:
        """The jobs of the declared checks."""
        return sorted(self._checks)

    def success(self, job: str, base: str) -> bool:
        """`probe_success` of a declared check on `base` instead of the platform's address."""
        target = urllib.parse.urlsplit(self._checks[job].inputs["target"])
        here = base + urllib.parse.urlunsplit(("", "", target.path, target.query, ""))
        query = urllib.parse.urlencode({"module": job, "target": here})
        with urllib.request.urlopen(f"{self._program.base}/probe?{query}", timeout=_SECONDS) as response:  # noqa: S310  # the loopback
            lines = response.read().decode().splitlines()
        return "probe_success 1" in lines


def _module(check: Resource) -> dict[str, Any]:
    http = check.inputs["settings"]["http"]
    if unknown := sorted(set(http) - _TRANSLATED):
        raise RehearsalError(f"{check.inputs['job']}: {', '.join(unknown)} of a check is not translated here")
    # The loopback has no TLS, and the stand-in has a service token of its own; all else is as declared.
    headers = dict(one.split(": ", 1) for one in http["headers"] if one != SECRET)
    return {
        "prober": "http",
        "timeout": f"{check.inputs['timeout']}ms",
        "http": {
            "method": http["method"],
            "preferred_ip_protocol": "ip4" if http["ipVersion"] == "V4" else "ip6",
            "follow_redirects": not http.get("noFollowRedirects", False),
            "valid_status_codes": http["validStatusCodes"],
            "fail_if_body_not_matches_regexp": http["failIfBodyNotMatchesRegexps"],
            "headers": headers | {"CF-Access-Client-Id": CLIENT_ID, "CF-Access-Client-Secret": CLIENT_SECRET},
        },
    }
