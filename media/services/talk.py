"""Write down what relays say of their speakers: for how long they talked. Read as often and in whichever order, the
books end up the same: a number there only grows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from media.models import SpeakingReceipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from media.relay.messages import TalkReceipt


def store_talk(receipts: Iterable[TalkReceipt]) -> None:
    """Raise the numbers in the books to those of the receipts, where these are higher."""
    # The last of equals is enough; sorted, so that two jobs never wait for each other crosswise.
    highest = {
        (one.session, one.incarnation): one for one in sorted(receipts, key=lambda one: (one.received_ms, one.voice_ms))
    }
    if not highest:
        return
    with transaction.atomic(durable=True):
        _insert_missing(highest.values())
        for _, receipt in sorted(highest.items()):
            _raise_to(receipt)


def _insert_missing(receipts: Iterable[TalkReceipt]) -> None:
    people = User.objects.in_bulk({receipt.person for receipt in receipts}, field_name="public_id")
    rows = [
        SpeakingReceipt(
            session_key=receipt.session,
            relay_incarnation=receipt.incarnation,
            room_key=receipt.room,
            user=people.get(receipt.person),
            received_ms=receipt.received_ms,
            voice_ms=receipt.voice_ms,
        )
        for receipt in receipts
    ]
    SpeakingReceipt.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)


def _raise_to(receipt: TalkReceipt) -> None:
    """One statement, so that nobody's higher number is written over."""
    rows = SpeakingReceipt.objects.filter(session_key=receipt.session, relay_incarnation=receipt.incarnation)
    rows.filter(Q(received_ms__lt=receipt.received_ms) | Q(voice_ms__lt=receipt.voice_ms)).update(
        received_ms=Greatest(F("received_ms"), receipt.received_ms),
        voice_ms=Greatest(F("voice_ms"), receipt.voice_ms),
        updated_at=timezone.now(),
    )
