"""Lints of how a rule is declared: states, durations, uid, labels, route, runbook."""
