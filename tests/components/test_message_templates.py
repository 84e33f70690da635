"""Message templates: one group, with a `define` for each template that contact points call."""

import re
from collections.abc import Callable

import pulumiverse_grafana as grafana
import pytest

from components import message_templates
from resilience.manifest import Manifest

TEMPLATE = "grafana:alerting/messageTemplate:MessageTemplate"


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest]) -> Manifest:
    return declare_program(
        lambda: message_templates.MessageTemplates("message-templates", grafana.Provider("given-inside", auth="canary"))
    )


def test_declares_one_group_and_nothing_else(manifest: Manifest, listed: Callable[[Manifest], object]) -> None:
    assert listed(manifest) == [
        ("sv0:grafana:MessageTemplates", "message-templates", "sv0-resilience-test"),
        (TEMPLATE, "message-templates-slack", "message-templates"),
    ]


def test_the_group_holds_the_whole_text(manifest: Manifest, named: Callable[..., list[str]]) -> None:
    (template,) = manifest.of_type(TEMPLATE)

    assert template.inputs == {"name": "sv0", "template": message_templates.TEMPLATE}
    assert named([template.provider]) == ["given-inside"]


def test_defines_every_template_that_is_called_because_grafana_wraps_a_text_without_define(manifest: Manifest) -> None:
    text = manifest.of_type(TEMPLATE)[0].inputs["template"]

    assert re.findall(r'define "([^"]+)"', text) == ["sv0.title", "sv0.text", "sv0.unrouted"]


@pytest.mark.parametrize("annotation", ["summary", "user_sees", "promise", "runbook_url", "explore_url", "silence_url"])
def test_a_message_shows_every_annotation_of_a_rule(manifest: Manifest, annotation: str) -> None:
    assert f".Annotations.{annotation} " in manifest.of_type(TEMPLATE)[0].inputs["template"]


def test_a_call_names_its_template() -> None:
    assert message_templates.call("sv0.title") == '{{ template "sv0.title" . }}'
