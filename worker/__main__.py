"""`python -m worker` is `followthrough`."""

from worker.cli import main

main()
