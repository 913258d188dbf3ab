"""What the fund does when an account is erased: sums stay, as books must, and name nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from creators.models import Appeal, Application, PeriodShare, PeriodStep, Programme

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def erase_from_fund(person: User) -> None:
    """Part applications, appeals and shares from whose they are, and drop their words; one of settings.DATA_ERASERS.

    What was frozen already is still paid, to the public id that it was frozen with.
    """
    Application.objects.filter(person=person).update(person=None, words="")
    Application.objects.filter(reviewer=person).update(reviewer=None)
    Appeal.objects.filter(person=person).update(person=None, words="")
    Appeal.objects.filter(answered_by=person).update(answered_by=None)
    PeriodShare.objects.filter(person=person).update(person=None)
    PeriodStep.objects.filter(by=person).update(by=None)
    Programme.objects.filter(created_by=person).update(created_by=None)
