"""`/metrics` for Prometheus: what this web process counted, and what it reads of rooms, relays and queues then."""

from __future__ import annotations

import hmac
import ipaddress
import time
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from accounts.selectors.notifications import outbox
from config.lib.metrics import REQUEST_SECONDS, Frames
from config.lib.redis_clients import sync_client
from media.gateway import keys
from media.selectors import heartbeats, live_session_counts
from media.services.receipts import UNREADABLE, counts_key
from rooms.hub.hub import totals
from rooms.selectors import live_room_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.http import HttpRequest
    from prometheus_client.metrics_core import Metric

log = structlog.get_logger(__name__)

# Whoever comes through a proxy comes from its address, so an address alone proves nothing then.
PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CELERY_QUEUE = "celery"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give everything to whoever may know it; nobody else learns that it is here."""
    if not may_read(request):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Say whether a request has the token or, where none is set, comes from this machine without a proxy between."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class MetricsMiddleware:
    """Measures each request by the name of its view: addresses are without number, names are few."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.view_name if match else "") or "none"
        method = request.method if request.method in METHODS else "other"
        REQUEST_SECONDS.labels(view, method, f"{response.status_code // 100}xx").observe(time.monotonic() - began)
        return response


class Readings(Collector):
    """What is read at the moment when somebody asks. A part that does not answer is left out and named."""

    def describe(self) -> Iterable[Metric]:
        """Say no names in advance: the registry would otherwise ask the database while it is being imported."""
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("causerie_readable", "1 if this part could be read just now.", labels=["part"])
        for part, read in PARTS.items():
            try:
                found = list(read())
            except (DatabaseError, RedisError) as error:
                log.warning("metrics_unreadable", part=part, error=type(error).__name__)
                up.add_metric([part], 0)
                continue
            up.add_metric([part], 1)
            yield from found
        yield up


def read_hub() -> Iterator[Metric]:
    """Return what this process has in its memory."""
    found = totals()
    yield _gauge("sockets", "Sockets of this process.", found.sockets)
    yield _gauge("hub_rooms", "Rooms that this process follows.", found.rooms)
    yield _gauge(
        "people",
        "People with an account who are connected to this process; in two rooms they count twice.",
        found.people,
    )
    yield _gauge("guests", "Guests who are connected to this process.", found.guests)
    yield CounterMetricFamily("causerie_frames_sent", "Frames written to sockets by this process.", value=Frames.sent)


def read_rows() -> Iterator[Metric]:
    """Return what the database knows: the same from every process."""
    yield _gauge("rooms_live", "Rooms that are open.", live_room_count())
    sessions = GaugeMetricFamily(
        "causerie_media_sessions", "Media sessions that live, by kind and state.", labels=["kind", "state"]
    )
    for (kind, state), number in live_session_counts().items():
        sessions.add_metric([kind, state], number)
    yield sessions
    late = GaugeMetricFamily("causerie_outbox", "Letters and pushes that should have left by now.", labels=["channel"])
    age = GaugeMetricFamily("causerie_outbox_seconds", "For how long the oldest of them waits.", labels=["channel"])
    for channel, found in outbox().items():
        late.add_metric([channel], found.waiting)
        age.add_metric([channel], found.oldest_seconds)
    yield from (late, age)


def read_relays() -> Iterator[Metric]:
    """Return who of the relays lives, and how loaded they are (1 takes nobody more)."""
    found = heartbeats()
    yield _gauge("relays", "Relays that live.", len(found))
    load = GaugeMetricFamily("causerie_relay_load", "A relay's load; at 1 it takes nobody more.", labels=["relay"])
    for relay in found:
        load.add_metric([relay.relay], relay.load)
    yield load


def read_queues() -> Iterator[Metric]:
    """Return what waits for the jobs."""
    client: Any = sync_client()
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    yield _gauge("celery_queue", "Jobs that wait.", client.llen(f"{prefix}{CELERY_QUEUE}"))
    yield _gauge("receipts_waiting", "Receipts that wait to be written down.", client.xlen(keys().receipts))
    unreadable = int(client.hget(counts_key(), UNREADABLE) or 0)
    yield CounterMetricFamily("causerie_receipts_unreadable", "Receipts that were dropped.", value=unreadable)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"causerie_{name}", words, value=value)


PARTS: dict[str, Callable[[], Iterator[Metric]]] = {
    "hub": read_hub,
    "rows": read_rows,
    "relays": read_relays,
    "queues": read_queues,
}
REGISTRY.register(Readings())
