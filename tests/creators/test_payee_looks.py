"""What a look at Stripe writes of a payee: after an event, once a day, and when answers come in another order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as site
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from creators import tasks
from creators.enums import PayeeState
from creators.models import Payee
from creators.services import payee_looks
from creators.services.payee_looks import OLD, account_changed, look_again, not_seen_for_a_day
from creators.services.payees import begin
from tests.accounts.clock import Clock
from tests.creators.test_payees import away, closed, stand
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import accounts, controls, delivery
from ticketing.errors import PaymentMissingError, PaymentsUnavailableError
from ticketing.models import StripeEvent
from ticketing.tasks import handle_due

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    return made


@pytest.fixture
def payee(ines: User) -> Payee:
    return begin(ines, country="FR")


@pytest.mark.parametrize(
    ("standing", "state", "paid"),
    [
        ("active", PayeeState.ACTIVE, True),
        ("document", PayeeState.UNFINISHED, False),
        ("review", PayeeState.REVIEW, False),
        ("refused", PayeeState.REFUSED, False),
        ("later", PayeeState.ACTIVE, True),
    ],
)
def test_look_writes_what_stripe_says(payee: Payee, standing: str, state: PayeeState, *, paid: bool) -> None:
    after = stand(payee, standing)
    said = gateway.retrieve_account(payee.account)
    assert (after.state, after.may_be_paid, after.active_at is not None) == (state, paid, paid)
    assert (after.transfers, after.missing, after.later, after.in_review, after.deadline) == (
        said.transfers,
        list(said.missing),
        list(said.later),
        list(said.in_review),
        said.deadline,
    )
    assert after.reasons == list(said.reasons)


def test_what_was_possible_is_stopped_and_not_unfinished(payee: Payee) -> None:
    stand(payee, "active")
    assert stand(payee, "document").state == PayeeState.RESTRICTED


def test_country_that_stripe_does_not_reach(ines: User, settings: Settings) -> None:
    settings.PAYEE_COUNTRIES = ["JP"]
    payee = begin(ines, country="JP")
    assert (payee.currency, payee.state, payee.may_be_paid) == ("jpy", PayeeState.UNSUPPORTED, False)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, PayeeState.NONE),
        ({"account": "acct_1"}, PayeeState.RESTRICTED),
        ({"account": "acct_1", "transfers": "restricted", "missing": ["x"]}, PayeeState.UNFINISHED),
        ({"account": "acct_1", "transfers": "pending"}, PayeeState.REVIEW),
        ({"account": "acct_1", "transfers": "restricted", "in_review": ["x"]}, PayeeState.REVIEW),
        ({"account": "acct_1", "transfers": "restricted"}, PayeeState.RESTRICTED),
        ({"account": "acct_1", "transfers": "active", "closed": True}, PayeeState.CLOSED),
        ({"account": "acct_1", "transfers": "active", "missing": ["x"]}, PayeeState.ACTIVE),
        ({"account": "acct_1", "transfers": "unsupported", "missing": ["x"]}, PayeeState.UNSUPPORTED),
        ({"account": "acct_1", "transfers": "tomorrow"}, PayeeState.RESTRICTED),
    ],
)
def test_state_of_what_stripe_said(fields: dict[str, Any], state: PayeeState) -> None:
    payee = Payee(**fields)
    assert (payee.state, payee.may_be_paid) == (state, state == PayeeState.ACTIVE)


def test_look_keeps_what_was_while_stripe_is_away(payee: Payee, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Payee.objects.values().get()
    away(monkeypatch, "retrieve_account")
    with pytest.raises(PaymentsUnavailableError):
        look_again(payee.pk)
    assert Payee.objects.values().get() == before


def test_account_that_stripe_does_not_know_stays_as_it_was(payee: Payee) -> None:
    stand(payee, "active")
    Payee.objects.update(account="acct_gone")
    with pytest.raises(PaymentMissingError):
        look_again(payee.pk)
    assert Payee.objects.get().may_be_paid


def test_look_at_who_has_no_account_asks_nobody(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    away(monkeypatch, "retrieve_account")
    payee = Payee.objects.create(person=ines, person_key=ines.public_id, country="FR")
    assert look_again(payee.pk).state == PayeeState.NONE


def test_older_answer_does_not_undo_a_newer_one(payee: Payee, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gateway.retrieve_account
    asked: list[str] = []

    def overtaken(account: str) -> Any:
        said = real(account)
        if not asked:
            asked.append(account)
            # After Stripe has answered, it changes its mind, and somebody else hears of that first.
            stand(payee, "active")
        return said

    monkeypatch.setattr(gateway, "retrieve_account", overtaken)
    assert look_again(payee.pk).state == PayeeState.ACTIVE


def test_look_gives_up_when_others_write_all_the_time(payee: Payee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payee_looks, "_write", lambda _seen, _found: False)
    with pytest.raises(PaymentsUnavailableError):
        look_again(payee.pk)


# --- events and the clock ---


@pytest.mark.parametrize("kind", [accounts.CAPABILITY, accounts.REQUIREMENTS, "v2.core.account.closed"])
def test_events_of_accounts_have_a_handler(payee: Payee, kind: str) -> None:
    controls.stand(payee.account, "active")
    import_string(site.STRIPE_EVENT_HANDLERS[kind])(kind, payee.account)
    payee.refresh_from_db()
    assert payee.may_be_paid


def test_event_of_an_unknown_account_is_passed_over(db: None) -> None:
    account_changed(accounts.CAPABILITY, "acct_of_nobody")


def test_events_are_handled_from_devstripe_to_the_row(client: Client, payee: Payee, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_WEBHOOK_SECRET_V2 = "whsec_one", "whsec_two"

    def post(body: bytes, signature: str) -> int:
        answer = client.post(
            reverse("ticketing:stripe-webhook"),
            body,
            content_type="application/json",
            headers={"Stripe-Signature": signature},
        )
        return int(answer.status_code)

    controls.stand(payee.account, "active")
    delivery.deliver_due(post)
    handle_due()
    payee.refresh_from_db()
    assert (payee.may_be_paid, StripeEvent.objects.exclude(state__in=["done", "ignored"]).count()) == (True, 0)


@pytest.mark.parametrize(
    ("ago", "due"),
    [(OLD - timedelta(seconds=1), False), (OLD, True), (OLD + timedelta(seconds=1), True)],
)
def test_payees_are_looked_at_after_a_day(payee: Payee, clock: Clock, ago: timedelta, *, due: bool) -> None:
    Payee.objects.update(looked_at=clock.moment - ago)
    assert not_seen_for_a_day(clock.moment) == ([payee.pk] if due else [])


def test_the_clock_asks_for_those_with_an_open_account(ines: User, malo: User, yara: User, clock: Clock) -> None:
    lost, shut = begin(ines, country="FR"), closed(begin(malo, country="FR"))
    Payee.objects.create(person=yara, person_key=yara.public_id, country="FR")
    controls.stand(lost.account, "active")
    clock.on(days=2)
    assert not_seen_for_a_day(clock.moment) == [lost.pk]
    tasks.look_at_payees()
    lost.refresh_from_db()
    assert (lost.may_be_paid, lost.looked_at, shut.closed) == (True, clock.moment, True)
    assert not_seen_for_a_day(clock.moment) == []


def test_unknown_account_does_not_keep_others_waiting(ines: User, malo: User, clock: Clock) -> None:
    unknown, known = begin(ines, country="FR"), begin(malo, country="FR")
    Payee.objects.filter(pk=unknown.pk).update(account="acct_gone")
    clock.on(days=2)
    tasks.look_at_payees()
    assert not_seen_for_a_day(clock.moment) == []
    known.refresh_from_db()
    assert known.looked_at == clock.moment


def test_the_clock_stops_while_stripe_is_away(
    ines: User, malo: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [begin(ines, country="FR").pk, begin(malo, country="FR").pk]
    away(monkeypatch, "retrieve_account")
    clock.on(days=2)
    tasks.look_at_payees()
    assert not_seen_for_a_day(clock.moment) == both


def test_a_run_has_its_time(ines: User, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(ines, country="FR")
    clock.on(days=2)
    monkeypatch.setattr(tasks, "RUN_SECONDS", -1.0)
    tasks.look_at_payees()
    assert len(not_seen_for_a_day(clock.moment)) == 1
