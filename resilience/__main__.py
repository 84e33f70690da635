"""`python -m resilience`: the same command without a script on PATH."""

from resilience.cli import main

main()
