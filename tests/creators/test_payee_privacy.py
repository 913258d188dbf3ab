"""How somebody is paid, in the copy of their data, and what is left of it when their account is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.exports import parts_of
from creators.models import Payee
from creators.privacy import erase_from_payees
from creators.services.payee_looks import account_changed
from creators.services.payees import begin
from tests.creators.test_payees import closed, stand
from tests.rooms.test_erasing import erase_now, traces_of
from ticketing.devstripe import accounts, controls

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db


def test_copy_has_what_stripe_said(ines: User, malo: User) -> None:
    payee = stand(begin(ines, country="FR"), "document")
    begin(malo, country="DE")
    (part,) = [part for part in parts_of(ines) if part.path == "payee.json"]
    (row,) = part.data
    assert (row["account"], row["country"], row["currency"], row["missing"]) == (
        payee.account,
        "FR",
        "eur",
        [accounts.DOCUMENT],
    )


def test_erased_person_leaves_the_account_and_no_name(ines: User, settings: Settings, tmp_path: Path) -> None:
    settings.RECORDINGS_DIR = settings.EXPORTS_DIR = settings.MEDIA_ROOT = tmp_path
    payee = stand(begin(ines, country="FR"), "active")
    key = ines.public_id
    erase_now(ines)
    payee.refresh_from_db()
    # What was earned by then still goes there.
    assert (payee.person, payee.person_key, payee.may_be_paid) == (None, key, True)
    assert traces_of("ines@example.org", "Moreau") == []
    controls.stand(payee.account, "refused")
    account_changed(accounts.CAPABILITY, payee.account)
    payee.refresh_from_db()
    assert payee.may_be_paid is False


def test_choice_that_led_to_no_account_goes(ines: User, malo: User) -> None:
    Payee.objects.create(person=ines, person_key=ines.public_id, country="FR")
    payee = closed(begin(malo, country="FR"))
    Payee.objects.filter(pk=payee.pk).update(account="", former_accounts=[payee.account])
    for person in (ines, ines, malo):
        erase_from_payees(person)
    (left,) = Payee.objects.all()
    assert (left.pk, left.person) == (payee.pk, None)
