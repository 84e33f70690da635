"""Finds, fetches, starts and ends real programs: Prometheus, Alertmanager and their tools."""
