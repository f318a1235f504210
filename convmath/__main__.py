"""python -m convmath."""

import sys

from convmath.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
