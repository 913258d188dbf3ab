"""`python -m config.embedded run` and `… seed`, as `make run` and `make seed` call them."""

from __future__ import annotations

import sys

from config.embedded.launcher import run, seed
from config.embedded.problem import StartError

COMMANDS = {"run": run, "seed": seed}


def main() -> int:
    try:
        return COMMANDS[sys.argv[1]]()
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
