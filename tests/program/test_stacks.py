"""The whole program: exactly what each stack declares, and which stack owns what a Grafana has only once."""

import json
import runpy
from collections.abc import Callable, Iterable

import pytest

from resilience.manifest import Manifest, record, types
from resilience.manifest.display import as_json
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.settings import SETTINGS_KEY, Secret, StackSettings
from tests.stack_files import settings_of

TOKENS = [f"GRAFANA_CLOUD_{kind}_{part}" for kind in ("LOKI", "PROM") for part in ("TOKEN", "URL", "USER")]
WEBHOOKS = ("SLACK_WEBHOOK_ALERTS", "SLACK_WEBHOOK_DEPLOYS")
OF_OURS = ("CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET", "WATCHDOG_URL")
OWNERS = Catalogue.load().owners
LOGINS = [owner.login for owner in OWNERS.values()]

OF_EACH_ENVIRONMENT = {
    ("sv0:grafana:AlertRules", "alert-rules"),
    (types.FOLDER, "alert-rules-folder"),
    ("sv0:github:Secrets", "github-secrets"),
    *((types.ENVIRONMENT_SECRET, f"github-secrets-infra-{name}") for name in TOKENS),
    (types.REPOSITORY_ENVIRONMENT, "github-secrets-infra-environment"),
    ("sv0:grafana:Access", "grafana-access"),
    (types.SERVICE_ACCOUNT, "grafana-access-account"),
    (types.SERVICE_ACCOUNT_TOKEN, "grafana-access-token"),
    ("pulumi:providers:grafana", "grafana-access-provider"),
    ("sv0:grafana:Stack", "grafana-stack"),
    ("sv0:platform:Providers", "providers"),
    ("pulumi:providers:grafana", "providers-cloud"),
    ("pulumi:providers:github", "providers-github"),
    ("sv0:grafana:TelemetryAccess", "telemetry-access"),
    (types.ACCESS_POLICY, "telemetry-access-policy"),
    (types.ROTATING_TOKEN, "telemetry-access-token"),
    ("sv0:grafana:UptimeChecks", "uptime-checks"),
    ("pulumi:providers:grafana", "uptime-checks-provider"),
    (types.CHECK, "uptime-checks-ready"),
}
OF_PRODUCTION_ALONE = {
    (types.STACK, "grafana-stack-stack"),
    *((types.ACTIONS_SECRET, f"github-secrets-infra-{name}") for name in WEBHOOKS),
    *((types.ACTIONS_SECRET, f"github-secrets-resilience-{name}") for name in (*WEBHOOKS, *OF_OURS)),
    ("sv0:platform:Shared", "shared"),
    ("sv0:grafana:BusinessHours", "business-hours"),
    *((types.MUTE_TIMING, f"business-hours-{name}") for name in OWNERS),
    ("sv0:grafana:ContactPoints", "contact-points"),
    (types.CONTACT_POINT, "contact-points-alerts"),
    (types.CONTACT_POINT, "contact-points-alerts-p1"),
    (types.CONTACT_POINT, "contact-points-deploys"),
    (types.CONTACT_POINT, "contact-points-unrouted"),
    (types.CONTACT_POINT, "contact-points-watchdog"),
    ("sv0:grafana:MessageTemplates", "message-templates"),
    (types.MESSAGE_TEMPLATE, "message-templates-slack"),
    ("sv0:grafana:NotificationPolicy", "notification-policy"),
    (types.NOTIFICATION_POLICY, "notification-policy-tree"),
    ("sv0:grafana:Team", "team"),
    *((types.ORG_MEMBER, f"team-{login}") for login in LOGINS),
    ("sv0:grafana:ChecksInstallation", "outside-checks"),
    (types.ACCESS_POLICY_TOKEN, "outside-checks-publisher"),
    (types.INSTALLATION, "outside-checks-installation"),
}
OF_PRODUCTION_AS_IT_IS = {
    (types.ACCESS_POLICY, "outside-checks-policy"),
    (types.CHECK, "uptime-checks-data"),
}
SINGLETONS = {type_ for type_, _ in OF_PRODUCTION_ALONE if not type_.startswith("sv0:")}


def groups(environment: str) -> set[tuple[str, str]]:
    """A rule group for each alert of this environment."""
    alerts = Catalogue.load().alerts
    return {(types.RULE_GROUP, f"alert-rules-{one.id}") for one in alerts if one.is_for(environment)}


def declared(manifest: Manifest) -> list[tuple[str, str]]:
    return sorted((resource.type, resource.name) for resource in manifest.resources)


def test_production_declares_exactly_its_own_and_what_is_shared(production: Manifest) -> None:
    own = OF_EACH_ENVIRONMENT | OF_PRODUCTION_ALONE | OF_PRODUCTION_AS_IT_IS
    assert declared(production) == sorted(own | groups("production"))


def test_dev_declares_exactly_its_own(dev: Manifest) -> None:
    assert declared(dev) == sorted(OF_EACH_ENVIRONMENT | groups("dev"))


def test_a_third_environment_is_one_new_file_and_no_code(a_third_stack: Manifest) -> None:
    assert declared(a_third_stack) == sorted(OF_EACH_ENVIRONMENT | groups("staging"))


def test_only_production_owns_what_a_grafana_has_once(
    production: Manifest, dev: Manifest, a_third_stack: Manifest
) -> None:
    assert {resource.type for resource in production.resources} >= SINGLETONS
    assert not SINGLETONS & {resource.type for one in (dev, a_third_stack) for resource in one.resources}


def test_environments_share_no_uid_and_no_name_in_grafana(
    production: Manifest, dev: Manifest, a_third_stack: Manifest
) -> None:
    uids = [uid for one in (production, dev, a_third_stack) for uid in identities(one)]

    assert sorted(uids) == sorted(set(uids))


def identities(manifest: Manifest) -> Iterable[str]:
    """Everything by which Grafana or grafana.com identifies a resource."""
    yield from (one.inputs["uid"] for one in manifest.of_type(types.FOLDER))
    yield from (rule["uid"] for group in manifest.of_type(types.RULE_GROUP) for rule in group.inputs["rules"])
    yield from (one.inputs["job"] for one in manifest.of_type(types.CHECK))
    for type_ in ("cloud/stackServiceAccount:StackServiceAccount", "cloud/accessPolicy:AccessPolicy"):
        yield from (one.inputs["name"] for one in manifest.of_type(f"grafana:{type_}"))


def test_every_rule_has_the_label_of_its_environment(
    production: Manifest, dev: Manifest, a_third_stack: Manifest
) -> None:
    labels = {
        (one.stack, rule["labels"]["environment"])
        for one in (production, dev, a_third_stack)
        for group in one.of_type(types.RULE_GROUP)
        for rule in group.inputs["rules"]
    }

    assert labels == {("production", "production"), ("dev", "dev"), ("staging", "staging")}


def test_every_resource_has_an_explicit_provider(
    production: Manifest, dev: Manifest, named: Callable[[Iterable[str]], list[str]]
) -> None:
    providers = {
        (resource.type.partition("/")[0], *named([resource.provider]))
        for one in (production, dev)
        for resource in one.resources
        if resource.custom
    }

    assert providers == {
        ("github:index", "providers-github"),
        ("grafana:alerting", "grafana-access-provider"),
        ("grafana:cloud", "providers-cloud"),
        ("grafana:oss", "grafana-access-provider"),
        ("grafana:syntheticMonitoring", "providers-cloud"),
        ("grafana:syntheticMonitoring", "uptime-checks-provider"),
    }


def test_only_the_stack_and_its_administrator_are_protected(production: Manifest, dev: Manifest) -> None:
    protected = [resource.name for one in (production, dev) for resource in one.resources if resource.protect]

    assert protected == ["grafana-stack-stack", f"team-{LOGINS[0]}"]


@pytest.mark.parametrize(("name", "suffix"), [("production", ""), ("dev", "_DEV")])
def test_on_a_free_plan_secrets_of_all_environments_share_a_repository_without_a_clash(
    declare_own: Callable[..., Manifest], name: str, suffix: str
) -> None:
    manifest = declare_own(name, github={"secret_scope": "repository"})
    secrets = manifest.of_type(types.ACTIONS_SECRET)
    telemetry = [one.inputs["secretName"] for one in secrets if one.inputs["secretName"] not in (*WEBHOOKS, *OF_OURS)]

    assert telemetry == [f"{token}{suffix}" for token in TOKENS]
    assert not [one.type for one in manifest.resources if "nvironment" in one.type]


@pytest.mark.parametrize("stack", ["production", "dev"])
def test_without_outside_checks_nothing_of_them_is_declared(declare_own: Callable[..., Manifest], stack: str) -> None:
    declared = declare_own(stack, uptime={"url": "https://app.example.com", "outside": False})

    assert declared.of_type(types.CHECK) == []
    assert [one.name for one in declared.resources if one.name.startswith("uptime-checks")] == []
    # The other stacks may still have checks, or must delete them: docs/adr/0005-eyes-from-outside.md.
    assert ("checks_token" in declared.outputs) == (stack == "production")
    names = [rule["labels"]["alert_id"] for one in declared.of_type(types.RULE_GROUP) for rule in one.inputs["rules"]]
    assert {"production-unreachable", "dev-unreachable", "smoke-test-failing"} & set(names) == set()
    # It reads the collector's token too.
    assert "credential-expiring" in names


@pytest.mark.parametrize("stack", ["production", "dev"])
def test_without_outside_checks_their_secrets_are_not_required(
    good_settings: Callable[..., StackSettings], stack: str
) -> None:
    settings = good_settings(environment=stack)
    without = settings.model_copy(update={"uptime": settings.uptime.model_copy(update={"outside": False})})
    left = set(settings.required_secrets()) - set(without.required_secrets())

    assert left == {Secret.ACCESS_CLIENT_ID, Secret.ACCESS_CLIENT_SECRET}


def recorded_without(left_out: Secret) -> Manifest:
    """What the program declares for production if this secret is not set."""
    return record(
        "production",
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        {SETTINGS_KEY: json.dumps(settings_of("production"))}
        | {secret: "canary" for secret in Secret if secret is not left_out},
        list(Secret),
    )


def test_without_its_address_nothing_of_the_watchdog_is_declared(production: Manifest) -> None:
    without = recorded_without(Secret.WATCHDOG_URL)

    gone = {
        (types.CONTACT_POINT, "contact-points-watchdog"),
        (types.RULE_GROUP, "alert-rules-watchdog"),
        (types.ACTIONS_SECRET, "github-secrets-resilience-WATCHDOG_URL"),
    }
    assert gone <= set(declared(production))
    assert not gone & set(declared(without))
    assert "watchdog" not in as_json([without])


def test_without_addresses_a_p1_has_its_mention_and_no_email(production: Manifest) -> None:
    without = recorded_without(Secret.ALERT_EMAILS)

    points = [
        {one.name: "emails" in one.inputs for one in of.of_type(types.CONTACT_POINT)} for of in (production, without)
    ]
    assert [one["contact-points-alerts-p1"] for one in points] == [True, False]
    assert [sum(one.values()) for one in points] == [1, 0]


def test_other_environments_have_no_email(dev: Manifest, a_third_stack: Manifest) -> None:
    assert "email" not in as_json([dev, a_third_stack])


def test_another_environment_ignores_the_address_of_the_watchdog(dev: Manifest, a_third_stack: Manifest) -> None:
    assert "watchdog" not in as_json([dev, a_third_stack])
