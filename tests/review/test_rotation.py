"""What `make rotate` may apply without an approval: a plan of the real engine, and each way in which it is another."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.manifest import Manifest, types
from resilience.review.rotation import HOLDERS

# Written by Pulumi 3.274.1 with doubles of the providers (2026-11-28), shortened.
PLAN = json.loads(Path(__file__).with_name("testdata").joinpath("rotation.json").read_text(encoding="utf-8"))
TOKEN, LOKI, GROUP = "telemetry-access-token", "GRAFANA_CLOUD_LOKI_TOKEN", "alert-rules-credential-expiring"
HEAD = "urn:pulumi:production::sv0-resilience::"
OTHER_GROUP = f"{HEAD}sv0:grafana:AlertRules${types.RULE_GROUP}::alert-rules-api-down"
PARTS = ("create-replacement", "delete-replaced")
OTHER_TOKEN = f"{HEAD}{types.SERVICE_ACCOUNT_TOKEN}::grafana-access-token"
FOLDER, POLICY = f"{HEAD}{types.FOLDER}::{TOKEN}", f"{HEAD}{types.ACCESS_POLICY}::telemetry-access-policy"
RawStep = dict[str, Any]
Spoilt = Callable[[list[RawStep]], object]


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "rotation-production.json"


def step(steps: list[RawStep], name: str) -> RawStep:
    return next(one for one in steps if one["urn"].endswith(name))


def ended(path: Path, written: object, subject: str = "rotation") -> tuple[int, str]:
    path.write_text(written if isinstance(written, str) else json.dumps(written))
    done = CliRunner().invoke(main, ["drift", "--subject", subject, str(path)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def changed(change: Spoilt) -> RawStep:
    plan = copy.deepcopy(PLAN)
    change(plan["steps"])
    return {**plan, "changeSummary": {"same": 64}}


@pytest.mark.parametrize("subject", ["drift", "rotation"])
def test_a_replaced_token_with_its_holders_is_a_rotation(path: Path, subject: str) -> None:
    code, output = ended(path, PLAN, subject)

    assert (code, output.count("\n")) == (0, 1)
    assert output.startswith("production: rotation due: the telemetry token ends 2099-01-02T00:00:00Z; ")


def op(name: str, *wanted: str) -> Spoilt:
    """The step in these operations instead of its own."""

    def change(steps: list[RawStep]) -> None:
        found = step(steps, name)
        steps.remove(found)
        steps += [found | {"op": one} for one in wanted]

    return change


@pytest.mark.parametrize("ops", [PARTS, (*PARTS, "replace")])
def test_a_replacement_may_be_listed_in_its_parts(path: Path, ops: tuple[str, ...]) -> None:
    assert ended(path, changed(op(TOKEN, *ops)))[0] == 0


def new(name: str, key: str, value: object) -> Spoilt:
    """Another input in the new state."""
    return lambda steps: step(steps, name)["newState"]["inputs"].update({key: value})


def rule(change: Callable[[RawStep], object]) -> Spoilt:
    return lambda steps: change(step(steps, GROUP)["newState"]["inputs"]["rules"][0])


def more(added: RawStep) -> Spoilt:
    return lambda steps: steps.append(added)


def state(name: str, key: str, value: object) -> Spoilt:
    return lambda steps: step(steps, name)["newState"].update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        *(
            pytest.param(op(TOKEN, *ops), id=f"token: {'+'.join(ops) or 'none'}")
            for ops in (
                [],
                ["delete"],
                ["create"],
                ["update"],
                ["discard"],
                ["discard-replaced"],
                ["import"],
                ["import-replacement"],
                ["delete-replaced"],
                ["create-replacement"],
                ["remove-pending-replace"],
                ["delete", "create"],
                ["replace", "replace"],
                ["replace", "delete"],
                ["replace", "discard"],
                ["same"],
                ["REPLACE"],
                [""],
            )
        ),
        *(
            pytest.param(op(LOKI, name), id=f"holder: {name}")
            for name in ("delete", "create", "replace", "discard", "import")
        ),
        *(pytest.param(op(GROUP, name), id=f"rules: {name}") for name in ("delete", "create", "replace", "discard")),
        pytest.param(new(TOKEN, "expireAfter", "87600h"), id="token that lives longer"),
        pytest.param(new(TOKEN, "accessPolicyId", "another"), id="token of another policy"),
        pytest.param(new(TOKEN, "region", "us"), id="token of another region"),
        pytest.param(state(TOKEN, "inputs", {}), id="token without inputs"),
        pytest.param(new(LOKI, "repository", "attacker"), id="secret of another repository"),
        pytest.param(new(LOKI, "secretName", "OTHER"), id="secret with another name"),
        pytest.param(new(LOKI, "environment", "dev"), id="secret of another environment"),
        pytest.param(new(LOKI, "value", "known"), id="secret with a known value"),
        pytest.param(new(LOKI, "plaintextValue", "known"), id="secret with one value more"),
        pytest.param(state(LOKI, "propertyDependencies", {"value": []}), id="secret of a constant"),
        pytest.param(
            state(
                LOKI, "propertyDependencies", {"value": [f"{HEAD}{types.SERVICE_ACCOUNT_TOKEN}::grafana-access-token"]}
            ),
            id="secret of another token",
        ),
        pytest.param(state(LOKI, "propertyDependencies", {"value": [1]}), id="secret of something strange"),
        pytest.param(new(GROUP, "intervalSeconds", 3600), id="rules that are evaluated less often"),
        pytest.param(new(GROUP, "rules", []), id="rules removed"),
        pytest.param(new(GROUP, "rules", "x"), id="rules of another shape"),
        pytest.param(new(GROUP, "rules", [1]), id="a rule of another shape"),
        pytest.param(rule(lambda one: one.update({"isPaused": True})), id="rule paused"),
        pytest.param(rule(lambda one: one.update({"for": "1d"})), id="rule that waits longer"),
        pytest.param(rule(lambda one: one["labels"].update({"tier": "P4"})), id="rule with another label"),
        pytest.param(rule(lambda one: one["annotations"].update({"summary": "x"})), id="rule with another text"),
        pytest.param(rule(lambda one: one["datas"][0].update({"model": "{}"})), id="rule with a known other query"),
        pytest.param(rule(lambda one: one["datas"][1].update({"model": "{}"})), id="rule with another threshold"),
        pytest.param(
            rule(lambda one: one["datas"][1].update({"model": "[unknown]"})), id="rule with an unknown threshold"
        ),
        pytest.param(rule(lambda one: one.update({"condition": "A"})), id="rule with another condition"),
        pytest.param(rule(lambda one: one["datas"][0].update({"datasourceUid": "x"})), id="rule of another source"),
        pytest.param(rule(lambda one: one["datas"].pop()), id="rule without its threshold"),
        pytest.param(more({"op": "update", "urn": OTHER_GROUP}), id="another rule"),
        pytest.param(more({"op": "update", "urn": f"{OTHER_GROUP}-credential-expiring"}), id="a rule with such a name"),
        pytest.param(more({"op": "create", "urn": FOLDER}), id="a folder with such a name"),
        pytest.param(more({"op": "replace", "urn": f"{HEAD}{types.ROTATING_TOKEN}::other-token"}), id="another token"),
        pytest.param(more({"op": "replace", "urn": POLICY}), id="its policy"),
        pytest.param(
            more({"op": "update", "urn": f"{HEAD}{types.ACTIONS_SECRET}::github-secrets-infra-GRAFANA_CLOUD_PROM_URL"}),
            id="a secret without the token",
        ),
    ],
)
def test_anything_else_is_none(path: Path, change: Spoilt) -> None:
    assert ended(path, changed(change))[0] == 1
    assert ended(path, changed(change), "drift")[0] == 1


NO_STEPS: dict[str, Any] = {**PLAN, "steps": []}


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"error": "the backend is away"},
        {"steps": []},
        {"steps": None, "changeSummary": None},
        {"steps": [], "changeSummary": {}},
        {"changeSummary": {"same": 60}},
        {"diagnostics": [{"severity": "warning", "message": "x"}]},
        {"steps": PLAN["steps"]},
        {"steps": PLAN["steps"], "changeSummary": []},
        {"steps": PLAN["steps"], "changeSummary": "x"},
        {"steps": PLAN["steps"], "changeSummary": {"same": "many", "update": "x"}},
        {"steps": {}, "changeSummary": {"same": 60}},
        {"steps": "x", "changeSummary": {"same": 60}},
        {"steps": [None], "changeSummary": {"same": 60}},
        {"steps": [{}], "changeSummary": {"same": 60}},
        {"steps": [{"op": "same"}], "changeSummary": {"same": 60}},
        {"steps": [{"op": None, "urn": OTHER_GROUP}], "changeSummary": {"same": 60}},
        {"steps": [{"op": "same", "urn": "x"}], "changeSummary": {"same": 60}},
        {"steps": [{"op": "same", "urn": 1}], "changeSummary": {"same": 60}},
        NO_STEPS,
        {**NO_STEPS, "changeSummary": {"same": 60, "update": 1}},
        {**PLAN, "changeSummary": {"update": 4, "replace": 1}},
        {**PLAN, "changeSummary": {"delete": 1}},
        {**PLAN, "maybeCorrupt": True},
        {**PLAN, "steps": [*PLAN["steps"], {"op": "same", "urn": OTHER_GROUP.replace("production", "dev")}]},
        [],
        [PLAN],
        None,
        1,
        True,
        "",
        " \n",
        '"x"',
        "no changes",
        '{"steps": [',
        '{"steps": []}{"steps": []}',
        "[" * 5_000,
    ],
    ids=lambda written: str(written)[:60],
)
@pytest.mark.parametrize("subject", ["drift", "rotation"])
def test_what_is_no_plan_is_a_failure_and_not_one_without_changes(path: Path, written: object, subject: str) -> None:
    code, output = ended(path, written, subject)

    assert code == 2
    assert all(line.startswith(f"{path}: ") for line in output.splitlines())


def test_a_rotation_that_broke_off_half_way_is_left_to_a_person(path: Path) -> None:
    """The token was replaced, its holders were not: the next run sees them alone, as it would see another value."""
    code, output = ended(path, changed(op(TOKEN)))

    assert (code, output.count("\n"), "update github-secrets" in output) == (1, 3, True)


def test_the_names_of_a_rotation_are_those_that_we_declare(production: Manifest, dev: Manifest, path: Path) -> None:
    """After a rename they would not be recognised, and no token would be renewed."""
    for manifest in (production, dev):
        named = [one for one in manifest.resources if one.name.endswith((TOKEN, "_TOKEN"))]
        named += [one for one in manifest.resources if one not in named and HOLDERS.fullmatch(f"{one.type} {one.name}")]
        ops = {types.ROTATING_TOKEN: "replace"}
        steps = [{"op": ops.get(one.type, "update"), "urn": one.urn} for one in named]

        assert len(steps) >= 4
        assert ended(path, {"steps": steps, "changeSummary": {"same": 60}})[0] == 0
