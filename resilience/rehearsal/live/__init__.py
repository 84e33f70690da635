"""Scenarios on running programs, with scaled time, until Slack is notified."""
