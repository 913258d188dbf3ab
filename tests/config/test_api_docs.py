"""Each command of docs/api.md is run as it stands there, by a shell, against a running server."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from accounts.enums import TokenScope
from accounts.services.tokens import make_token
from tests.factories.topics import topic

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder with a `curl`: not every machine has one, and ours knows no more options than the page uses."""
    ours = tmp_path / "curl"
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("curl.py")}" "$@"\n')
    ours.chmod(0o755)
    return tmp_path


def run(command: str, known: dict[str, str], tools: Path) -> tuple[int, Any]:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} -w '\\n%{{http_code}}'"],
        env={"PATH": f"{tools}:{os.environ['PATH']}", **known},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body) if body else None


def test_curl_that_the_page_does_not_use_is_refused(tools: Path) -> None:
    """The control: an option that is not understood is not passed over."""
    done = subprocess.run([tools / "curl", "--fail", "http://localhost"], capture_output=True, check=False, timeout=60)
    assert done.returncode == 2


def test_every_command_does_what_is_said_beside_it(live_server: Any, ines: User, tools: Path) -> None:
    topic("sea")
    known = {
        "SITE": live_server.url,
        "KEY": make_token(ines, name="Docs", scope=TokenScope.WRITE, days=1).text,
        "NUMBER": secrets.token_hex(4),
        "DAY": (datetime.now(UTC) + timedelta(days=2)).date().isoformat(),
    }
    found = []
    for command in commands():
        status, body = run(command, known, tools)
        found.append((status, body.get("state") if body else None))
        if body and "version" in body:
            known |= {"ID": body["id"], "VERSION": body["version"]}
    assert found == [
        (200, None),
        (200, None),
        (201, "scheduled"),
        (200, None),
        (200, "scheduled"),
        (200, "open"),
        (200, "live"),
        (200, None),
        (200, None),
        (204, None),
        (201, "ready"),
        (201, None),
        (200, None),
        (200, "live"),
        (200, "ended"),
        (200, None),
    ]
