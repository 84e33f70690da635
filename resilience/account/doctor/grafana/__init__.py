"""grafana.com and the Grafana stack, as far as the tokens reach."""
