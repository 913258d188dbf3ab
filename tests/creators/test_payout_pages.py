"""Who may ask for a payout where, what staff see of runs, and what they do: each act is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from creators.enums import PayoutReason, TransferState
from creators.models import Earning, Payee, Payout, PayoutRun, PayoutStop, Reversal, Transfer
from tests.factories.payouts import earned, pay_all, payee_of, sold, top_up
from ticketing.devstripe import controls
from ticketing.enums import RefundReason
from ticketing.models import Offer
from ticketing.services.refunds import ask_refund

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db
RUNS = "admin:creators_payoutrun"


@pytest.fixture(autouse=True)
def terms(settings: Settings) -> None:
    settings.TICKET_SETTLE_DAYS = 0
    settings.PAYOUT_MINIMUMS = {"eur": 1_000}


def asked(client: Client, person: User) -> tuple[int, str, str]:
    """Ask for a payout; return status, where it leads and what is said."""
    person.language = "en"
    person.save(update_fields=["language"])
    client.force_login(person)
    answer = client.post(reverse("creators:ask-payout"))
    page = client.get(answer["Location"])
    return answer.status_code, answer["Location"], str(*page.context["messages"])


def test_creator_asks_for_a_payout(client: Client, ines: User) -> None:
    payee_of(ines)
    earned(ines, 1_000, "a")
    said = "Your payout is on its way to Stripe, which sends it on to your bank."
    assert asked(client, ines) == (302, "/earnings/", said)
    run = PayoutRun.objects.get()
    assert (run.reason, run.payee, run.asked_by) == (PayoutReason.ASKED, ines.payee, ines)


def test_creator_is_told_why_there_is_none(client: Client, ines: User) -> None:
    payee_of(ines)
    earned(ines, 999, "a")
    said = "There is too little to pay out yet. What you have earned stays yours and adds up."
    assert asked(client, ines) == (302, "/earnings/", said)
    assert not PayoutRun.objects.exists()


def test_guests_are_asked_to_log_in_and_nobody_asks_by_a_link(client: Client, ines: User) -> None:
    address = reverse("creators:ask-payout")
    assert client.post(address)["Location"].startswith(reverse("account_login"))
    client.force_login(ines)
    assert client.get(address).status_code == 405


def texts(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_staff_see_what_a_run_came_to(client: Client, ines: User, malo: User, sam: User) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    earned(malo, 3_000, "b")
    controls.fail_transfers()
    run = pay_all()
    client.force_login(sam)
    page = texts(client, reverse(f"{RUNS}_change", args=[run.pk]))
    assert "1 transfer refused: payee_unsupported" in page
    assert "1 creator is owed something and cannot be paid by Stripe yet." in page
    assert "€20.00" in page
    for name in ("payout", "transfer", "payoutrun", "payoutstop", "reversal"):
        texts(client, reverse(f"admin:creators_{name}_changelist"))
    texts(client, reverse("admin:creators_payout_change", args=[Payout.objects.get().pk]))
    texts(client, reverse("admin:creators_transfer_change", args=[Transfer.objects.get().pk]))


def test_staff_pay_everybody_stop_and_let_go_on(client: Client, sam: User) -> None:
    client.force_login(sam)
    client.post(reverse(f"{RUNS}_pay"))
    assert PayoutRun.objects.get().asked_by == sam
    client.post(reverse(f"{RUNS}_stop"), {"why": "We look into it"})
    stop = PayoutStop.objects.get()
    assert (stop.why, stop.stopped_by, stop.lifted_at) == ("We look into it", sam, None)
    assert "We look into it" in texts(client, reverse(f"{RUNS}_changelist"))
    client.post(reverse(f"{RUNS}_resume"))
    stop.refresh_from_db()
    assert (stop.lifted_by, stop.lifted_at is None) == (sam, False)
    noted = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert noted == ["Begun by staff.", "We look into it", "Let go on."]


@pytest.mark.parametrize("act", ["pay", "stop", "resume"])
def test_who_may_only_look_does_nothing(client: Client, malo: User, act: str) -> None:
    malo.is_staff = True
    malo.save()
    malo.user_permissions.add(Permission.objects.get(codename="view_payoutrun"))
    client.force_login(malo)
    assert client.get(reverse(f"{RUNS}_changelist")).status_code == 200
    assert client.get(reverse(f"{RUNS}_{act}")).status_code == 405
    assert client.post(reverse(f"{RUNS}_{act}")).status_code == 403
    assert (PayoutRun.objects.count(), PayoutStop.objects.count()) == (0, 0)


def test_staff_pay_again_what_was_refused(client: Client, ines: User, sam: User) -> None:
    payee_of(ines)
    top_up(9_000)
    earned(ines, 2_000, "a")
    controls.fail_transfers()
    pay_all()
    client.force_login(sam)
    chosen = {"action": "try_again", "_selected_action": [Payout.objects.get().pk]}
    client.post(reverse("admin:creators_payout_changelist"), chosen)
    run = PayoutRun.objects.latest("pk")
    assert (run.reason, run.payee, run.asked_by) == (PayoutReason.STAFF, ines.payee, sam)
    assert LogEntry.objects.get().get_change_message() == f"Paid again by staff ({run.public_id})."


def test_staff_ask_again_for_what_was_not_taken_back(client: Client, ines: User, sam: User) -> None:
    payee = payee_of(ines)
    order = sold(ines, amount=6_000)
    pay_all()
    controls.spend(payee.account, 1, "eur")
    ask_refund(order.pk, reason=RefundReason.STAFF, by=sam)
    from creators.services.reversals import send_due_reversals

    send_due_reversals()
    client.force_login(sam)
    chosen = {"action": "take_back_again", "_selected_action": [Reversal.objects.get().pk]}
    client.post(reverse("admin:creators_reversal_changelist"), chosen)
    assert list(Reversal.objects.order_by("pk").values_list("state", flat=True)) == [
        TransferState.REFUSED,
        TransferState.WANTED,
    ]


# --- whose money it is ------------------------------------------------------------------------------------------------


def test_money_of_a_room_that_was_handed_over_is_its_sellers(client: Client, ines: User, malo: User, sam: User) -> None:
    order = sold(ines, settle=False)
    room = order.offer.room
    room.host = malo
    room.save(update_fields=["host"])
    seen = {}
    for person in (ines, malo, sam):
        client.force_login(person)
        page = client.get(reverse("ticketing:host", args=[room.public_id]))
        ledger = client.get(reverse("ticketing:host-statement", args=[room.public_id]))
        seen[person.handle] = (page.status_code, page.context["takings"] is not None, ledger.status_code)
    assert seen == {"ines": (200, True, 200), "malo": (200, False, 404), "sam": (200, True, 200)}


def test_erased_seller_stays_known_by_their_public_id(ines: User) -> None:
    from creators.services.erasing import erase_from_earnings
    from ticketing.services.erasing import erase_from_orders

    payee_of(ines)
    sold(ines)
    for erase in (erase_from_orders, erase_from_earnings):
        erase(ines)
    offer, earning, payee = Offer.objects.get(), Earning.objects.get(), Payee.objects.get()
    assert (offer.seller, offer.seller_key) == (None, ines.public_id)
    assert (earning.creator, earning.creator_key) == (None, ines.public_id)
    assert (payee.person, payee.person_key) == (None, ines.public_id)
