"""All rules over fourteen days at one minute, from a local Prometheus: time, requests and bytes, and what is found."""

import json
import os
import tempfile
import time
from pathlib import Path

from click.testing import CliRunner

from resilience.cli import main as resilience
from resilience.manifest import declare_all
from resilience.manifest.display import as_json
from tests.backtest.history import DAYS_WITH, planted
from tests.backtest.loki import loki_on

DAYS = 14


def main() -> None:
    """Print the figures; fail if anything else is found than what is planted."""
    history = planted(DAYS, DAYS_WITH)
    with tempfile.TemporaryDirectory() as folder, history.stored() as prometheus, loki_on(prometheus) as loki:
        manifest = Path(folder) / "manifest.json"
        manifest.write_text(as_json(declare_all()), encoding="utf-8")
        url = prometheus.program.base
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(history.begin + DAYS * 86_400))
        command = ["-C", folder, "backtest", "--url", url, "--logs-url", loki, "--usage-url", url,
                   "--days", str(DAYS), "--until", until, "--manifest", str(manifest), "--json"]  # fmt: skip
        for name in ("asked", "kept"):
            before, begin = os.times(), time.monotonic()
            result = CliRunner().invoke(resilience, command)
            seconds, after = time.monotonic() - begin, os.times()
            if result.exit_code:
                raise SystemExit(result.output)
            found = json.loads(result.stdout)
            own = sum(after[:2]) - sum(before[:2])
            firings = sum(len(one["firingsFound"]) for one in found["rules"])
            print(
                f"  {name}: {len(found['rules'])} rules, {DAYS} days at one minute: {seconds:.1f} s, "
                f"own CPU {own:.1f} s, "
                f"{found['requests']} requests, {found['receivedBytes']:,} bytes, {found['keptAnswers']} answers kept; "
                f"{firings} firings, {len(found['messages'])} messages"
            )
        if wrong := history.differences(found):
            raise SystemExit("\n".join(wrong))
        print(f"  found: all {len(history.incidents)} planted incidents and nothing else")


if __name__ == "__main__":
    main()
