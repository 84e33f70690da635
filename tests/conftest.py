"""What many tests need: declared stacks, a way to declare one component, and good objects that tests change."""

import gc
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.mocks import Mocks

from resilience.manifest import Manifest, declare, record
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.dated import clock
from resilience.model.settings import StackSettings
from resilience.model.stack_file import stacks
from resilience.rehearsal.exported import Exported
from tests.stack_files import announce_nothing, stack_text, write_checkout

_OWNER = {"login": "ann-sv0", "weekdays": "monday:friday", "begins": "09:00", "ends": "17:00"}
_ROUTE = {"hours": "always", "group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}


# Until all is collected nothing is garbage: searching for it took a fifth of the collection (2026-11-28).
gc.disable()


def pytest_collection_finish() -> None:
    """Nothing is searched later either: it took a tenth of the rehearsal, and without it a process needs 30 MB more."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_to_be_printed() -> Iterator[None]:
    """What a rejected program left is printed by asyncio when it is collected, and at the end nobody captures that."""
    yield
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_announced() -> Iterator[None]:
    """What is declared depends neither on the hour of the test, nor on what the checkout's catalogue announces."""
    with clock.standing(clock.NOTHING_ANNOUNCED):
        yield


@pytest.fixture(scope="session")
def lent_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue with nothing announced, to be linked: `own` copies what a test changes."""
    folder = tmp_path_factory.mktemp("lent")
    shutil.copytree(ROOT / "catalogue", folder / "catalogue")
    announce_nothing(folder)
    return folder / "catalogue"


@pytest.fixture(scope="session")
def production() -> Manifest:
    """The stack that owns what is shared."""
    return declare("production")


@pytest.fixture(scope="session")
def dev() -> Manifest:
    """A stack that uses what is shared."""
    return declare("dev")


@pytest.fixture(scope="session")
def every_stack(production: Manifest, dev: Manifest) -> list[Manifest]:
    """What `declare_all` returns: the program ran already for those that each checkout has."""
    known = {"production": production, "dev": dev}
    return [known.get(name) or declare(name) for name in stacks()]


@pytest.fixture(scope="session")
def declared(production: Manifest, dev: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """What the rehearsal reads of both stacks."""
    return Exported.of([production, dev], tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="session")
def exported(declared: Exported) -> Path:
    """The folder that `resilience export` writes for both stacks."""
    return declared.folder


@pytest.fixture
def declare_program() -> Callable[..., Manifest]:
    """Runs a piece of program as a stack `test` and returns what it registered."""

    def run(
        program: Callable[[], object],
        provider_mocks: Mocks | None = None,
        config: Mapping[str, str] | None = None,
        secret_keys: Iterable[str] = (),
    ) -> Manifest:
        return record("test", program, config or {}, secret_keys, provider_mocks)

    return run


@pytest.fixture
def listed() -> Callable[[Manifest], list[tuple[str, str, str]]]:
    """Type, name and parent's name of each resource, except those that a test gives (`given-…`)."""

    def of(manifest: Manifest) -> list[tuple[str, str, str]]:
        return [
            (resource.type, resource.name, resource.parent.rpartition("::")[2])
            for resource in manifest.resources
            if not resource.name.startswith("given")
        ]

    return of


@pytest.fixture
def named() -> Callable[[Iterable[str]], list[str]]:
    """The names at the end of URNs."""
    return lambda urns: [urn.rpartition("::")[2] for urn in urns]


@pytest.fixture(scope="session")
def good_settings() -> Callable[..., StackSettings]:
    """Good settings with the fields given; those of `grafana` and `github` are merged."""

    def build(**given: Any) -> StackSettings:
        grafana = {"org": "acme", "stack": "acme", "name": "Acme", "region": "prod-eu-west-2", "adopt": False}
        github = {"owner": "acme", "repositories": ["infra"], "secret_scope": "environment"}
        good: dict[str, Any] = {
            "environment": "production",
            "shared": given.get("environment", "production") == "production",
            "runbooks": "https://example.com/runbooks",
            "team": [],
            "uptime": {"url": "https://app.example.com"},
        }
        inner = {"grafana": grafana | given.pop("grafana", {}), "github": github | given.pop("github", {})}
        return StackSettings.model_validate(good | inner | given)

    return build


@pytest.fixture(scope="session")
def declare_own(
    good_settings: Callable[..., StackSettings], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Manifest]:
    """Runs the real program with good settings: what it declares, whoever's account the checkout's settings name."""
    admin, *others = Catalogue.load().owners
    team = [
        {"member": admin, "role": "Admin", "joined": True},
        *({"member": name, "role": "Editor", "joined": True} for name in others),
    ]
    uptime = {"url": "https://app.example.com", "data": {"tenant": "t-1"}}

    def run(environment: str, **given: Any) -> Manifest:
        shared = {"team": team, "uptime": uptime, "grafana": {"adopt": True}, "github": {"workflows": "resilience"}}
        own = shared if environment == "production" else {}
        settings = good_settings(environment=environment, **own | given).model_dump(mode="json")
        folder = tmp_path_factory.mktemp(environment)
        write_checkout(folder, environment, stack_text(settings))
        return declare(environment, folder)

    return run


@pytest.fixture
def good_alert() -> Callable[..., dict[str, Any]]:
    """A good alert as in YAML, with the fields given."""

    def build(**given: Any) -> dict[str, Any]:
        return {
            "id": "too-hot",
            "title": "Too hot",
            "fires_when": "it is too hot",
            "tier": "P1",
            "owner": "ann",
            "service": "api",
            "expr": 'heat{environment="$environment"}\n',
            "threshold": {"gt": 30},
            "for": "5m",
            "notify_within": "8m",
            "no_data_state": "OK",
            "exec_err_state": "Error",
            "summary": "$environment has {{ $values.A.Value }} degrees.",
            "impact": "$url is slow.",
        } | given

    return build


@pytest.fixture
def good_catalogue(good_alert: Callable[..., dict[str, Any]]) -> Callable[..., Catalogue]:
    """A catalogue with two owners, all tiers, and the alerts given, by topic."""

    def build(**groups: list[dict[str, Any]]) -> Catalogue:
        tier = {**_ROUTE, "response": "$owner answers.", "meaning": "A tier"}
        return Catalogue.model_validate(
            {
                "groups": groups or {"heat": [good_alert()]},
                "owners": {
                    "ann": {"name": "Ann", "time_zone": "Europe/Berlin", **_OWNER},
                    "bob": {"name": "Bob", "time_zone": "Asia/Tbilisi", **_OWNER, "login": "bob-sv0", "ends": "19:30"},
                },
                "routing": {
                    "group_by": ["alertname", "environment"],
                    "tiers": {
                        "P1": {**tier, "channel": "alerts", "group_wait": "10s", "group_by": ["tier"]},
                        "P2": {**tier, "channel": "alerts", "hours": "business"},
                        "P3": {**tier, "channel": "deploys", "repeat_interval": "1w"},
                    },
                    "other_environments": {**_ROUTE, "channel": "deploys", "response": "Nobody is called."},
                    "calibrating": {**_ROUTE, "channel": "deploys", "response": "$owner looks at it."},
                    "no_data_or_error": {
                        **_ROUTE,
                        "tier": "P2",
                        "channel": "alerts",
                        "hours": "business",
                        "response": "$owner fixes it.",
                    },
                    "events": {**_ROUTE, "channel": "deploys", "response": "$owner answers."},
                    "watchdog": {"group_wait": "1s", "group_interval": "1m", "repeat_interval": "4m"},
                    "default": {**_ROUTE, "channel": "alerts", "response": "The reader fixes it."},
                },
                "limits": {},
                "monitoring_routes": [],
                "metrics": {},
            }
        )

    return build
