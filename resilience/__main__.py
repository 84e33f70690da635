"""`python -m resilience`, for those without the script on their PATH."""

from resilience.cli import main

main()
