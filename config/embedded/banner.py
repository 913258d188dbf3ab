"""What a person is told once everything is up, and the waiting for that."""

from __future__ import annotations

import http.client
import time

from config.embedded import demo
from config.embedded.preflight import LOOPBACK, machine_addresses

STEP_SECONDS = 0.05
# A slow machine's very first start compiles and reads a lot.
PATIENCE_SECONDS = 90
# Whoever listens on all addresses answers on the loopback too.
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens by this.


def announce(host: str, port: int, log_folder: str) -> None:
    """Print the banner as soon as the web process answers; say where to look if it does not."""
    asked = LOOPBACK_OF.get(host, host)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        if _answers(asked, port):
            print(banner(host, port), flush=True)
            return
        time.sleep(STEP_SECONDS)
    print(f"Causerie does not answer yet; {log_folder}/web.log says why.", flush=True)


def banner(host: str, port: int) -> str:
    """Return where it is, who may log in, and how to stop it."""
    asked = LOOPBACK_OF.get(host, host)
    shown = f"[{asked}]" if ":" in asked else asked
    people = ", ".join(person.handle for person in demo.PEOPLE if not person.staff)
    staff = ", ".join(person.handle for person in demo.PEOPLE if person.staff)
    lines = ["", f"Causerie is up  http://{shown}:{port}"]
    if host not in LOOPBACK:
        lines += [f"On the network  http://{address}:{port}" for address in machine_addresses()]
    lines += [
        f"Log in as       {people} (staff: {staff}); everybody's password is {demo.PASSWORD}",
        "On a phone      microphones need https: README.md says how",
        "To stop         Ctrl-C",
        "",
    ]
    return "\n".join(lines)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
