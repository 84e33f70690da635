"""Rewrites the golden files: `make golden`; then read the difference. They show what holds if nothing is announced."""

from pathlib import Path
from tempfile import TemporaryDirectory

from resilience.docgen import redaction, schemas
from resilience.export import rendered, write
from resilience.manifest import Manifest, declare_all
from resilience.manifest.display import as_json
from resilience.model.catalogue import ROOT
from resilience.model.dated import clock
from resilience.rehearsal.exported import Exported
from tests.golden.cases import as_text, played
from tests.golden.mails import as_mail, played_mails
from tests.service_kit.shared import SHARED, shared

GOLDEN = Path(__file__).resolve().parent / "files"


def golden(manifests: list[Manifest]) -> dict[str, str]:
    """Texts by file name: each stack's manifest, and the export of all stacks together."""
    return {f"manifest.{one.stack}.json": as_json([one]) + "\n" for one in manifests} | rendered(manifests)


def messages(files: dict[str, str]) -> dict[str, str]:
    """What Slack is sent, and by mail, by file name; needs real Alertmanager."""
    with TemporaryDirectory() as exported, TemporaryDirectory() as first, TemporaryDirectory() as second:
        write(files, Path(exported))
        sent = played(Exported.read(Path(exported)), Path(first))
        mails = played_mails(Exported.read(Path(exported)), Path(second))
    return {f"messages/{name}.txt": as_text(message) for name, message in sent.items()} | {
        f"mails/{name}.txt": as_mail(mail) for name, (_, mail) in mails.items()
    }


if __name__ == "__main__":
    for path, text in (redaction.generated() | schemas.generated() | {SHARED: shared()}).items():
        (ROOT / path).write_text(text, encoding="utf-8")
    with clock.standing(clock.NOTHING_ANNOUNCED):
        texts = golden(declare_all())
    for name, text in (texts | messages(texts)).items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
