"""What would the declared rules have done on real history? Prometheus and Loki are asked, Grafana is modelled.

The queries are evaluated by the API that holds the history; `resilience/grafana/` decides what Grafana makes of the
answers; routes are matched by a real Alertmanager, and `messages.py` follows its groups, waits and hours.
"""
