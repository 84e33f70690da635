"""What a message of an urgent tier has beside the others': a mention in Slack, and an e-mail.

The mention is part of the text, because Grafana's own setting (`mention_channel`) also mentions when an alert ends
(docs/adr/0017-watchdog-and-second-path.md). An e-mail has no markup; Grafana escapes it for its HTML part.
"""

from resilience.model.catalogue import Routing

TEXT = "sv0.urgent.text"
MAIL_SUBJECT = "sv0.mail.subject"
MAIL_TEXT = "sv0.mail.text"

# - A sound is for a beginning: something fires that began after all that ended, or nothing ended. So neither the end
#   of one of two alerts nor that of both makes one; a repetition does.
# - The subject is all that a phone shows: tier, environment, what is broken, and whether it is over.
TEMPLATE = r"""
{{ define "sv0.urgent.text" }}{{ template "sv0.mention" . }}{{ template "sv0.text" . }}{{ end }}

{{ define "sv0.mention" }}{{ $news := false }}{{ range .Alerts.Firing }}{{ $began := .StartsAt }}{{ $last := true }}\
{{ range $.Alerts.Resolved }}{{ if $began.Before .EndsAt }}{{ $last = false }}{{ end }}{{ end }}\
{{ if $last }}{{ $news = true }}{{ end }}{{ end }}{{ if $news }}@mentions@{{ end }}{{ end }}

{{ define "sv0.mail.subject" -}}
{{ if eq .Status "resolved" }}{{ template "sv0.ended" . }} {{ end }}\
{{ template "sv0.plain" (or .CommonLabels.tier "Alert") }} {{ template "sv0.environment" . }}: \
{{ template "sv0.names" . }}
{{- end }}

{{ define "sv0.mail.text" -}}
{{ range $index, $alert := .Alerts.Firing }}{{ if lt $index 8 }}\
FIRING {{ template "sv0.plain" .Labels.alertname }}: {{ template "sv0.plain" .Annotations.summary }} \
Since {{ .StartsAt.UTC.Format "Jan 2 15:04 UTC" }}.
Impact: {{ template "sv0.plain" .Annotations.impact }}
Response: {{ template "sv0.plain" .Annotations.response }}
Runbook: {{ template "sv0.plain" .Annotations.runbook_url }}

{{ end }}{{ end }}{{ template "sv0.more" (len .Alerts.Firing) -}}
{{ range $index, $alert := .Alerts.Resolved }}{{ if lt $index 8 }}\
ENDED {{ template "sv0.plain" .Labels.alertname }}: \
{{ if not (match "@ordinary@" (print .Annotations.grafana_state_reason "/" .Annotations.no_data_means)) }}\
This is no recovery ({{ template "sv0.plain" .Annotations.grafana_state_reason }}), check whether the fault is over. \
{{ end }}It fired for {{ template "sv0.lasted" . }}, and said: {{ template "sv0.plain" .Annotations.summary }}
Verify recovery: {{ template "sv0.plain" .Annotations.runbook_url }}#how-to-verify-recovery

{{ end }}{{ end }}{{ template "sv0.more" (len .Alerts.Resolved) -}}
{{ template "sv0.where" . }}
{{- end }}

{{ define "sv0.plain" }}{{ reReplaceAll "\\s+" " " . | printf "%.200s" }}{{ end }}
"""


def mentions(routing: Routing) -> str:
    """A template that mentions whom the tier of a message mentions, in its first line: Slack shows five."""
    return "".join(
        f'{{{{ if eq .CommonLabels.tier "{tier}" }}}}{route.slack_mention} {{{{ end }}}}'
        for tier, route in routing.tiers.items()
        if route.mention
    )
