"""What tips keep of somebody: handed out in the copy of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.exports import ExportPart
from creators.models import Tip, TipChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User

_FIELDS = ("public_id", "room__public_id", "amount", "currency", "message", "anonymous", "state", "charged", "refunded")


def tip_parts(person: User) -> Iterator[ExportPart]:
    """Yield what somebody gave and was given; an exporter of settings.DATA_EXPORTERS.

    Who gave a tip unnamed is not the recipient's to know.
    """
    given = Tip.objects.filter(giver=person).order_by("pk")
    received = Tip.objects.filter(recipient=person, paid_at__isnull=False).select_related("giver").order_by("pk")
    choice = TipChoice.objects.filter(person=person).values_list("wanted", flat=True).first()
    yield ExportPart(
        "tips.json",
        {
            "wanted": choice,
            "given": list(given.values(*_FIELDS, "recipient__handle", "created_at", "paid_at", "dispute_state")),
            "received": [
                {
                    "public_id": tip.public_id,
                    "giver": None if tip.anonymous or tip.giver is None else tip.giver.handle,
                    "amount": tip.charged,
                    "currency": tip.currency,
                    "message": tip.words,
                    "state": tip.state,
                    "paid_at": tip.paid_at,
                    "thanked_at": tip.thanked_at,
                }
                for tip in received
            ],
        },
    )
