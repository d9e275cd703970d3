"""`python -m promptpress`: the command line."""

import sys

from promptpress.cli import main

if __name__ == "__main__":
    sys.exit(main())
