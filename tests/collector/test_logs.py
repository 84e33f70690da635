"""Which containers' lines are shipped, and with which labels; tests/redaction tries what is redacted in them.

The configuration is read from deploy/alloy and evaluated by `tests.collector.evaluator`, which is
not Alloy; where Alloy is on PATH, test_alloy.py lets it validate the syntax.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import re2  # type: ignore[import-untyped]
import yaml

from resilience.tools.binaries import find
from tests.collector.alloy import Block, value
from tests.collector.evaluator import TargetLabels, listed, relabelled, target

TESTDATA = Path(__file__).parent / "testdata"
CONTAINERS: list[dict[str, Any]] = json.loads((TESTDATA / "containers.json").read_text())


def shipped(docker: Block, project: str, containers: list[dict[str, Any]] = CONTAINERS) -> list[TargetLabels]:
    """The label sets of the containers whose lines this project ships."""
    variables = {"COMPOSE_PROJECT_NAME": project}
    found = listed(containers, docker.one("discovery.docker", "project"), variables)
    rules = docker.one("discovery.relabel", "project")
    return [labels for one in found if (labels := relabelled(target(one), rules, variables)) is not None]


def ids(found: list[TargetLabels]) -> set[str]:
    return {labels["__meta_docker_container_id"] for labels in found}


def test_two_projects_on_one_daemon_do_not_mix(docker: Block) -> None:
    assert ids(shipped(docker, "sv0")) == {"a1", "a2", "a3", "a6"}
    assert ids(shipped(docker, "sv0-dev")) == {"b1", "b2"}


def test_without_the_filter_of_the_daemon_the_rules_alone_keep_them_apart(docker: Block) -> None:
    rules = docker.one("discovery.relabel", "project")

    kept = [relabelled(target(one), rules, {"COMPOSE_PROJECT_NAME": "sv0"}) for one in CONTAINERS]

    assert ids([labels for labels in kept if labels]) == {"a1", "a2", "a3", "a6", "a7"}


def test_without_the_rules_the_filter_of_the_daemon_alone_keeps_them_apart(docker: Block) -> None:
    found = listed(CONTAINERS, docker.one("discovery.docker", "project"), {"COMPOSE_PROJECT_NAME": "sv0"})

    assert {one["Id"] for one in found} == {"a1", "a2", "a3", "a4", "a5", "a6"}


def test_a_project_without_a_name_ships_nothing(docker: Block) -> None:
    assert shipped(docker, "") == []


def test_a_container_is_known_by_its_service_and_its_name_alone(docker: Block) -> None:
    assert shipped(docker, "sv0")[0] == {
        "__meta_docker_container_id": "a1",
        "service": "api",
        "container": "sv0-api-1",
    }


@pytest.mark.parametrize("project", ["sv0", "sv0-dev"])
def test_prometheus_relabels_in_the_same_way(docker: Block, tmp_path: Path, project: str) -> None:
    """Alloy uses Prometheus' relabelling; promtool shows its result for the same containers."""
    found = listed(CONTAINERS, docker.one("discovery.docker", "project"), {"COMPOSE_PROJECT_NAME": project})
    rules = docker.one("discovery.relabel", "project").all("rule")
    # Without labelkeep, which would remove the address, and Prometheus would have no target.
    written = [dict(rule.attributes) for rule in rules if rule.attributes.get("action") != "labelkeep"]
    targets = [{"targets": [f"127.0.0.1:{at}"], "labels": target(one)} for at, one in enumerate(found, 1)]
    job = {
        "job_name": "lines",
        "static_configs": targets,
        "relabel_configs": value(written, {"COMPOSE_PROJECT_NAME": project}),
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [job]}))
    command = [str(find("promtool")), "check", "service-discovery", "--timeout=300ms", "prometheus.yml", "lines"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    kept = [one["labels"] for one in json.loads(done.stdout) if one["labels"]]
    assert {(labels["service"], labels["container"]) for labels in kept} == {
        (labels["service"], labels["container"]) for labels in shipped(docker, project)
    }


def test_each_line_carries_its_stream(docker: Block) -> None:
    labels = {"__meta_docker_container_log_stream": "stderr"}

    found = relabelled(labels, docker.one("discovery.relabel", "stream"), {})

    assert found == {**labels, "stream": "stderr"}


def test_docker_is_reached_without_a_timeout_on_streams(docker: Block) -> None:
    hosts = {block.attributes["host"] for block in docker.blocks if "host" in block.attributes}

    assert [(host.name, host.arguments) for host in hosts] == [("sys.env", ("ALLOY_DOCKER_HOST",))]


def test_labels_are_matched_by_what_means_the_same_to_re2_and_to_python(config: Block, docker: Block) -> None:
    rules = [rule for block in (*config.blocks, *docker.blocks) for rule in block.all("rule")]
    texts = [rule.attributes.get("regex", "") for rule in rules]

    # Look-around, back references, possessive and named groups, and $ before a line end differ.
    odd = re.compile(r"\(\?[=!<P>#(]|\\[1-9AZzGkpP]|[*+?}]\+")
    assert [text for text in texts if isinstance(text, str) and odd.search(text)] == []


def test_a_line_is_cut_before_and_after_redaction_and_read_at_last(config: Block) -> None:
    blocks = config.one("loki.process", "logs").blocks
    names = [block.name for block in blocks if block.name != "stage.match"]
    cuts = [block.one("rule").attributes["limit"] for block in blocks if block.name == "stage.truncate"]

    redactions = names.count("stage.replace")
    assert names == ["stage.drop", "stage.truncate", *["stage.replace"] * redactions, "stage.truncate"]
    assert (cuts, blocks[-1].name) == (["32KiB", "16KiB"], "stage.match")


def test_old_lines_are_dropped_here_and_not_rejected_by_loki(config: Block) -> None:
    assert config.one("loki.process", "logs").one("stage.drop").attributes["older_than"] == "167h"


def limits(config: Block) -> list[tuple[str, bool, Any, dict[str, Any]]]:
    """Of each limit: the operator on the API's name, whether it is for long lines, what is long, and the limit."""
    found = []
    for stage in config.one("loki.process", "logs").all("stage.match"):
        if limit := stage.all("stage.limit"):
            parts = re.fullmatch(r'\{service(!?=)"api"\} ([!|])~ "(.*)"', stage.attributes["selector"])
            assert parts
            found.append((parts[1], parts[2] == "|", re2.compile(parts[3]), dict(limit[0].attributes)))
    return found


@pytest.mark.parametrize("line", ["", "x" * 511, "x" * 512, "é" * 127, "é" * 128, "😀" * 127 + "x" * 384, "x" * 99_999])
def test_each_line_counts_for_one_limit_and_a_short_one_is_short_in_bytes(config: Block, line: str) -> None:
    found = [(api, long) for api, long, is_long, _ in limits(config) if bool(is_long.search(line)) == long]

    long = len(line.encode()) > 892 or len(line) >= 512 or line == "é" * 128
    assert sorted(found) == [("!=", long), ("=", long)]


def test_a_flood_of_a_month_stays_below_the_plan_in_three_environments(config: Block) -> None:
    seconds = 31 * 86_400
    most = sum(
        (limit["burst"] + limit["rate"] * seconds) * (16_384 if long else 892) for _, long, _, limit in limits(config)
    )

    # 200 lines of 16 KB a second were 50 GB in 4 hours.
    assert sorted((api, long) for api, long, _, _ in limits(config)) == [
        ("!=", False), ("!=", True), ("=", False), ("=", True)
    ]  # fmt: skip
    assert 3 * most < 50 * 10**9
    assert all(limit["drop"] for _, _, _, limit in limits(config)), "waiting would hold back every other line"


def test_a_backlog_of_the_api_passes_at_once(config: Block) -> None:
    bursts = [limit["burst"] for api, long, _, limit in limits(config) if api == "=" and not long]

    assert bursts == [50_000]


def test_a_level_is_one_of_a_closed_set(config: Block) -> None:
    match = config.one("loki.process", "logs").blocks[-1]

    assert match.one("stage.labels").attributes == {"values": {"level": ""}}
    assert '"^(trace|debug|info|warn|error|fatal)$"' in match.one("stage.template").attributes["template"]
    assert "{{ else }}other{{ end }}" in match.one("stage.template").attributes["template"]


def test_lines_wait_for_ever_while_loki_is_away(config: Block) -> None:
    endpoint = config.one("loki.write", "grafana_cloud").one("endpoint")

    assert endpoint.attributes["max_backoff_retries"] == 0
    assert endpoint.attributes["max_backoff_period"] == "30s"
    assert endpoint.all("queue_config") == [], "its default blocks on overflow, and changing it needs `experimental`"


def test_without_a_socket_lines_of_other_projects_and_of_alloy_are_dropped(files: Block) -> None:
    process = files.one("loki.process", "project")
    names = [block.name for block in process.blocks]

    assert process.one("stage.json").attributes["expressions"] == {
        "project": 'attrs."com.docker.compose.project"',
        "service": 'attrs."com.docker.compose.service"',
    }
    assert [stage.attributes["action"] for stage in process.all("stage.match")] == ["drop", "drop"]
    assert names.index("stage.json") < names.index("stage.docker"), "stage.docker ignores attrs"


def test_the_next_configuration_goes_through_the_same_redaction(docker: Block, files: Block) -> None:
    sources = [docker.one("loki.source.docker", "project"), files.one("loki.process", "project")]

    assert [source.attributes["forward_to"][0].name for source in sources] == ["loki.process.logs.receiver"] * 2
