"""Providers: addresses, tokens and retries are all stated, so that variables of the shell cannot change them."""

from collections.abc import Callable

import pulumi
import pytest

from components.configuration import Configuration
from components.providers import Providers, ProvidersArgs
from resilience.manifest import Manifest
from resilience.model.catalogue import Catalogue
from resilience.model.settings import Secret, StackSettings

CLOUD, GITHUB = "pulumi:providers:grafana", "pulumi:providers:github"


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest]) -> Manifest:
    def program() -> None:
        Providers(
            "providers",
            ProvidersArgs(
                grafana_url="http://127.0.0.1:1",
                grafana_token=pulumi.Output.secret("glc-canary"),
                github_url="http://127.0.0.1:2/",
                github_owner="acme",
                github_token=pulumi.Output.secret("ghp-canary"),
                retries=4,
            ),
        )

    return declare_program(program)


def test_declares_one_provider_for_grafana_com_and_one_for_github(
    manifest: Manifest, listed: Callable[[Manifest], object]
) -> None:
    assert listed(manifest) == [
        ("sv0:platform:Providers", "providers", "sv0-resilience-test"),
        (CLOUD, "providers-cloud", "providers"),
        (GITHUB, "providers-github", "providers"),
    ]


def test_states_address_credential_and_retries_of_grafana_com(manifest: Manifest) -> None:
    assert manifest.of_type(CLOUD)[0].inputs == {
        "cloudAccessPolicyToken": "[secret]",
        "cloudApiUrl": "http://127.0.0.1:1",
        "retries": "4",
    }


def test_states_address_owner_credential_and_retries_of_github(manifest: Manifest) -> None:
    assert manifest.of_type(GITHUB)[0].inputs == {
        "baseUrl": "http://127.0.0.1:2/",
        "owner": "acme",
        "token": "[secret]",
        "maxRetries": "4",
    }


def test_keeps_both_tokens_secret(manifest: Manifest) -> None:
    secrets = {resource.name: resource.secrets for resource in manifest.resources if resource.secrets}

    assert secrets == {"providers-cloud": ("cloudAccessPolicyToken",), "providers-github": ("token",)}


def test_takes_everything_from_the_configuration(
    declare_program: Callable[..., Manifest],
    good_settings: Callable[..., StackSettings],
    good_catalogue: Callable[..., Catalogue],
) -> None:
    settings = good_settings(
        retries=7, grafana={"api_url": "http://127.0.0.1:3"}, github={"api_url": "http://127.0.0.1:4/"}
    )

    def program() -> None:
        secrets = {secret: pulumi.Output.secret(f"{secret}-canary") for secret in Secret}
        Providers("providers", ProvidersArgs.of(Configuration(settings, good_catalogue(), secrets)))

    cloud, hub = (declare_program(program).of_type(kind)[0].inputs for kind in (CLOUD, GITHUB))

    assert (cloud["cloudApiUrl"], cloud["retries"]) == ("http://127.0.0.1:3", "7")
    assert (hub["baseUrl"], hub["owner"], hub["maxRetries"]) == ("http://127.0.0.1:4/", "acme", "7")
