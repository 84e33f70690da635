"""What is really there: in the Grafana, GitHub and Pulumi accounts, beside what is declared."""
