"""Telling people of tips: the giver at once, the recipient of all that came within some minutes together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.services.notifying import notify
from config.lib.money import total
from creators.models import Tip

if TYPE_CHECKING:
    from creators.models import TipRefund

# No more names stand in one notification.
NAMED = 3


def tip_paid(tip: Tip) -> None:
    """Send the giver their receipt."""
    _tell_giver(tip, "paid", tip.public_id)


def tip_returned(tip: Tip, refund: TipRefund) -> None:
    """Say that the money goes back, once."""
    money = refund.money
    about = {"amount": money.minor, "currency": money.currency, "reason": refund.reason}
    _tell_giver(tip, "returned", refund.public_id, **about)


def tip_thanked(tip: Tip) -> None:
    """Say that the recipient says thank you."""
    if tip.giver_id is not None:
        notify([tip.giver_id], kind="tip_thanks", key=tip.public_id, actor=tip.recipient, link=_page(tip))


def tell_recipients(limit: int = 100) -> int:
    """Tell people of the tips that came, each of those of some minutes together; return how many were told.

    Any number of these may run at once.
    """
    waited = timezone.now() - timedelta(minutes=settings.TIP_TELL_MINUTES)
    due = Tip.objects.filter(tell=True, paid_at__lte=waited).order_by().values_list("recipient", flat=True).distinct()
    return sum(_tell_recipient(person) for person in due[:limit])


@transaction.atomic
def _tell_recipient(person: int | None) -> bool:
    rows = Tip.objects.filter(tell=True, recipient=person).order_by("pk")
    tips = list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("giver"))
    if not tips:
        return False
    Tip.objects.filter(pk__in=[tip.pk for tip in tips]).update(tell=False)
    if person is None:
        return False
    for currency in sorted({tip.currency for tip in tips}):
        _tell_of(person, [tip for tip in tips if tip.currency == currency])
    return True


def _tell_of(person: int, tips: list[Tip]) -> None:
    first, came = tips[0], total((tip.money for tip in tips), tips[0].currency)
    # Names are read when it is shown: somebody may have another by then, or none.
    named = [tip.giver.public_id for tip in tips if tip.giver is not None and not tip.anonymous]
    data = {
        "count": len(tips),
        "amount": came.minor,
        "currency": came.currency,
        "givers": list(dict.fromkeys(named))[:NAMED],
    }
    notify([person], kind="tips", key=first.public_id, data=data, link=reverse("creators:tips-received"))


def _tell_giver(tip: Tip, what: str, key: str, **about: Any) -> None:
    if tip.giver_id is None:
        return
    data = {"what": what, "tip": tip.public_id, "amount": tip.money.minor, "currency": tip.currency, **about}
    notify([tip.giver_id], kind="tip_receipt", key=f"{key}.{what}", data=data, link=_page(tip))


def _page(tip: Tip) -> str:
    return reverse("creators:tip", args=[tip.public_id])
