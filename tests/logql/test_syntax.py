"""Every log query of ours is LogQL, by Grafana's own grammar (needs Node).

The grammar is permissive: it reads no text in quotes, so no template and no expression of a filter. Loki itself
has the last word (`make test-logql`).
"""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from resilience.core.yaml_files import read_own
from resilience.manifest import Manifest
from resilience.manifest.rules import declared_rules
from resilience.model.catalogue import ROOT
from tests.node import need_node

SECONDS = 120


def first_errors(queries: Sequence[str]) -> list[int | None]:
    """Where the first syntax error of each query begins; None for good ones."""
    need_node("tests of LogQL")
    command = ["make", "--silent", "tests/logql/node_modules/.package-lock.json"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=SECONDS)
    command = ["node", str(Path(__file__).with_name("syntax.mjs"))]
    text = json.dumps(queries)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=SECONDS)
    found: list[int | None] = json.loads(done.stdout)
    return found


def of_runbooks() -> Iterator[str]:
    for path in sorted((ROOT / "runbooks").glob("*.md")):
        yield from re.findall(r"^ *```logql\n(.*?)^ *```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def of_exported_rules(folder: Path) -> Iterator[str]:
    for group in read_own((folder / "loki-rules.yml").read_text(encoding="utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_every_log_query_is_logql(production: Manifest, dev: Manifest, exported: Path) -> None:
    declared = [query for rule in declared_rules([production, dev]) for query in rule.queries("loki")]
    sources = [declared, list(of_exported_rules(exported)), list(of_runbooks())]
    queries = [query for source in sources for query in source]

    assert all(sources)
    assert dict(zip(queries, first_errors(queries), strict=True)) == dict.fromkeys(queries)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param('sum(count_over_time({a="b"}[5m])', 32, id="a bracket that stays open"),
        pytest.param('{a="b"} |~ "x" | jsn', 20, id="an unknown stage"),
        pytest.param("{a=b}", 3, id="a value without quotes"),
        pytest.param('count_over_time({a="b"} |= [5m])', 27, id="a filter of nothing"),
        pytest.param('rate({a="b"}[5m]) twice', 18, id="a word too many"),
    ],
)
def test_a_broken_query_is_found(query: str, error: int) -> None:
    assert first_errors(['{a="b"} | json', query]) == [None, error]
