"""Scenarios and boundaries in virtual time: samples in one Prometheus, asked minute by minute."""
