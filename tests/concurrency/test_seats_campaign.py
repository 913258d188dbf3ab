"""The campaign in small: people buy, processes are killed, webhooks go astray, and afterwards everything fits.

`make campaign-seats` is the large one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[2]
MUST_BE_ZERO = ("oversold", "lost", "unpaid", "miscounted", "ledger", "reconciled", "unfinished", "faults")


def test_nothing_is_oversold_or_lost_while_processes_die() -> None:
    command = [sys.executable, "-m", "tests.campaigns.seats_campaign", "--runs", "1", "--seconds", "6", "--seed", "7"]
    done = subprocess.run(
        [*command, "--web", "3", "--calm", "0.5"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert {name: found[name] for name in MUST_BE_ZERO} == dict.fromkeys(MUST_BE_ZERO, 0), done.stdout
    assert found["attempts"] > 0
    assert found["kills"] > 0
    assert done.returncode == 0
