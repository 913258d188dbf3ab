"""Become another program once the web process answers: what nobody waits for must not slow the start.

Started by its path (`python when_up.py program …`) and therefore alone in its file: importing the package would load
Celery.
"""

from __future__ import annotations

import http.client
import os
import sys
import time

STEP_SECONDS = 0.2
# Whoever listens on all addresses answers on the loopback too.
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens by this.


def answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> None:
    host, port = os.environ["HOST"], int(os.environ["PORT"])
    while not answers(LOOPBACK_OF.get(host, host), port):
        time.sleep(STEP_SECONDS)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
