"""Messages as they arrived: read, compared with what was expected, counted, shown."""
