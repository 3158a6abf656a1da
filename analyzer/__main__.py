"""`python -m analyzer` is the `banimpact` command."""

from analyzer.cli import main

main()
