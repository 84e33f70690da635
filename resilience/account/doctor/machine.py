"""The machine: are `pulumi` and `uv` there? The engine installs the locked packages with uv."""

import re
import shutil
from collections.abc import Iterator

from resilience.account.doctor import pulumi
from resilience.account.doctor.finding import Finding

# The oldest version on which this program was run; older ones may work too.
OLDEST = (3, 259)
_GET_IT = "see pulumi.com/docs/iac/download-install"


def findings() -> Iterator[Finding]:
    """One for each program."""
    yield _engine()
    good = shutil.which("uv") is not None
    found = "uv is on PATH" if good else "there is no `uv` on PATH"
    yield Finding("toolchain", good, found, "run `make preview` or `make up`, which bring their own")


def _engine() -> Finding:
    if shutil.which("pulumi") is None:
        return Finding("engine", good=False, found="there is no `pulumi` on PATH", remedy=_GET_IT)
    version = pulumi.output("version")
    match = re.match(r"v?(\d{1,9})\.(\d{1,9})", version or "")
    if version is None or match is None:
        return Finding("engine", good=False, found="`pulumi version` fails", remedy="reinstall it")
    good = (int(match[1]), int(match[2])) >= OLDEST
    found = version if good else f"{version} is older than v{OLDEST[0]}.{OLDEST[1]}"
    return Finding("engine", good, found, _GET_IT)
