"""Both overlays, in both environments, follow the Compose specification and our own promises.

Interpolation and merging follow Compose's documentation as far as our files need it; `make compose`
checks the same with Compose's own library.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from resilience.model.catalogue import ROOT

COMPOSE = ROOT / "deploy" / "compose"
TESTDATA = Path(__file__).parent / "testdata"
PLATFORM = TESTDATA / "docker-compose.deploy.yml"
OVERLAYS = ("observability.yml", "observability-without-socket.yml")
SCHEMA = Draft202012Validator(json.loads((TESTDATA / "compose-spec.json").read_text(encoding="utf-8")))
_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?::\?(?P<sentence>[^}]*))?\}|(?P<odd>))")


def variables(environment: str) -> dict[str, str]:
    project = "sv0" if environment == "production" else f"sv0-{environment}"
    return {
        "COMPOSE_PROJECT_NAME": project,
        "SV0_ENVIRONMENT": environment,
        "SV0_RESILIENCE": "/srv/sv0-resilience",
        "SV0_SECRETS": f"/home/ivan/.{project}",
        "SV0_DOCKER_LOGS": "/var/lib/docker/containers",
        "GRAFANA_LOKI_URL": "https://logs.example.net/loki/api/v1/push",
        "GRAFANA_LOKI_USER": "700002",
        "GRAFANA_PROM_URL": "https://prometheus.example.net/api/prom/push",
        "GRAFANA_PROM_USER": "700003",
        "MONGODB_URI": "mongodb://mongo/sv0",
    }


def interpolated(data: Any, given: Mapping[str, str]) -> Any:
    """Every string with its variables filled in.

    Raises:
        LookupError: NAME of `${NAME:?sentence}` is unset or empty; with the sentence.
    """

    def one(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        assert found["odd"] is None, f"an odd $ in {data}"
        assert found["sentence"], f"{found['name']} is not mandatory"
        if not given.get(found["name"]):
            raise LookupError(f"{found['name']}: {found['sentence']}")
        return given[found["name"]]

    match data:
        case str():
            return _VARIABLE.sub(one, data)
        case list():
            return [interpolated(item, given) for item in data]
        case dict():
            return {key: interpolated(item, given) for key, item in data.items()}
    return data


def merged(under: Any, over: Any) -> Any:
    """Mappings merge by key, lists are joined, anything else is replaced."""
    if isinstance(under, dict) and isinstance(over, dict):
        shared = {key: merged(under[key], over[key]) for key in under.keys() & over.keys()}
        return {**under, **over, **shared}
    return under + over if isinstance(under, list) and isinstance(over, list) else over


def loaded(path: Path, environment: str) -> Any:
    return interpolated(yaml.safe_load(path.read_text(encoding="utf-8")), variables(environment))


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> Path:
    return COMPOSE / str(request.param)


@pytest.fixture(params=["production", "dev"])
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(overlay: Path, environment: str) -> Any:
    """The platform's file merged with the overlay."""
    return merged(loaded(PLATFORM, environment), loaded(overlay, environment))


def test_it_is_valid_alone_and_merged_into_the_platforms_file(overlay: Path, environment: str, project: Any) -> None:
    for found in (loaded(overlay, environment), project):
        assert [f"{error.json_path}: {error.message}" for error in SCHEMA.iter_errors(found)] == []


def test_the_schema_finds_a_wrong_key(project: Any) -> None:
    project["services"]["alloy"]["mem_limt"] = "1m"

    assert len(list(SCHEMA.iter_errors(project))) == 1


def test_the_platforms_own_services_are_unchanged(environment: str, project: Any) -> None:
    for name, service in loaded(PLATFORM, environment)["services"].items():
        assert {key: project["services"][name][key] for key in service} == service


def test_every_variable_is_mandatory_and_says_what_to_set(overlay: Path) -> None:
    data = yaml.safe_load(overlay.read_text(encoding="utf-8"))
    used = set(re.findall(r"\$\{(\w+)", json.dumps(data)))

    assert used == variables("dev").keys() - {"MONGODB_URI"} - (
        {"SV0_DOCKER_LOGS"} if "socket" not in overlay.name else set()
    )
    for name in used:
        for unset in ({}, {name: ""}):
            given = {key: text for key, text in variables("dev").items() if key != name} | unset
            with pytest.raises(LookupError, match=rf"^{name}: \w.{{20,}}$"):
                interpolated(data, given)


def test_two_environments_publish_nothing_and_share_nothing_on_the_host(overlay: Path) -> None:
    ours = {name: loaded(overlay, name) for name in ("production", "dev")}

    for data in ours.values():
        assert not any("ports" in service or "container_name" in service for service in data["services"].values())
        assert not any("name" in (volume or {}) for volume in data["volumes"].values())
    assert not tokens(ours["production"]) & tokens(ours["dev"])


def tokens(data: Any) -> set[str]:
    """Folders that are mounted where the collector reads its tokens."""
    return {one["source"] for one in data["services"]["alloy"]["volumes"] if one["target"] == "/run/secrets"}


def test_our_containers_are_pinned_limited_and_cannot_gain_rights(overlay: Path, environment: str) -> None:
    for name, service in loaded(overlay, environment)["services"].items():
        if name == "api":
            continue
        assert re.fullmatch(r"[a-z-]+/[a-z-]+:v?\d+\.\d+\.\d+", service["image"]), name
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"mem_limit", "pids_limit", "cpus", "healthcheck"} <= set(service)
        assert service["restart"] == "unless-stopped"
        assert service["logging"]["options"] == {"max-size": "5m", "max-file": "2"}


def test_the_collector_has_one_capability_and_writes_to_its_own_volume_alone(overlay: Path, environment: str) -> None:
    services = loaded(overlay, environment)["services"]

    assert {name: one["cap_add"] for name, one in services.items() if "cap_add" in one} == {"alloy": ["DAC_OVERRIDE"]}
    for service in services.values():
        for mount in service.get("volumes", []):
            assert mount.get("read_only") or mount == {
                "type": "volume", "source": "alloy-data", "target": "/var/lib/alloy/data"
            }  # fmt: skip


def test_the_overlay_without_a_socket_says_what_is_in_the_folder_that_it_mounts() -> None:
    text = (COMPOSE / OVERLAYS[1]).read_text(encoding="utf-8")
    pages = text + (ROOT / "docs" / "redaction.md").read_text(encoding="utf-8")

    assert "SV0_DOCKER_LOGS" in text
    assert pages.count("config.v2.json") >= 2
    assert "cannot inspect" not in pages


def test_nothing_of_ours_waits_for_the_api(overlay: Path, environment: str) -> None:
    waits = [service.get("depends_on", {}) for service in loaded(overlay, environment)["services"].values()]

    assert {name for wait in waits for name in wait} <= {"docker-socket-proxy"}
    assert all(one["condition"] == "service_started" for wait in waits for one in wait.values())


def test_only_the_proxy_has_the_socket_and_only_the_collector_reaches_the_proxy(environment: str) -> None:
    services = loaded(COMPOSE / "observability.yml", environment)["services"]
    mounts = {name: [one["source"] for one in service["volumes"]] for name, service in services.items()}

    assert [name for name, sources in mounts.items() if "/var/run/docker.sock" in sources] == ["docker-socket-proxy"]
    assert services["docker-socket-proxy"]["networks"] == ["docker-api"]
    assert loaded(COMPOSE / "observability.yml", environment)["networks"] == {"docker-api": {"internal": True}}


def test_the_overlay_without_a_socket_has_none(environment: str) -> None:
    assert "docker.sock" not in json.dumps(loaded(COMPOSE / OVERLAYS[1], environment))


CONTAINER = "0123456789abcdef" * 4
CALLS = [
    (True, "/_ping"),
    (True, "/v1.47/networks"),
    (True, "/v1.47/containers/json"),
    (True, f"/v1.47/containers/{CONTAINER}/json"),
    (True, f"/v1.47/containers/{CONTAINER}/logs"),
    (False, f"/v1.47/containers/{CONTAINER}/archive"),
    (False, f"/v1.47/containers/{CONTAINER}/export"),
    (False, f"/v1.47/containers/{CONTAINER}/attach/ws"),
    (False, "/v1.47/containers/../images/json"),
    (False, "/v1.47/images/json"),
    (False, "/v1.47/events"),
    (False, "/v1.47/info"),
    (False, "/v1.47/secrets"),
]


@pytest.mark.parametrize(("allowed", "path"), CALLS)
def test_the_proxy_allows_what_discovery_and_logs_need(allowed: bool, path: str) -> None:
    # The proxy wraps the expression in ^(…)$; the paths are those that Alloy was seen to request.
    command = loaded(COMPOSE / "observability.yml", "dev")["services"]["docker-socket-proxy"]["command"]
    gets = [one.removeprefix("-allowGET=") for one in command if one.startswith("-allowGET=")]

    assert [bool(re.fullmatch(expression, path)) for expression in gets] == [allowed]
    assert {one for one in command if one.startswith("-allow") and "GET" not in one} == {
        "-allowfrom=alloy", "-allowHEAD=/_ping", "-allowhealthcheck"
    }  # fmt: skip


def test_what_the_collector_reads_is_mounted_where_it_reads_it(overlay: Path, environment: str) -> None:
    data = loaded(overlay, environment)
    alloy = data["services"]["alloy"]
    binds = {Path(one["source"]).name: one for one in alloy["volumes"] if one["target"].startswith("/etc/alloy/")}
    texts = [(ROOT / "deploy/alloy" / name).read_text(encoding="utf-8") for name in binds]

    assert len(binds) == 2, "config.alloy and one source of lines"
    assert all(one["read_only"] for one in binds.values())
    assert alloy["command"][-1] == "/etc/alloy"
    assert tokens(data) == {variables(environment)["SV0_SECRETS"]}
    assert set(re.findall(r"/run/secrets/(\w+)", "".join(texts))) == {"grafana_loki_token", "grafana_prom_token"}
    assert set(re.findall(r'sys\.env\("(\w+)"\)', "".join(texts))) == set(alloy["environment"])
    assert not any("TOKEN" in name for name in alloy["environment"])


def test_positions_and_the_write_ahead_log_are_on_a_volume(overlay: Path, environment: str) -> None:
    alloy = loaded(overlay, environment)["services"]["alloy"]

    assert {"type": "volume", "source": "alloy-data", "target": "/var/lib/alloy/data"} in alloy["volumes"]
    assert "--storage.path=/var/lib/alloy/data" in alloy["command"]


def test_the_two_collectors_differ_only_in_the_source_of_lines() -> None:
    one, other = (loaded(COMPOSE / name, "dev")["services"]["alloy"] for name in OVERLAYS)

    assert {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)} == {
        "environment", "depends_on", "networks", "volumes"
    }  # fmt: skip
