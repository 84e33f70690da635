"""Real programs (Prometheus, Alertmanager and theirs): found, fetched, started, ended."""
