"""The second opinion from outside, on GitHub's runners: standard library only, runs on a bare python3.

It says nothing twice: what was told stands in GitHub issues labelled `incident`. It imports nothing
from the rest of the project, because a runner has no packages and must not wait for them. Left out
on purpose: paging in time. GitHub's cron is no clock (median gap 18 min, worst hours), so the checks
of Grafana Synthetic Monitoring page, and this also sees Grafana itself fail.
"""
