"""Lints of what a rule asks."""
