"""What talks to grafana.com, Grafana and GitHub, or needs what they answer."""
