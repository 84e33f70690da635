"""The text of a Slack message, once for all contact points.

Only what Grafana and Alertmanager both know is used, so that a rehearsal shows the very text.
"""

import pulumi
import pulumiverse_grafana as grafana

TITLE = "sv0.title"
TEXT = "sv0.text"
UNROUTED = "sv0.unrouted"

# Without `define` Grafana wraps the text itself, and every preview shows a difference.
TEMPLATE = """\
{{ define "sv0.title" -}}
{{ if eq .Status "resolved" }}Resolved{{ else }}{{ .CommonLabels.tier }}{{ end }} \
{{ .CommonLabels.environment }}: {{ .CommonLabels.alertname }}\
{{ if gt (len .Alerts) 1 }} ({{ len .Alerts }}){{ end }}
{{- end }}
{{ define "sv0.text" -}}
{{ range .Alerts }}{{ if eq .Status "resolved" -}}
:white_check_mark: Over: {{ .Annotations.summary }}
From {{ .StartsAt.UTC.Format "2006-01-02 15:04" }} to {{ .EndsAt.UTC.Format "15:04 UTC" }}.
{{ else -}}
:rotating_light: *{{ .Annotations.summary }}*
Since {{ .StartsAt.UTC.Format "2006-01-02 15:04 UTC" }}. {{ .Annotations.user_sees }}
{{ .Labels.owner }} · {{ .Annotations.promise }}
<{{ .Annotations.runbook_url }}|Runbook> · <{{ .Annotations.explore_url }}|Explore> · \
<{{ .Annotations.silence_url }}|Silence>
{{ end }}{{ end }}
{{- end }}
{{ define "sv0.unrouted" }}No route matches: {{ template "sv0.title" . }}{{ end }}
"""


def call(template: str) -> str:
    """The text of a message field that shows a template."""
    return f'{{{{ template "{template}" . }}}}'


class MessageTemplates(pulumi.ComponentResource):
    """The group of templates that contact points call by name."""

    group: grafana.alerting.MessageTemplate

    def __init__(self, name: str, provider: grafana.Provider, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the templates."""
        super().__init__("sv0:grafana:MessageTemplates", name, None, opts)
        self.group = grafana.alerting.MessageTemplate(
            f"{name}-slack",
            name="sv0",
            template=TEMPLATE,
            opts=pulumi.ResourceOptions(parent=self, provider=provider),
        )
        self.register_outputs({})
