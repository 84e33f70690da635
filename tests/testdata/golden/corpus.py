"""Judges the corpus and writes docs/incidents.md anew: `make corpus`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from resilience import corpus
from resilience.model.catalogue import ROOT, Catalogue
from resilience.rehearsal import load_incidents
from resilience.variants import Variants

if __name__ == "__main__":
    with TemporaryDirectory() as name:
        exports, incidents = Variants(Path(name)), load_incidents()
        ours = corpus.judged(exports, incidents)
        theirs = corpus.judged(corpus.seed_plans(exports), incidents)
        page = corpus.page(ours, theirs, exports(incidents[0]), Catalogue.load())
    (ROOT / corpus.PAGE).write_text(page, encoding="utf-8")
