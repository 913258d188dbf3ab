"""`make lint`: every check that does not run the program, two at a time, silent about what is right."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.tools.node import ROOT, tsc

BIN = Path(sys.executable).parent


def checks() -> dict[str, list[str]]:
    """Return the command of each check; the slowest stand first."""
    python = [sys.executable]
    return {
        "types (mypy)": [str(BIN / "mypy"), "--no-error-summary"],
        "translations": [*python, "-m", "tests.tools.messages", "--check"],
        "templates (djlint)": [str(BIN / "djlint"), "templates", "--lint", "--check", "--quiet"],
        "migrations": [*python, "manage.py", "makemigrations", "--check", "--dry-run"],
        "browser modules (tsc)": [*tsc(), "-p", "."],
        "imports (import-linter)": [str(BIN / "lint-imports"), "--no-cache"],
        "code (ruff)": [str(BIN / "ruff"), "check", "--quiet", "."],
        "form (ruff)": [str(BIN / "ruff"), "format", "--check", "--quiet", "--diff", "."],
    }


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="causerie-lint-") as var:
        environment = os.environ | {"CAUSERIE_ENV": "embedded", "VAR_DIR": var, "NO_COLOR": "1"}

        def run(command: list[str]) -> subprocess.CompletedProcess[str]:
            return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

        wanted = checks()
        with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
            done = dict(zip(wanted, pool.map(run, wanted.values()), strict=True))
    failed = {name: result for name, result in done.items() if result.returncode != 0}
    for name, result in failed.items():
        print(f"— {name}\n{result.stdout}{result.stderr}")
    print(f"lint: {', '.join(failed)}: see above" if failed else "lint: all well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
