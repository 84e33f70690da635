"""Writes the golden files, the README's tables and the generated pages anew; then read the difference."""

from pathlib import Path

from resilience import routing
from resilience.export import rendered
from resilience.lint.page import PAGE, page
from resilience.manifest import declare_all
from resilience.manifest.display import as_json
from resilience.model.catalogue import ROOT, Catalogue
from resilience.tables import readme

HERE = Path(__file__).resolve().parent


def golden() -> dict[str, str]:
    """Texts by file name: each stack's manifest, and the export of all stacks together."""
    manifests = declare_all()
    return {f"manifest.{one.stack}.json": as_json([one]) + "\n" for one in manifests} | rendered(manifests)


if __name__ == "__main__":
    for name, text in golden().items():
        (HERE / name).write_text(text, encoding="utf-8")
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
    routes = routing.page(declare_all(), Catalogue.load().routing.unrouted.channel)
    (ROOT / routing.PAGE).write_text(routes, encoding="utf-8")
    (ROOT / "README.md").write_text(readme(), encoding="utf-8")
