"""The campaigns in small: people buy, processes are killed, webhooks go astray, and afterwards everything fits.

`make campaign-seats` and `make campaign-site` are the large ones; test_seats_verdict has what their verdict notices.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaigns.site_programs import ENDED, Program, command_of, fault_in

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[2]
MUST_BE_ZERO = ("oversold", "lost", "unpaid", "miscounted", "ledger", "reconciled", "unfinished", "faults")


# With these seeds each of them dies soon.
@pytest.mark.parametrize(
    ("options", "died"),
    [
        pytest.param("--seconds 6 --web 3 --calm 0.5 --seed 7", ("web", "jobs", "life"), id="services"),
        pytest.param("--site --seconds 10 --web 3 --calm 2 --seed 46", ("web", "jobs", "beat"), id="site"),
    ],
)
def test_nothing_is_oversold_or_lost_while_processes_die(options: str, died: tuple[str, ...]) -> None:
    done = one_run(options)
    found = json.loads(done.stdout.splitlines()[-1])
    assert {name: found[name] for name in MUST_BE_ZERO} == dict.fromkeys(MUST_BE_ZERO, 0), done.stdout
    assert found["attempts"] > 0
    assert [name for name in died if not found.get(f"kills_{name}")] == []
    assert done.returncode == 0


def test_without_jobs_the_site_settles_nothing_and_that_is_noticed() -> None:
    """The control: browsers and Daphne alone leave money and seats behind, so it is the programs that settle them."""
    done = one_run("--site --without jobs --seconds 10 --web 3 --calm 2 --seed 46")
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["unfinished"] > 0, found["oversold"], found["miscounted"]) == (True, 0, 0), done.stdout
    assert done.returncode == 1


def one_run(options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.campaigns.seats_campaign", "--runs", "1", *options.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done


def test_the_site_is_started_as_by_make_run() -> None:
    assert command_of("web", {"HOST": "127.0.0.1", "PORT": "8123"})[:7] == [
        "daphne", "-v", "0", "-b", "127.0.0.1", "-p", "8123"
    ]  # fmt: skip
    assert command_of("beat", {}) == ["nice", "-n", "5", "celery", "--quiet", "-A", "config", "beat"]


def test_a_program_that_ends_by_itself_is_a_fault(tmp_path: Path) -> None:
    log = tmp_path / "jobs.log"
    for code in ("raise SystemExit(3)", "input()"):
        program = Program([sys.executable, "-c", f"print('up'); {code}"], os.environ, log)
        program.join()
        program.kill()
    lives = Program([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"], os.environ, log)
    lives.kill()
    lives.join()
    faults = [found for line in log.read_text().splitlines() if (found := fault_in(line))]
    assert faults == [f"{ENDED}: jobs, with 3", "EOFError: EOF when reading a line", f"{ENDED}: jobs, with 1"]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"event": "stripe_refused", "level": "error"}, ""),
        ({"event": "refund_not_sent", "exception": "…\nticketing.errors.PaymentRefusedError: error"}, ""),
        ({"event": "hold_not_ended", "exception": "…\nKeyError: 'x'"}, "hold_not_ended: KeyError: 'x'"),
    ],
)
def test_what_a_program_logs_is_a_fault_unless_stripe_refused_it(said: dict[str, str], fault: str) -> None:
    assert fault_in(json.dumps(said)) == fault
