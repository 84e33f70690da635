"""Lints of the query of a rule."""
