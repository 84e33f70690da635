"""How bad input is reported, and how YAML, files, durations, HTTP redirects and text are handled: the base of all."""
