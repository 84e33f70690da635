"""Editors know the shape of each YAML file: its schema accepts what is shipped, and finds mistakes."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from resilience.core.problems import BadInputError
from resilience.core.yaml_files import read_own, read_yaml
from resilience.docgen import schemas
from resilience.model.catalogue import ROOT

FILES = schemas.files(ROOT)
# Not written with `schemas.files`, which may forget a folder.
WRITTEN = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("catalogue/**/*.yaml", "Pulumi.*.yaml", "resilience/rehearsal/*/*.yaml")
    for path in ROOT.glob(pattern)
    if "rehearsal/simulator" not in str(path)  # what logcli answered, written by a program
)


@cache
def generated() -> dict[str, str]:
    """What `make golden` writes."""
    return schemas.generated()


@cache
def schema_of(file: str, text: str) -> dict[str, Any]:
    """The schema that the first line names, as an editor finds it: relative to the file."""
    first = text.partition("\n")[0]
    assert first.startswith(schemas.LINE), f"{file}: the first line names no schema; run make golden"
    named = (ROOT / file).parent / first.removeprefix(schemas.LINE)
    found: dict[str, Any] = json.loads(named.read_text("utf-8"))
    return found


def mistakes(file: str, data: Any) -> list[str]:
    """Where the schema finds a mistake in the data; a date is a text for an editor."""
    data = json.loads(json.dumps(data, default=str))
    validator = Draft202012Validator(schema_of(file, (ROOT / file).read_text("utf-8")))
    return sorted({".".join(map(str, one.absolute_path)) for one in validator.iter_errors(data)})


def test_every_yaml_file_that_people_write_has_a_schema() -> None:
    assert FILES == WRITTEN


def test_schemas_and_first_lines_are_those_that_make_golden_writes() -> None:
    kept = {str(path.relative_to(ROOT)) for path in (ROOT / schemas.FOLDER).iterdir()}
    differing = [path for path, text in generated().items() if (ROOT / path).read_text("utf-8") != text]

    assert differing == [], "run make golden"
    assert kept == {path for path in generated() if path.startswith(schemas.FOLDER)}


@pytest.mark.parametrize("file", [file for file in FILES if "/rehearsal/" not in file])
def test_a_shipped_file_is_what_its_schema_wants(file: str) -> None:
    assert mistakes(file, read_yaml(ROOT / file, file)) == []


@pytest.mark.parametrize("folder", ["resilience/rehearsal/scenarios", "resilience/rehearsal/boundaries"])
def test_shipped_files_of_the_rehearsal_are_what_their_schema_wants(folder: str) -> None:
    every = [file for file in FILES if file.startswith(folder)]
    validator = Draft202012Validator(schema_of(every[0], (ROOT / every[0]).read_text("utf-8")))

    found = [(file, one.message) for file in every for one in validator.iter_errors(read_yaml(ROOT / file, file))]

    assert len(every) > 10
    assert found == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "place"),
    [
        ("catalogue/alerts/api.yaml", "tier: P2", "tier: P4", "alerts.0.tier"),
        ("catalogue/alerts/api.yaml", "    service: api\n", "    servise: api\n", "alerts.0"),
        ("catalogue/alerts/api.yaml", "bad_requests: 3,", "Bad-Requests: 3,", "alerts.0.parameters"),
        ("catalogue/alerts/api.yaml", "bad_requests: 3,", "bad_requests: [3],", "alerts.0.parameters.bad_requests"),
        ("catalogue/alerts/api.yaml", "for: 5m", "for: 5", "alerts.0.for"),
        ("catalogue/tiers.yaml", "    P1:\n", "    P0:\n", "routing.tiers"),
        ("catalogue/tiers.yaml", "channel: alerts", "channel: alert", "routing.tiers.P1.channel"),
        ("catalogue/owners.yaml", 'begins: "09:00"', 'begins: "9:00"', "owners.ivan.begins"),
        ("catalogue/limits.yaml", "limit: 100\n", "limit: a hundred\n", "limits.rules.limit"),
        ("catalogue/telemetry.yaml", "type: gauge", "type: gage", "metrics.up.type"),
        ("catalogue/usage.yaml", "at_most:", "at_least:", "logs"),
        ("catalogue/redaction.yaml", "ignore_case: true", "ignore_case: sometimes", "rules.2.ignore_case"),
        ("Pulumi.dev.yaml", "shared: false", "shared: perhaps", "config.sv0-resilience:settings.shared"),
        ("Pulumi.dev.yaml", "    team: []", "    teem: []", "config.sv0-resilience:settings"),
        ("Pulumi.dev.yaml", "config:\n", "config:\n  github:token: plain\n", "config.github:token"),
        ("Pulumi.dev.yaml", "config:\n", "config:\n  github:tokn: {secure: x}\n", "config"),
        ("resilience/rehearsal/scenarios/api-down-at-night.yaml", "kind: api,", "kind: app,", "faults.0"),
        ("resilience/rehearsal/boundaries/api-down.yaml", "pins: [for]", "pins: []", "boundaries.0.pins"),
    ],
)
def test_a_mistake_is_found_where_it_stands(file: str, right: str, wrong: str, place: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    assert right in text

    assert place in mistakes(file, read_own(text.replace(right, wrong, 1)))


# PyYAML reads YAML 1.1, which knows these; editors read 1.2, where they are texts (yaml-language-server 1.15).
ONLY_IN_1_1 = re.compile(r"[-+]?\d[\d_]*_[\d_]*|\d+(:\d+)+|0b[01]+|0\d+|y|n|yes|no|on|off", re.IGNORECASE)


def older(text: str) -> list[str]:
    """Values without quotes that an editor reads as another type than we do."""
    events = yaml.parse(text, Loader=yaml.SafeLoader)
    plain = (one.value for one in events if isinstance(one, yaml.ScalarEvent) and one.implicit[0])
    return [value for value in plain if ONLY_IN_1_1.fullmatch(value)]


@pytest.mark.parametrize("file", [file for file in FILES if "/rehearsal/" not in file])
def test_an_editor_reads_each_value_as_we_do(file: str) -> None:
    assert older((ROOT / file).read_text("utf-8")) == []


def test_a_value_that_an_editor_reads_otherwise_is_found() -> None:
    assert older("a: 85_000\nb: [off, 1.5, 10m]\nc: '1_0'\n") == ["85_000", "off"]


def test_what_the_engine_writes_into_a_stack_file_is_no_mistake() -> None:
    data = read_yaml(ROOT / "Pulumi.dev.yaml", "Pulumi.dev.yaml")
    data["config"] |= {"github:token": {"secure": "v1:x"}, "pulumi:tags": {"a": "b"}}

    assert mistakes("Pulumi.dev.yaml", data | {"encryptionsalt": "v1:x"}) == []


def test_an_editor_shows_what_the_models_say() -> None:
    alerts = json.loads(generated()[f"{schemas.FOLDER}/alerts.json"])["$defs"]
    settings = json.loads(generated()[f"{schemas.FOLDER}/stack.json"])
    limits = json.loads(generated()[f"{schemas.FOLDER}/limits.json"])["$defs"]

    alert = alerts["Alert"]
    # The class, a line under `Attributes:`, one that goes on in the next line, a text below a field, an inherited one.
    assert alert["description"] == "What fires, for whom, and what its reader is shown."
    assert alert["properties"]["fires_when"]["description"] == "the same for people, in the README and the runbook."
    assert alert["properties"]["notify_within"]["description"].endswith(
        "business hours; the scenarios hold it to that."
    )
    assert limits["Limit"]["properties"]["planned"]["description"].startswith("Percent of it that we plan to use")
    assert settings["$defs"]["DataCheck"]["properties"]["every"]["default"] == "5m"
    assert "pulumi config set --secret" in settings["properties"]["config"]["properties"]["github:token"]["description"]


@pytest.mark.parametrize("text", ["version: 1\n", f"{schemas.LINE}elsewhere.json\nversion: 1\n"])
def test_make_golden_gives_a_new_file_its_line(text: str) -> None:
    assert schemas.headed("catalogue/new.yaml", text) == f"{schemas.LINE}schemas/new.json\nversion: 1\n"


def test_a_new_file_without_a_model_is_found(tmp_path: Path) -> None:
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue/new.yaml").write_text("version: 1\n", "utf-8")

    assert schemas.files(tmp_path) == ["catalogue/new.yaml"]
    with pytest.raises(BadInputError, match=r"catalogue/new.yaml: \(whole file\): has no schema; write its model into"):
        schemas.generated(tmp_path)
