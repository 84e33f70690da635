"""The doctor: what is well is shown, what is missing comes with its fix, what cannot be checked fails nothing."""

import json

import pytest

from resilience.account.doctor import Finding, as_json, as_text, failed
from resilience.account.doctor.github import address
from resilience.manifest import Manifest
from resilience.manifest.rules import declared_rules
from resilience.model.catalogue import Catalogue
from tests.account.conftest import CREATED, Doctor, Edit, Of, state_of
from tests.engine.project import settings
from tests.standin.client import Client
from tests.standin.server import Standin

OLD = {"user": "ivan", "url": "file:///state"}

OWNER = settings("production").team[0].member
LOGIN = Catalogue.load().owners[OWNER].login


def test_when_all_is_well_every_line_is_ok(doctor: Doctor, stack_slug: str) -> None:
    findings = doctor()

    assert [str(one) for one in findings if not one.good] == []
    assert not failed(findings)
    assert as_text(findings).splitlines()[:4] == [
        "ok       engine: v3.272.0",
        "ok       toolchain: uv is on PATH",
        "ok       login: ivan at https://app.pulumi.com/ivan",
        "ok       stack: dev exists",
    ]
    assert as_text(findings).splitlines()[-7:] == [
        "ok       production: has the output checks_token",
        "ok       grafana.com: the token has the scope orgs:read",
        "ok       grafana.com: the token has the scope accesspolicies:read",
        f"ok       grafana stack: {stack_slug} exists",
        "ok       grafana users: 1 of 3 members of the organisation",
        "ok       orphans: none on grafana.com, Grafana is checked if GRAFANA_TOKEN is set",
        "ok       github: the token reaches acme/sv0-platform and its secrets",
    ]


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("v3.259.0", "ok       engine: v3.259.0"),
        ("v4.0.0", "ok       engine: v4.0.0"),
        ("v3.99.9", "MISSING  engine: v3.99.9 is older than v3.259; see pulumi.com/docs/iac/download-install"),
        ("nonsense", "MISSING  engine: `pulumi version` fails; reinstall it"),
    ],
)
def test_the_engine_must_be_new_enough(doctor: Doctor, of: Of, version: str, line: str) -> None:
    assert of(doctor(online=False, FAKE_VERSION=version), "engine") == [line]


def test_the_login_is_checked_before_the_stack(doctor: Doctor, of: Of) -> None:
    findings = doctor(online=False, FAKE_WHO="")

    assert of(findings, "login") == ["MISSING  login: not logged in to a state backend; run `pulumi login`"]
    assert of(findings, "stack") == []


def test_a_missing_stack_is_reported_with_the_command_that_makes_it(doctor: Doctor, of: Of) -> None:
    findings = doctor(online=False, FAKE_STACKS="[]")

    assert of(findings, "stack") == ["MISSING  stack: dev does not exist; run `pulumi stack init dev`"]
    assert failed(findings)


def test_an_unreadable_list_of_stacks_fails_nothing(doctor: Doctor, of: Of) -> None:
    findings = doctor(online=False, FAKE_STACKS="nonsense")

    assert of(findings, "stack") == ["unknown  stack: cannot be checked (`pulumi stack ls` fails)"]
    assert not failed(findings)


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        (
            {},
            "MISSING  passphrase: is not set, and file backends need one; set PULUMI_CONFIG_PASSPHRASE from 1Password",
        ),
        ({"PULUMI_CONFIG_PASSPHRASE": ""}, "ok       passphrase: is set"),
        ({"PULUMI_CONFIG_PASSPHRASE_FILE": "x"}, "ok       passphrase: is set"),
    ],
)
def test_a_backend_other_than_pulumi_cloud_needs_a_passphrase(
    doctor: Doctor, of: Of, variables: dict[str, str], line: str
) -> None:
    assert of(doctor(online=False, FAKE_WHO=json.dumps(OLD), **variables), "passphrase") == [line]


def test_offline_no_service_is_contacted(doctor: Doctor, standin: Standin) -> None:
    findings = doctor(online=False)

    assert standin.requests == []
    assert {one.subject for one in findings} >= {"engine", "login", "stack", "input", "limits", "github:token"}


def test_an_unreachable_service_fails_nothing(doctor: Doctor, of: Of, edit: Edit, standin: Standin) -> None:
    edit("dev", f"api_url: {standin.state.base}\n", "api_url: http://127.0.0.1:9\n")
    findings = doctor()

    assert of(findings, "grafana.com") == [
        "unknown  grafana.com: cannot be checked (http://127.0.0.1:9 gives no answer (ConnectionRefusedError))"
    ]
    assert not failed(findings)


def test_a_service_that_hangs_is_given_up_after_the_deadline(
    doctor: Doctor, of: Of, standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resilience.account.doctor.grafana.grafana_com.SECONDS", 0.2)
    Client(standin)("POST", "/_faults", {"match": "GET /api/orgs", "delay": 1})

    assert of(doctor(), "grafana.com") == [
        f"unknown  grafana.com: cannot be checked ({standin.state.base} gives no answer (TimeoutError))"
    ]


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (
            {"match": "GET /api/orgs/acme$", "status": 403},
            (
                "MISSING  grafana.com: the token may not read /api/orgs/acme (403); "
                "give the access policy the scope `orgs:read`"
            ),
        ),
        (
            {"match": "GET /api/v1/accesspolicies", "status": 401},
            (
                "MISSING  grafana.com: the token may not read /api/v1/accesspolicies?region=prod-eu-west-2 (401); "
                "give the access policy the scope `accesspolicies:read`"
            ),
        ),
        (
            {"match": "GET /api/orgs/acme$", "status": 503},
            "unknown  grafana.com: cannot be checked (503 for /api/orgs/acme)",
        ),
    ],
)
def test_a_missing_right_is_named(
    doctor: Doctor, of: Of, standin: Standin, problem: dict[str, object], line: str
) -> None:
    Client(standin)("POST", "/_faults", problem)

    assert line in of(doctor(), "grafana.com")


def test_a_stack_to_adopt_must_exist(doctor: Doctor, of: Of, standin: Standin, stack_slug: str) -> None:
    standin.state.cloud["stacks"].clear()

    assert of(doctor("production"), "grafana stack") == [
        (
            f"MISSING  grafana stack: {stack_slug} is not there (404); "
            "correct grafana.stack, or write `adopt: false` and a `region` to create it"
        )
    ]


def test_a_stack_to_create_needs_room_in_the_plan(doctor: Doctor, of: Of, edit: Edit, standin: Standin) -> None:
    edit("production", "adopt: true", CREATED)
    full = of(doctor("production"), "grafana stack")
    standin.state.cloud["stacks"].clear()

    assert full == [
        (
            "MISSING  grafana stack: the free plan's one stack exists already; "
            "write its slug and `adopt: true` before the first `up`"
        )
    ]
    assert of(doctor("production"), "grafana stack") == ["ok       grafana stack: acme will be created"]


def test_more_members_than_the_plan_allows_are_reported(doctor: Doctor, of: Of, standin: Standin) -> None:
    for number in range(3):
        standin.state.add_member(f"guest-{number}", "Viewer")

    assert of(doctor(), "grafana users") == [
        "MISSING  grafana users: 4 of 3 members of the organisation; remove a member in the Cloud Portal"
    ]


def test_a_wrong_region_is_reported_with_the_right_one(doctor: Doctor, of: Of, edit: Edit, standin: Standin) -> None:
    edit("dev", "      stack: acme\n", "      stack: acme\n      region: prod-eu-west-2\n")
    for stack in standin.state.cloud["stacks"].values():
        stack["regionSlug"] = "prod-us-east-0"

    assert of(doctor(), "grafana stack")[1:] == [
        (
            'MISSING  grafana stack: its region is "prod-us-east-0", not "prod-eu-west-2"; '
            "write `region: prod-us-east-0` under `grafana:`"
        )
    ]


@pytest.mark.parametrize("path", ["instances/acme", "orgs/acme/members"])
def test_a_service_that_fails_is_unknown(doctor: Doctor, standin: Standin, path: str) -> None:
    Client(standin)("POST", "/_faults", {"match": f"GET /api/{path}$", "status": 503})
    findings = doctor()

    assert [one for one in findings if not one.known]
    assert not failed(findings)


def test_who_is_said_to_have_joined_must_be_in_the_organisation(doctor: Doctor, of: Of, standin: Standin) -> None:
    standin.state.cloud["members"].clear()

    assert of(doctor("production"), "grafana users")[1:] == [
        (
            f"MISSING  grafana users: {LOGIN} ({OWNER}) is `joined: true`, but not in the organisation; "
            "invite it in the Cloud Portal and wait until it accepts; leave it out of `team` until then"
        )
    ]


def test_who_is_in_the_organisation_already_must_be_imported_unless_this_program_added_them(
    doctor: Doctor, of: Of, edit: Edit, production: Manifest
) -> None:
    edit("production", "role: Admin, joined: true", "role: Admin, joined: false")
    applied = state_of(production)

    assert of(doctor("production"), "grafana users")[1:] == [
        (
            f"MISSING  grafana users: {LOGIN} ({OWNER}) is `joined: false`, but in the organisation already; "
            "write `joined: true`, which imports it"
        )
    ]
    assert of(doctor("production", FAKE_STATE_production=applied), "grafana users")[1:] == []


@pytest.mark.parametrize(
    ("match", "line"),
    [
        (
            "GET .*/sv0-platform$",
            (
                "MISSING  github: the token gets 404 for /repos/acme/sv0-platform; "
                "give it `Metadata: read` for acme/sv0-platform"
            ),
        ),
        (
            "GET .*/public-key",
            (
                "MISSING  github: the token gets 404 for /repos/acme/sv0-platform/actions/secrets/public-key; "
                "give it `Secrets: read and write` for acme/sv0-platform"
            ),
        ),
        (
            "GET .*/environments",
            (
                "MISSING  github: the token gets 404 for /repos/acme/sv0-platform/environments; "
                "give it `Environments: read and write` for acme/sv0-platform"
            ),
        ),
    ],
)
def test_an_unreachable_repository_is_reported_with_the_permission(
    doctor: Doctor, of: Of, standin: Standin, match: str, line: str
) -> None:
    Client(standin)("POST", "/_faults", {"match": match, "status": 404})

    assert of(doctor(), "github") == [line]


def test_the_repository_of_the_workflows_needs_no_environments(doctor: Doctor, of: Of, standin: Standin) -> None:
    good = of(doctor("production"), "github")[1:]
    Client(standin)("POST", "/_faults", {"match": "GET .*/sv0-resilience$", "status": 404})

    assert good == ["ok       github: the token reaches acme/sv0-resilience and its secrets"]
    findings = doctor("production")

    assert of(findings, "github") == [
        "ok       github: the token reaches acme/sv0-platform and its secrets",
        (
            "MISSING  github: the token gets 404 for /repos/acme/sv0-resilience; "
            "give it `Metadata: read` for acme/sv0-resilience"
        ),
    ]
    assert not [one["path"] for one in standin.requests if one["path"].endswith("sv0-resilience/environments")]


KEY = "PULUMI_ACCESS_TOKEN"
OF_THE_ENVIRONMENT, OF_THE_REPOSITORY = f"GET .*/deploy/secrets/{KEY}$", f"GET .*/actions/secrets/{KEY}$"


@pytest.mark.parametrize(
    ("statuses", "line"),
    [
        ((200, 404), f"ok       deploys: {KEY} is in the environment that only main may use"),
        (
            (404, 404),
            (
                f"MISSING  deploys: {KEY} is not in the environment of main; "
                f"run `gh secret set {KEY} --env deploy --repo acme/sv0-resilience`"
            ),
        ),
        (
            (200, 200),
            (
                f"MISSING  deploys: {KEY} is also a secret of the repository, which every branch can read; "
                f"run `gh secret delete {KEY} --repo acme/sv0-resilience`"
            ),
        ),
        ((403, 404), "unknown  deploys: cannot be checked (the token gets 403 for the environment deploy)"),
    ],
)
def test_where_only_main_may_deploy_the_key_is_in_its_environment_alone(
    doctor: Doctor, standin: Standin, edit: Edit, statuses: tuple[int, int], line: str
) -> None:
    edit("production", "workflows: sv0-resilience", "workflows: sv0-resilience\n      protect_deploys: true")
    for match, status in zip((OF_THE_ENVIRONMENT, OF_THE_REPOSITORY), statuses, strict=True):
        Client(standin)("POST", "/_faults", {"match": match, "status": status})

    assert [str(one) for one in doctor("production") if one.subject == "deploys"] == [line]
    assert any(one["path"].endswith("sv0-resilience/environments") for one in standin.requests)


def test_a_secret_of_the_stack_file_is_decrypted_by_the_engine_and_never_shown(
    doctor: Doctor, standin: Standin, edit: Edit
) -> None:
    edit("dev", "config:\n", "config:\n  grafana:cloudAccessPolicyToken:\n    secure: v1:x:y\n")
    object.__setattr__(standin.state.options, "cloud_tokens", ["CANARY-GRAFANA_CLOUD_TOKEN"])
    findings = doctor()

    assert not failed(findings)
    assert "CANARY" not in as_text(findings) + as_json(findings) + repr(findings)


def test_without_a_token_no_request_is_sent(doctor: Doctor, of: Of, standin: Standin) -> None:
    findings = doctor(GRAFANA_CLOUD_ACCESS_POLICY_TOKEN="", GITHUB_TOKEN="")

    assert standin.requests == []
    assert of(findings, "github") == ["unknown  github: cannot be checked (its token is not set here)"]


def test_every_limit_is_checked_and_those_that_are_exceeded_are_named(
    doctor: Doctor, of: Of, manifests: list[Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = doctor(online=False)
    monkeypatch.setattr("resilience.budget.inputs.declare_all", lambda *_: 4 * manifests)
    many = 4 * len(list(declared_rules(manifests)))

    assert of(good, "limits") == ["ok       limits: all 7 limits of the free plans are kept"]
    assert of(doctor(online=False), "limits") == [
        f"MISSING  limits: {many} of 100 Grafana-managed alert rules; declare fewer",
        (
            "unknown  limits: cannot be checked (291648 of 100000 executions of outside checks a month, "
            "a limit that is only assumed)"
        ),
    ]


@pytest.mark.parametrize(
    ("api_url", "wanted"),
    [
        ("https://api.github.com/", "https://api.github.com"),
        ("https://acme.ghe.com/", "https://acme.ghe.com"),
        ("http://127.0.0.1:80/", "http://127.0.0.1:80/api/v3"),
        ("https://git.acme.example/api/v3/", "https://git.acme.example/api/v3"),
    ],
)
def test_the_base_of_the_rest_api_is_that_of_the_provider(api_url: str, wanted: str) -> None:
    assert address(api_url) == wanted


def test_credentials_in_a_finding_are_hidden_in_text_and_in_json() -> None:
    secret = "glsa_" + 32 * "A" + "_0123abcd"
    found = [Finding("input", good=False, found=f"{secret} is wrong", remedy=f"remove {secret}")]

    assert secret not in as_text(found)
    assert secret not in as_json(found)
    assert json.loads(as_json(found))[0]["subject"] == "input"
