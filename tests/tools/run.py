"""`make test`: what can run in parallel in parallel, then, one by one, what starts whole installations and browsers."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.servers.chromium import NoChromiumError, find_chromium

LEFT_OUT = "WARNING: E2E=0, the end-to-end tests did NOT run. Nothing here says that pages work in a browser."
# pytest's own code for "nothing matched".
NO_TESTS = 5


def main() -> int:
    workers = sys.argv[2]
    with_browser = os.environ.get("E2E") != "0"
    if with_browser:
        try:
            find_chromium()
        except NoChromiumError as error:
            print(error, file=sys.stderr)
            return 1
    passed = _pytest("-n", workers, "-m", "not e2e and not embedded")
    one_by_one = "(e2e or embedded) and not firefox" if with_browser else "embedded"
    passed &= _pytest("-m", one_by_one, "tests/embedded", "tests/e2e")
    if not with_browser:
        print(LEFT_OUT)
    return 0 if passed else 1


def _pytest(*arguments: str) -> bool:
    # Importing `config` sets it, and pytest-django would read the settings before the tests' servers run.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], env=environment, check=False)
    return done.returncode in {0, NO_TESTS}


if __name__ == "__main__":
    sys.exit(main())
