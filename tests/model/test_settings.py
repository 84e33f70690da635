"""Settings of a stack: what is rejected, and the exact sentence that says so."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from resilience.core.problems import BadInputError
from resilience.model.settings import SETTINGS_KEY, Secret, StackSettings

FILE = "Pulumi.test.yaml"
ABSENT = object()
MEMBER = {"member": "ann", "role": "Admin", "joined": False}
END = {"name": "tunnel", "expires": "2027-03-01T00:00:00Z"}
# Only shapes: none of them was ever valid.
CANARIES = [
    "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx",
    "glc_eyJvIjoiMTIzNDU2IiwibiI6ImNhbmFyeSJ9",
    "glsa_AbCdEfGhIjKlMnOpQrStUvWxYz012345_6789abcd",
    "ghp_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
    "github_pat_11ABCDEFG0abcdefghijklmnopqrstuvwxyz",
    "xoxb-123456789012-abcdefghijkl",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "ops_eyJzaWduSW5BZGRyZXNzIjoiMXAifQ",
]


def good(environment: str = "production") -> dict[str, Any]:
    return {
        "environment": environment,
        "shared": environment == "production",
        "runbooks": "https://example.com/runbooks",
        "grafana": {"org": "acme", "stack": "acme", "name": "Acme", "region": "prod-eu-west-2", "adopt": False},
        "github": {"owner": "acme", "repositories": ["infra"], "secret_scope": "environment"},
        "team": [],
        "uptime": {"url": "https://app.example.com"},
    }


def spoilt(path: str, value: object, environment: str = "production") -> dict[str, Any]:
    """Good settings with one value replaced, added, or taken away."""
    raw = good(environment)
    place: Any = raw
    *way, last = path.split("/")
    for key in way:
        place = place[key]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return raw


def problems_of(raw: object) -> list[str]:
    with pytest.raises(BadInputError) as rejected:
        StackSettings.load(raw, FILE)
    return str(rejected.value).split("\n")


def notified(raw: object) -> str:
    """What would be printed; nothing when the settings are accepted."""
    try:
        StackSettings.load(raw, FILE)
    except BadInputError as rejected:
        return f"{rejected}{rejected.problems!r}"
    return ""


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(good(), id="the stack that owns what is shared"),
        pytest.param(good("dev"), id="the stack that shares"),
        pytest.param(good("staging-2"), id="a third environment is only one more file"),
        pytest.param(spoilt("grafana/api_url", "http://127.0.0.1:8080"), id="a stand-in on the loopback"),
        pytest.param(spoilt("github/api_url", "https://github.example.com/api/v3/"), id="a GitHub Enterprise host"),
        pytest.param(spoilt("team", [MEMBER, {**MEMBER, "member": "bob"}]), id="two members"),
        pytest.param(spoilt("credentials", [END, {**END, "name": "proxy"}]), id="two credentials"),
        pytest.param(spoilt("retired_connectors", ["okta", "a.b", "a:b", "A-1"]), id="retired connectors"),
        pytest.param(spoilt("uptime/url", "http://127.0.0.1:3000"), id="an address with a port"),
        pytest.param(spoilt("uptime/ready", {"every": "10m"}, "dev"), id="dev from one place"),
        pytest.param(spoilt("uptime/data", {"tenant": "demo-w1"}), id="a tenant whose findings are read"),
    ],
)
def test_good_settings_are_accepted(raw: dict[str, Any]) -> None:
    assert StackSettings.load(raw, FILE).environment == raw["environment"]


def test_loading_leaves_what_was_read_as_it_is() -> None:
    raw = spoilt("credentials", [END])
    before = deepcopy(raw)

    StackSettings.load(raw, FILE)

    assert raw == before


def test_defaults_are_the_public_services() -> None:
    settings = StackSettings.load(good(), FILE)

    assert settings.grafana.api_url == "https://grafana.com"
    assert settings.github.api_url == "https://api.github.com/"
    assert (settings.grafana.metrics_uid, settings.grafana.logs_uid) == ("grafanacloud-prom", "grafanacloud-logs")
    assert (settings.retries, settings.retired_connectors, settings.credentials) == (3, (), ())


def test_the_end_of_a_credential_is_kept_in_utc() -> None:
    settings = StackSettings.load(spoilt("credentials", [{**END, "expires": "2027-03-01T02:00:00+02:00"}]), FILE)

    assert settings.credentials[0].expires == datetime(2027, 3, 1, tzinfo=UTC)
    assert settings.credentials[0].expires.isoformat() == "2027-03-01T00:00:00+00:00"


def test_only_the_shared_stack_needs_the_webhooks() -> None:
    shared, other = (
        StackSettings.load(good(), FILE).required_secrets(),
        StackSettings.load(good("dev"), FILE).required_secrets(),
    )

    assert set(Secret) - set(shared) == {Secret.WATCHDOG_URL, Secret.ALERT_EMAILS}
    assert set(shared) - set(other) == {Secret.SLACK_WEBHOOK_ALERTS, Secret.SLACK_WEBHOOK_DEPLOYS}


def test_only_the_shared_stack_can_have_a_watchdog_and_a_second_path() -> None:
    loaded = (StackSettings.load(good(name), FILE) for name in ("production", "dev"))

    assert [one.optional_secrets() for one in loaded] == [(Secret.WATCHDOG_URL, Secret.ALERT_EMAILS), ()]


def test_production_is_asked_every_90_seconds_from_two_places_and_others_seldom() -> None:
    production, dev = StackSettings.load(good(), FILE).ready, StackSettings.load(good("dev"), FILE).ready

    assert (production.every, production.places) == ("1m30s", ("Frankfurt", "London"))
    assert (dev.every, dev.places) == ("10m", ("Frankfurt",))


def test_the_remedy_of_a_secret_names_its_key_its_stack_and_its_variable() -> None:
    assert Secret.GITHUB_TOKEN.remedy("dev") == (
        "run `pulumi config set --secret github:token --stack dev` or set GITHUB_TOKEN"
    )
    assert Secret.SLACK_WEBHOOK_ALERTS.remedy("production") == (
        "run `pulumi config set --secret sv0-resilience:slackWebhookAlerts --stack production`"
    )


NAME = r"write what matches ^[a-z][a-z0-9-]{0,29}$"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        pytest.param(
            spoilt("uptime/ready", {"every": "1m", "places": ["Paris"]}),
            ": uptime.ready asks production from one place; name two: the loss of one place is no outage",
            id="production from one place",
        ),
        pytest.param(
            spoilt("uptime/ready", {"places": ["Paris", "London", "Paris"]}),
            ': uptime.ready.places names "Paris" twice; write it once',
            id="a place twice",
        ),
        pytest.param(
            spoilt("uptime/ready", {"every": "30s"}, "dev"),
            '.uptime.ready.every: "30s" is not between 1m and 10m; write 1m, 5m or 10m',
            id="a check that eats the allowance",
        ),
        pytest.param(
            spoilt("enviroment", "dev"),
            ".enviroment: unknown key; remove it, or correct its spelling",
            id="unknown key",
        ),
        pytest.param(
            spoilt("grafana/slug", "acme"),
            ".grafana.slug: unknown key; remove it, or correct its spelling",
            id="unknown key further in",
        ),
        pytest.param(spoilt("runbooks", ABSENT), ".runbooks: is missing; write it", id="missing key"),
        pytest.param(
            spoilt("grafana/adopt", ABSENT), ".grafana.adopt: is missing; write it", id="missing key further in"
        ),
        pytest.param(
            spoilt("shared", "maybe"),
            '.shared: "maybe" is not right; write true or false',
            id="wrong type: a word for a switch",
        ),
        pytest.param(
            spoilt("grafana", ["acme"]),
            ".grafana: a list is not right; write keys with values",
            id="wrong type: a list for a mapping",
        ),
        pytest.param(
            spoilt("github/repositories", "infra"),
            '.github.repositories: "infra" is not right; write a list',
            id="wrong type: a name for a list",
        ),
        pytest.param(spoilt("environment", 5), '.environment: "5" is not right; write text, in quotes', id="a number"),
        pytest.param(spoilt("environment", "Dev"), f'.environment: "Dev" is not right; {NAME}', id="a bad environment"),
        pytest.param(
            spoilt("grafana/stack", "sec-v0"),
            r'.grafana.stack: "sec-v0" is not right; write what matches ^[a-z][a-z0-9]{0,28}$',
            id="bad slug: grafana.com takes no dash",
        ),
        pytest.param(
            spoilt("github/secret_scope", "organization"),
            """.github.secret_scope: "organization" is not right; write 'environment' or 'repository'""",
            id="unknown scope",
        ),
        pytest.param(
            spoilt("shared", value=True, environment="dev"),
            ': shared is "true" for "dev"; write true for production alone, which owns what is shared',
            id="dev owns what is shared",
        ),
        pytest.param(
            spoilt("shared", value=False),
            ': shared is "false" for "production"; write true for production alone, which owns what is shared',
            id="production does not own what is shared",
        ),
        pytest.param(
            spoilt("team", [MEMBER], "dev"),
            ': "dev" lists a team; list members in the shared stack only',
            id="team on dev",
        ),
        pytest.param(
            spoilt("grafana/region", ABSENT),
            ": grafana.region is missing; write where the stack is to be created, for example prod-eu-west-2",
            id="a stack to be created nowhere",
        ),
        pytest.param(
            spoilt("github/workflows", "infra", "dev"),
            ': github.workflows is "infra"; write it in the shared stack only',
            id="secrets of our workflows on dev",
        ),
        pytest.param(
            spoilt("github/protect_deploys", value=True),
            ': github.protect_deploys is "true"; write the repository of the workflows as github.workflows, or false',
            id="an environment of no repository",
        ),
        pytest.param(
            spoilt("team", [MEMBER, MEMBER]),
            ': team names "ann" twice; write it once',
            id="a member stands there twice",
        ),
        pytest.param(
            spoilt("credentials", [END, END]),
            ': credentials names "tunnel" twice; write it once',
            id="a credential stands there twice",
        ),
        pytest.param(
            spoilt("team", [{**MEMBER, "role": "Owner"}]),
            """.team[0].role: "Owner" is not right; write 'Admin', 'Editor' or 'Viewer'""",
            id="unknown role",
        ),
        pytest.param(
            spoilt("grafana/api_url", "http://localhost"),
            r'.grafana.api_url: "http://localhost" is not right; '
            r"write what matches ^https?://[^\s\"<>|/]*\.[^\s\"<>|/]*$",
            id="localhost: the provider wants a dot",
        ),
        *(
            pytest.param(
                spoilt(key, url),
                f".{key.replace('/', '.')}: would get a credential over plain http; write https://",
                id=f"a credential goes to {key}",
            )
            for key, url in (
                ("grafana/api_url", "http://grafana.com"),
                ("github/api_url", "http://github.example.com/api/v3/"),
                ("uptime/url", "http://app.example.com"),
            )
        ),
        *(
            pytest.param(
                spoilt(key, f"https://user:password@{host}"),
                f".{key.replace('/', '.')}: has a user or a password in it; leave them out",
                id=f"a password in {key}",
            )
            for key, host in (
                ("grafana/api_url", "grafana.com"),
                ("github/api_url", "api.github.com/"),
                ("uptime/url", "app.example.com"),
                ("runbooks", "example.com/runbooks"),
            )
        ),
        pytest.param(
            spoilt("uptime/url", "https://app.example.com/ready"),
            r'.uptime.url: "https://app.example.com/ready" is not right; write what matches ^https?://[^\s\"<>|/]+$',
            id="the outside address has no path",
        ),
        pytest.param(
            spoilt("runbooks", "https://example.com/"),
            r'.runbooks: "https://example.com/" is not right; write what matches ^https?://[^\s\"<>|]*[^\s\"<>|/]$',
            id="the runbooks' address ends without a slash",
        ),
        pytest.param(
            spoilt("runbooks", "javascript:alert"),
            ".runbooks: is no address of the web; write it as https://HOST",
            id="an address is http or https",
        ),
        pytest.param(
            spoilt("retired_connectors", ["okta|.*"]),
            r'.retired_connectors[0]: "okta|.*" is not right; write what matches ^[A-Za-z0-9_.:-]+$',
            id="a retired connector is a name, no expression",
        ),
        pytest.param(spoilt("retries", 0), '.retries: "0" is not right; write greater than or equal to 1', id="no try"),
        pytest.param(
            spoilt("credentials", [{**END, "expires": "soon"}]),
            '.credentials[0].expires: "soon" is not right; write a valid datetime or date, input is too short',
            id="an end that is no date",
        ),
        pytest.param(
            spoilt("platform", {"project": "SV0", "port": 3000, "workflow": "deploy.yml"}),
            '.platform.project: "SV0" is not right; write what matches ^[a-z0-9][a-z0-9_-]*$',
            id="a Compose project has small letters",
        ),
        pytest.param(
            spoilt("platform", {"project": "sv0", "port": 0, "workflow": "deploy.yml"}),
            '.platform.port: "0" is not right; write greater than or equal to 1',
            id="no port",
        ),
        pytest.param(
            spoilt("platform", {"project": "sv0", "port": 3000, "workflow": "deploy"}),
            r'.platform.workflow: "deploy" is not right; write what matches ^[A-Za-z0-9._-]+\.ya?ml$',
            id="a workflow is a file",
        ),
        pytest.param([], ": a list is not right; write keys with values", id="a list"),
        pytest.param(None, ": is missing; write the settings object, as in Pulumi.dev.yaml", id="nothing at all"),
    ],
)
def test_one_spoilt_field_is_one_problem(raw: object, problem: str) -> None:
    assert problems_of(raw) == [f"{FILE}: {SETTINGS_KEY}{problem}"]


@pytest.mark.parametrize("expires", ["2027-03-01T00:00:00", "2027-03-01"])
def test_an_end_without_a_time_zone_is_rejected(expires: str) -> None:
    problem = f'{FILE}: {SETTINGS_KEY}.credentials[0].expires: "{expires}" is not right; write '

    found = problems_of(spoilt("credentials", [{**END, "expires": expires}]))

    assert [line[: len(problem)] for line in found] == [problem]
    assert "timezone" in found[0].replace("time zone", "timezone")


@pytest.mark.parametrize("expires", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_an_end_outside_the_calendar_is_a_problem(expires: str) -> None:
    found = problems_of(spoilt("credentials", [{**END, "expires": expires}]))

    assert len(found) == 1
    assert found[0].startswith(f"{FILE}: {SETTINGS_KEY}.credentials[0].expires: ")


def test_a_number_too_long_to_print_is_a_problem() -> None:
    found = problems_of(spoilt("environment", 16**6_000))

    assert found == [f'{FILE}: {SETTINGS_KEY}.environment: "[hidden]" is not right; write text, in quotes']


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(spoilt("credentials", [{**END, "expires": "2027-03-01"}]), id="an end without a time zone"),
        pytest.param(spoilt("github/repositories", []), id="an empty list"),
        pytest.param(dict[object, object](good()) | {5: "x"}, id="a key that is no text"),
    ],
)
def test_what_to_write_instead_reads_as_a_request(raw: object) -> None:
    assert [line for line in problems_of(raw) if "should" in line] == []


def test_all_problems_are_reported_at_once_sorted_by_place() -> None:
    raw = spoilt("grafana/stack", "sec-v0") | {"enviroment": "dev", "retries": 11}
    raw["github"] = {"owner": "acme", "secret_scope": "org"}
    raw["team"] = [MEMBER, {"member": "bob", "role": "Admin"}]
    del raw["uptime"]

    assert problems_of(raw) == [
        f"{FILE}: {SETTINGS_KEY}{problem}"
        for problem in (
            ".enviroment: unknown key; remove it, or correct its spelling",
            ".github.repositories: is missing; write it",
            """.github.secret_scope: "org" is not right; write 'environment' or 'repository'""",
            r'.grafana.stack: "sec-v0" is not right; write what matches ^[a-z][a-z0-9]{0,28}$',
            '.retries: "11" is not right; write less than or equal to 10',
            ".team[1].joined: is missing; write it",
            ".uptime: is missing; write it",
        )
    ]


def test_what_the_whole_breaks_is_reported_all_at_once_as_well() -> None:
    raw = spoilt("team", [MEMBER, MEMBER]) | {"credentials": [END, END]}

    assert problems_of(raw) == [
        f'{FILE}: {SETTINGS_KEY}: credentials names "tunnel" twice; write it once',
        f'{FILE}: {SETTINGS_KEY}: team names "ann" twice; write it once',
    ]


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(
    "path",
    [
        *("environment", "shared", "runbooks", "grafana", "team", "credentials", "retries"),
        *("grafana/org", "grafana/stack", "grafana/region", "grafana/adopt", "grafana/api_url", "grafana/logs_uid"),
        *("github/owner", "github/repositories", "github/secret_scope", "github/api_url", "uptime/url"),
    ],
)
def test_a_secret_in_the_wrong_field_is_never_shown(path: str, canary: str) -> None:
    assert canary not in notified(spoilt(path, canary))


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(
    "path", ["team/0", "team/0/member", "team/0/role", "team/0/joined", "credentials/0", "credentials/0/name"]
)
def test_a_secret_inside_a_list_is_never_shown(path: str, canary: str) -> None:
    raw = good() | {"team": [dict(MEMBER)], "credentials": [dict(END)]}
    key, index, *field = path.split("/")
    if field:
        raw[key][int(index)][field[0]] = canary
    else:
        raw[key][int(index)] = canary

    assert canary not in notified(raw)


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("inside", ["", "grafana/", "github/", "uptime/"])
def test_a_secret_as_an_unknown_key_is_never_shown(inside: str, canary: str) -> None:
    raw = good()
    (raw[inside.removesuffix("/")] if inside else raw)[canary] = "x"

    assert canary not in "\n".join(problems_of(raw))


@pytest.mark.parametrize("before", ["Bearer ", "token=", '"', "https://ann:"])
def test_a_secret_with_something_before_it_is_never_shown(before: str) -> None:
    assert "glsa_abcdef" not in "\n".join(problems_of(spoilt("environment", f"{before}glsa_abcdef")))


@pytest.mark.parametrize("key", ["a\nb", "a\rb", "a\u2028b", "\x1b[31mred"])
def test_an_unknown_key_cannot_break_the_line(key: str) -> None:
    found = problems_of(good() | {key: 1})

    assert len(found) == 1
    assert found[0].isprintable()


def test_a_repository_twice_is_a_problem_whatever_its_letters() -> None:
    found = problems_of(spoilt("github/repositories", ["infra", "Infra"]))

    assert found == [f'{FILE}: {SETTINGS_KEY}: github.repositories names "infra" twice; write it once']


def test_the_telemetry_token_is_no_name_for_another_credential() -> None:
    found = problems_of(spoilt("credentials", [{**END, "name": "telemetry-token"}]))

    what = f'{FILE}: {SETTINGS_KEY}: credentials names "telemetry-token"'
    assert found == [f"{what}; leave it out: the program watches that one by itself"]
