"""What the service kit's own tests compare it with: the kit is also tested where only its folder is."""

import json

from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT

SHARED = "service-kit/test/shared.json"


def shared() -> str:
    """The part of the contract that the kit repeats, and the table of log lines."""
    contract = read_own((ROOT / "catalogue/telemetry.yaml").read_text(encoding="utf-8"))
    lines = read_own((ROOT / "tests/redaction/lines.yaml").read_text(encoding="utf-8"))
    found = {
        "monitoring_routes": contract["monitoring_routes"],
        "buckets": contract["metrics"]["sv0_http_request_duration_seconds"]["buckets"],
        "metrics": [name for name, one in contract["metrics"].items() if one["source"] == "api"],
        "lines": lines,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
