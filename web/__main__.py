"""`python -m web` is `minhu`."""

from web.cli import main

main()
