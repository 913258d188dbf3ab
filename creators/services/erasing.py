"""What paying creators does when an account is erased: books stay, and name nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from creators.models import Earning, Payee, PayoutRun, PayoutStop

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def erase_from_earnings(person: User) -> None:
    """Part earnings and payouts from whose they are; one of settings.DATA_ERASERS.

    What they earned still goes to their account at Stripe, whatever the sum: their payee knows their public id.
    """
    Earning.objects.filter(creator=person).update(creator=None)
    Payee.objects.filter(person=person).update(person=None)
    PayoutRun.objects.filter(asked_by=person).update(asked_by=None)
    PayoutStop.objects.filter(stopped_by=person).update(stopped_by=None)
    PayoutStop.objects.filter(lifted_by=person).update(lifted_by=None)
