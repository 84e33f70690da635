"""Writes the golden files, the README's tables and the generated pages anew; then read the difference."""

import runpy
from pathlib import Path
from tempfile import TemporaryDirectory

from resilience import routing
from resilience.export import rendered, write
from resilience.lint.page import PAGE, page
from resilience.manifest import declare_all
from resilience.manifest.display import as_json
from resilience.model.catalogue import ROOT, Catalogue
from resilience.rehearsal.exported import Exported
from resilience.tables import LEAVING, leaving, readme

HERE = Path(__file__).resolve().parent


def golden() -> dict[str, str]:
    """Texts by file name: each stack's manifest, and the export of all stacks together."""
    manifests = declare_all()
    return {f"manifest.{one.stack}.json": as_json([one]) + "\n" for one in manifests} | rendered(manifests)


def messages(files: dict[str, str]) -> dict[str, str]:
    """What Slack is sent, by file name; needs real Alertmanager."""
    module = runpy.run_path(str(HERE / "messages.py"))
    with TemporaryDirectory() as exported, TemporaryDirectory() as folder:
        write(files, Path(exported))
        played = module["played"](Exported.read(Path(exported)), Path(folder))
    return {f"messages/{name}.txt": module["as_text"](message) for name, message in played.items()}


if __name__ == "__main__":
    texts = golden()
    for name, text in (texts | messages(texts)).items():
        (HERE / name).write_text(text, encoding="utf-8")
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
    routes = routing.page(declare_all(), Catalogue.load().routing.unrouted.channel)
    (ROOT / routing.PAGE).write_text(routes, encoding="utf-8")
    (ROOT / "README.md").write_text(readme(), encoding="utf-8")
    (ROOT / LEAVING).write_text(leaving(), encoding="utf-8")
