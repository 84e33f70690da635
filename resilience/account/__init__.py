"""What exists in the accounts (Grafana, GitHub, Pulumi), and what is missing there for a real `pulumi up`?"""
