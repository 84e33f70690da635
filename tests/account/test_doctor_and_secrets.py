"""The doctor and the secrets: empty, mistyped, or not to be decrypted; no value is ever shown."""

import json

import pytest

from resilience.account.doctor import as_json, as_text, failed
from resilience.model.settings import Secret
from tests.account.conftest import Doctor, Edit, Of, decrypted

ALERTS, ID = Secret.SLACK_WEBHOOK_ALERTS, Secret.ACCESS_CLIENT_ID


@pytest.mark.parametrize("value", ["", " \n"])
@pytest.mark.parametrize("secret", [ALERTS, ID])
def test_an_empty_secret_is_missing(doctor: Doctor, of: Of, secret: Secret, value: str) -> None:
    findings = doctor("production", online=False, FAKE_CONFIG=decrypted(**{secret.rpartition(":")[2]: value}))

    assert of(findings, secret) == [
        f"MISSING  {secret}: is empty; run `pulumi config set --secret {secret} --stack production`"
    ]


@pytest.mark.parametrize(
    "value",
    [
        "http://hooks.slack.com/services/T0CANARY/B0CANARY/xCANARY",
        "https://hooks.slack.com/services/T0CANARY/B0CANARY",
        "https://hooks.slack.com/services/T0CANARY/B0CANARY/xCANARY/",
        "https://hooks.slack.com/services/B0CANARY/T0CANARY/xCANARY",
        "hooks.slack.com/services/T0CANARY/B0CANARY/xCANARY",
        "xoxb-CANARY",
        "https://[CANARY",
        "https://hooks.slack.com./services/T0CANARY/B0CANARY/xCANARY",
        "https://HOOKS.slack.com/services/CANARY",
        "https://Hooks.Slack.com./CANARY",
        "https://hooks.slack.com:443/services/T0CANARY/B0CANARY/xCANARY",
        "https://hooks.slack.com:/services/T0CANARY/B0CANARY/xCANARY",
        "https://hooks.slack.com:x/services/T0CANARY/B0CANARY/xCANARY",
        "https://CANARY@hooks.slack.com/services/T0CANARY/B0CANARY/xCANARY",
        "https://u:CANARY@chat.example/hooks",
        "https://chat.example:99999/CANARY",
        "https://chat.example/CANARY#x",
        "https://hooks.slack.com/services/T0CANARY/B0CANARY/xCANARY#",
        " https://hooks.slack.com/services/T0CANARY/B0CANARY/xCANARY",
        "https://hooks.slack.com/services/T0CANARY/B0CANARY/xCANARY\n",
        "https://hooks.slack.com/services/T0CANARY/B0CANARY/\txCANARY",
    ],
)
def test_a_mistyped_webhook_is_reported_without_its_value(doctor: Doctor, of: Of, value: str) -> None:
    findings = doctor("production", online=False, FAKE_CONFIG=decrypted(slackWebhookAlerts=value))

    assert of(findings, ALERTS) == [
        (
            f"MISSING  {ALERTS}: is no address of a Slack webhook; copy the whole address "
            f"https://…/services/T…/B…/… from Slack; run `pulumi config set --secret {ALERTS} --stack production`"
        )
    ]
    assert "CANARY" not in as_text(findings) + as_json(findings) + repr(findings)


def test_the_case_of_slacks_host_does_not_matter(doctor: Doctor, of: Of) -> None:
    value = "https://Hooks.Slack.com/services/T0CANARY/B0CANARY/xCANARY"
    findings = doctor("production", online=False, FAKE_CONFIG=decrypted(slackWebhookAlerts=value))

    assert of(findings, ALERTS) == [f"ok       {ALERTS}: is set"]


def test_another_host_is_accepted_and_mentioned(doctor: Doctor, of: Of) -> None:
    value = "https://chat.example:8443/hooks/CANARY"
    findings = doctor("production", online=False, FAKE_CONFIG=decrypted(slackWebhookAlerts=value))

    assert of(findings, ALERTS) == [
        f"ok       {ALERTS}: is set; its host is not Slack's, so it must be a server that takes Slack's messages"
    ]
    assert not failed(findings)


@pytest.mark.parametrize("secret", [ALERTS, ID])
def test_where_pulumi_cloud_keeps_the_key_no_passphrase_is_named(doctor: Doctor, of: Of, secret: Secret) -> None:
    assert of(doctor("production", online=False, FAKE_CONFIG=""), secret) == [
        f"MISSING  {secret}: cannot be decrypted: Pulumi Cloud rejects it, or gives no answer; run `pulumi login`"
    ]


def test_a_wrong_passphrase_is_named_by_each_secret_that_it_cannot_decrypt(doctor: Doctor, of: Of) -> None:
    who = json.dumps({"user": "ivan", "url": "file:///state"})
    findings = doctor("production", online=False, FAKE_CONFIG="", FAKE_WHO=who, PULUMI_CONFIG_PASSPHRASE="wrong")

    for secret in (ALERTS, ID):
        assert of(findings, secret) == [
            (
                f"MISSING  {secret}: cannot be decrypted: the passphrase is wrong; "
                "set PULUMI_CONFIG_PASSPHRASE from 1Password"
            )
        ]


def test_a_secret_of_another_stack_is_named_alone(doctor: Doctor, of: Of) -> None:
    findings = doctor(online=False, FAKE_CONFIG="", FAKE_READABLE=Secret.ACCESS_CLIENT_SECRET)

    assert of(findings, Secret.ACCESS_CLIENT_SECRET) == [f"ok       {Secret.ACCESS_CLIENT_SECRET}: is set"]
    assert of(findings, ID) == [
        (
            f"MISSING  {ID}: cannot be decrypted, although others can: it was encrypted for another stack; "
            f"run `pulumi config set --secret {ID} --stack dev`"
        )
    ]


@pytest.mark.parametrize("variables", [{"FAKE_WHO": ""}, {"FAKE_STACKS": "[]"}, {"FAKE_STACKS": "nonsense"}])
def test_what_cannot_be_decrypted_yet_is_only_said_to_be_set(doctor: Doctor, of: Of, variables: dict[str, str]) -> None:
    assert of(doctor(online=False, FAKE_CONFIG="", **variables), ID) == [f"ok       {ID}: is set"]


@pytest.mark.parametrize("entry", [5, None, [], {}, {"value": ["CANARY"]}, {"value": 5}])
def test_a_value_that_is_no_text_is_not_taken(doctor: Doctor, of: Of, entry: object) -> None:
    findings = doctor(online=False, FAKE_CONFIG=json.dumps(json.loads(decrypted()) | {ID: entry}))

    assert [line.partition(",")[0] for line in of(findings, ID)] == [f"MISSING  {ID}: cannot be decrypted"]


WATCHDOG = Secret.WATCHDOG_URL
ENCRYPTED = f"config:\n  {WATCHDOG}:\n    secure: v1:x:y\n"


def test_without_a_watchdog_nothing_is_missing_but_what_it_costs_is_said(doctor: Doctor, of: Of) -> None:
    assert of(doctor("production", online=False), WATCHDOG) == [
        (
            f"ok       {WATCHDOG}: is not set, so nobody notices when Grafana itself is silent: the alert `watchdog` "
            f"is left out; run `pulumi config set --secret {WATCHDOG} --stack production`"
        )
    ]
    assert of(doctor("dev", online=False), WATCHDOG) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("https://hc.example/CANARY/sv0-{job}", f"ok       {WATCHDOG}: is set"),
        (
            "https://hc.example/CANARY",
            f"ok       {WATCHDOG}: is set; without {{job}} in it Grafana alone sends signs of life, and no workflow",
        ),
        (
            "http://hc.example/CANARY",
            f"MISSING  {WATCHDOG}: is no https address; run `pulumi config set --secret {WATCHDOG} --stack production`",
        ),
        (
            "",
            f"MISSING  {WATCHDOG}: is empty; run `pulumi config set --secret {WATCHDOG} --stack production`",
        ),
    ],
)
def test_the_address_of_the_watchdog_is_an_https_address(
    doctor: Doctor, of: Of, edit: Edit, value: str, line: str
) -> None:
    edit("production", "config:\n", ENCRYPTED)

    findings = doctor("production", online=False, FAKE_CONFIG=decrypted(watchdogUrl=value))

    assert of(findings, WATCHDOG) == [line]
    assert "CANARY" not in as_text(findings)


EMAILS = Secret.ALERT_EMAILS
NO_LIST = f"MISSING  {EMAILS}: is no list of e-mail addresses with commas between them"


def test_without_a_second_path_nothing_is_missing_but_what_it_costs_is_said(doctor: Doctor, of: Of) -> None:
    assert of(doctor("production", online=False), EMAILS) == [
        (
            f"ok       {EMAILS}: is not set, so a P1 reaches nobody while Slack is down: no e-mail is sent; "
            f"run `pulumi config set --secret {EMAILS} --stack production`"
        )
    ]
    assert of(doctor("dev", online=False), EMAILS) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("CANARY@example.com", f"ok       {EMAILS}: is set"),
        (" CANARY@example.com,b@example.com;\nc+d@mail.example.com ", f"ok       {EMAILS}: is set"),
        ("CANARY", NO_LIST),
        ("CANARY@example.com, ann", NO_LIST),
        ("CANARY@localhost", NO_LIST),
        ("Ann <CANARY@example.com>", NO_LIST),
        (",", NO_LIST),
        ("a@CANARY@example.com", NO_LIST),
    ],
)
def test_the_addresses_of_the_second_path_are_addresses(
    doctor: Doctor, of: Of, edit: Edit, value: str, line: str
) -> None:
    edit("production", "config:\n", f"config:\n  {EMAILS}:\n    secure: v1:x:y\n")

    findings = doctor("production", online=False, FAKE_CONFIG=decrypted(alertEmails=value))

    assert [one.partition("; ")[0] for one in of(findings, EMAILS)] == [line]
    assert "CANARY" not in as_text(findings)
