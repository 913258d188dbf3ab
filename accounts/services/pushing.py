"""Pushes: each device gets the words encrypted (RFC 8291), through its browser's push service (RFC 8030)."""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from pywebpush import WebPusher
from urllib3.exceptions import HTTPError

from accounts.models import Channel, DeliveryState, NotificationDelivery, PushSubscription
from accounts.notices.kinds import kind_named, words_of
from accounts.notices.push_endpoints import BadEndpointError, post
from accounts.notices.push_keys import can_push, vapid_headers
from accounts.selectors.notifications import unread_count
from accounts.services.delivering import claim, end, give_back, has_time, note_reached, only_wanted, try_again
from accounts.services.devices import forget_devices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Notification
    from accounts.notices.push_endpoints import Answer

log = structlog.get_logger(__name__)

AT_ONCE = 8
# What does not age is kept for a device that is switched off.
LONGEST_TTL = 7 * 86400
TOKEN_SECONDS = 3600
LONGEST_PAUSE = timedelta(hours=1)
# With what encryption adds it stays below the 4096 bytes that every service takes (RFC 8030 section 7.2).
TITLE_LENGTH, TEXT_LENGTH = 120, 300


class Outcome(Enum):
    """What became of a push to one device."""

    REACHED = "reached"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


class Push(NamedTuple):
    """One message for one device, encrypted where it is sent from."""

    delivery: NotificationDelivery
    device: PushSubscription
    payload: str
    headers: dict[str, str]


class Sent(NamedTuple):
    push: Push
    outcome: Outcome
    after: timedelta | None = None


def send_pushes() -> int:
    """Send a batch of what is due to devices; return how many deliveries were claimed."""
    if not can_push():
        return 0
    claimed = claim(Channel.PUSH)
    rows = only_wanted(claimed)
    devices = _devices(rows)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push") as pool:
        for begin in range(0, len(rows), AT_ONCE):
            some = rows[begin : begin + AT_ONCE]
            if not has_time(some[0]):
                for row in rows[begin:]:
                    give_back(row)
                break
            pushes = [push for row in some for push in _pushes(row, devices.get(row.notification.user_id, []))]
            # Only the network waits in threads; what they bring is written down here, as soon as it is there.
            results = [_noted(sent) for sent in pool.map(_send, pushes)]
            for row in some:
                _settle(row, [sent for sent in results if sent.push.delivery is row])
    return len(claimed)


def _devices(rows: list[NotificationDelivery]) -> dict[int, list[PushSubscription]]:
    found: dict[int, list[PushSubscription]] = {}
    for device in PushSubscription.objects.filter(user_id__in={row.notification.user_id for row in rows}):
        found.setdefault(device.user_id, []).append(device)
    return found


def _pushes(row: NotificationDelivery, devices: list[PushSubscription]) -> Iterator[Push]:
    left = [device for device in devices if device.pk not in row.reached]
    if not left:
        return
    notification = row.notification
    with _as_read_by(notification):
        payload = json.dumps(_payload(notification), ensure_ascii=False, separators=(",", ":"))
    lifetime = kind_named(notification.kind).lifetime
    rest = LONGEST_TTL if lifetime is None else (notification.created_at + lifetime - timezone.now()).total_seconds()
    headers = {
        "TTL": str(max(0, int(rest))),
        # What is over soon is worth waking a telephone for (RFC 8030 section 5.3).
        "Urgency": "normal" if lifetime is None else "high",
        # A second sending of the same takes the place of the first (section 5.4: at most 32 characters of base64url).
        "Topic": hashlib.sha256(notification.public_id.encode()).hexdigest()[:32],
    }
    for device in left:
        yield Push(row, device, payload, headers)


def _payload(notification: Notification) -> dict[str, object]:
    words = words_of(notification)
    return {
        "title": _cut(words.title, TITLE_LENGTH),
        "text": _cut(words.text, TEXT_LENGTH),
        "link": reverse("accounts:notification", args=[notification.public_id]),
        "about": notification.link,
        "tag": notification.public_id,
        "lang": translation.get_language(),
        "at": int(notification.created_at.timestamp() * 1000),
        "unread": unread_count(notification.user),
    }


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


@contextmanager
def _as_read_by(notification: Notification) -> Iterator[None]:
    with translation.override(notification.user.language or settings.LANGUAGE_CODE):
        yield


def _send(push: Push) -> Sent:
    """Encrypt and send; it touches no database, for it runs in a thread. It does not raise."""
    device = push.device
    keys = {"p256dh": device.p256dh, "auth": device.auth}
    parts = urlsplit(device.endpoint)
    try:
        body = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(push.payload.encode())["body"]
        signed = vapid_headers(f"{parts.scheme}://{parts.netloc}", int(time.time()) + TOKEN_SECONDS)
        sent = {"Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream"}
        return _judged(push, post(device.endpoint, bytes(body), push.headers | sent | signed))
    except BadEndpointError:
        return Sent(push, Outcome.GONE)
    except (OSError, HTTPError) as error:
        log.info("push_unreached", device=device.public_id, error=type(error).__name__)
        return Sent(push, Outcome.LATER)
    except Exception:
        log.exception("push_failed", device=device.public_id)
        return Sent(push, Outcome.REFUSED)


def _judged(push: Push, answer: Answer) -> Sent:
    """Read the service's answer (RFC 8030 sections 5 and 7.3)."""
    if answer.status in {200, 201, 202, 204}:
        return Sent(push, Outcome.REACHED)
    log.info("push_refused", device=push.device.public_id, status=answer.status)
    if answer.status in {404, 410}:
        return Sent(push, Outcome.GONE)
    if answer.status == 429 or answer.status >= 500:
        return Sent(push, Outcome.LATER, _pause(answer.retry_after))
    return Sent(push, Outcome.REFUSED)


def _pause(retry_after: str) -> timedelta | None:
    """Read seconds or a date (RFC 9110 section 10.2.3); an hour at most."""
    if retry_after.isascii() and retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after[:9]), LONGEST_PAUSE.total_seconds()))
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return min((until if until.tzinfo else until.replace(tzinfo=UTC)) - datetime.now(UTC), LONGEST_PAUSE)


def _noted(sent: Sent) -> Sent:
    if sent.outcome is Outcome.REACHED:
        note_reached(sent.push.delivery, sent.push.device.pk)
    elif sent.outcome is Outcome.GONE:
        forget_devices([sent.push.device.pk])
    return sent


def _settle(row: NotificationDelivery, results: list[Sent]) -> None:
    if any(sent.outcome is Outcome.LATER for sent in results):
        try_again(row, after=max((sent.after for sent in results if sent.after), default=None))
    elif row.reached:
        end(row, DeliveryState.SENT)
    elif any(sent.outcome is Outcome.REFUSED for sent in results):
        end(row, DeliveryState.FAILED)
    else:
        end(row, DeliveryState.DROPPED)
