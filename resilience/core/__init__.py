"""What everything stands on: problems with their places, YAML and text, files, durations."""
