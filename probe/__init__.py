"""The external health probe: GitHub Actions runs it, it checks the platform from outside and reports incidents.

It uses only the standard library and imports nothing else of this project, because a runner has a bare python3.
It does not page, because GitHub's cron runs late (median gap 18 min, worst hours): Grafana's checks page, and the
probe names the cause and still works when Grafana does not.
"""
