"""What is known about log lines: what must not stand in one, and how many the collector lets through."""
