"""Whether this process is alive (`/healthz`), and whether it can do its work (`/readyz`).

Both are for machines: they need no session and no template, and the logs leave them out.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import structlog
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.lib.redis_clients import sync_client
from media.selectors import heartbeats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

log = structlog.get_logger(__name__)

# A probe that waits longer has usually given up already.
DEADLINE_SECONDS = 1.0
# A check that hangs holds its thread until its own time-out; a few spare ones let the next probes ask again.
_threads = ThreadPoolExecutor(max_workers=9, thread_name_prefix="health")


class NotReadyError(Exception):
    """A part answered, but cannot do its work."""


def check_database() -> None:
    """Ask the database for a row; raises whatever goes wrong."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    finally:
        # This thread's own connection goes back to the pool.
        connection.close()


def check_redis() -> None:
    """Ask Redis for a sign of life; raises whatever goes wrong."""
    sync_client().ping()


def check_relay() -> None:
    """Look for a relay that announced itself lately; raises NotReadyError if there is none, or RedisError."""
    if not heartbeats():
        raise NotReadyError


CHECKS: Mapping[str, Callable[[], None]] = {
    "database": check_database,
    "redis": check_redis,
    "relay": check_relay,
}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers. It depends on nothing, so that a lost database does not restart every process."""
    del request
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say which parts are there: 200 if all are, else 503."""
    del request
    states = run_checks()
    ready = set(states.values()) == {"ok"}
    return JsonResponse({"status": "ok" if ready else "unavailable", "checks": states}, status=200 if ready else 503)


def run_checks() -> dict[str, str]:
    """Run all checks at once and return `ok`, `failed` or `timeout` for each, within the deadline."""
    running = {name: _threads.submit(check) for name, check in CHECKS.items()}
    done, _late = wait(running.values(), timeout=DEADLINE_SECONDS)
    states = {}
    for name, future in running.items():
        error = future.exception() if future in done else TimeoutError()
        states[name] = "ok" if error is None else "timeout" if isinstance(error, TimeoutError) else "failed"
        if error is not None:
            future.cancel()
            # The kind only: a driver's message may hold an address or a name.
            log.warning("not_ready", part=name, error=type(error).__name__)
    return states
