"""Tips: who may give how much to whom, what Stripe is asked, and whose the money is in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.policies.rules import Purpose, Terms
from accounts.services.block import block
from accounts.services.policies import change_policy
from config.lib.errors import DomainError
from config.lib.money import Money
from creators.enums import TIP_STEPS, EarningSource, TipReturnReason, TipState
from creators.models import Earning, Payee, Tip, TipRefund
from creators.selectors.tips import limits_of, may_take_tips, wants_tips
from creators.services.giving import begin_tip, choose_tips
from creators.services.payment_events import charge_changed, dispute_changed, refund_changed, session_changed
from creators.services.telling_tips import tell_recipients
from creators.services.thanking import thank_for
from creators.services.tip_checkout import end_pages, look, open_page, settle_due
from creators.services.tip_refunds import refund_tip, send_due_tip_refunds
from creators.services.tip_settling import step
from creators.tasks import keep_tips
from creators.tip_errors import (
    OwnTipError,
    TipAccountTooNewError,
    TipAmountError,
    TipMessageError,
    TipNotRefundableError,
    TipOverError,
    TipPaidError,
    TipsOffError,
    TooManyTipsError,
)
from rooms.errors import WordsRefusedError
from rooms.services.words import refuse_words
from tests.factories.people import UserFactory
from tests.factories.tips import begun_tip, euros, given_tip, pay_tip, taking
from ticketing import account_names as accounts
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import controls
from ticketing.enums import DisputeState, RefundState
from ticketing.ledger_checks import findings
from ticketing.models import Entry, Order
from ticketing.selectors.ledger import balance
from ticketing.services import reconciling
from ticketing.services.payments import PaymentMismatchError

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db

# What devstripe keeps of 5.00: 1.5 % and 0.25.
COST = 33


@pytest.fixture
def giver() -> User:
    made: User = UserFactory.create()
    return made


def sums(person: User) -> dict[str, int]:
    """Return what the ledger says of a person's tips, in minor units as whoever holds it sees it."""
    names = {
        "held": accounts.tips_held_for(person.public_id, "eur"),
        "owed": accounts.creator(person.public_id, "eur"),
        "promised": accounts.refunds("eur"),
        "ours": accounts.platform_fees("eur"),
    }
    return {name: -balance(account).minor for name, account in names.items() if balance(account)}


def all_is_well() -> None:
    assert findings(timezone.now()) == []


# --- who, to whom, how much -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minor", [100, 101, 49_999, 50_000])
def test_tip_within_the_limits(giver: User, ines: User, minor: int) -> None:
    assert begin_tip(giver, taking(ines), amount=euros(minor)).money == euros(minor)


@pytest.mark.parametrize("minor", [99, 50_001])
def test_tip_beyond_the_limits(giver: User, ines: User, minor: int) -> None:
    with pytest.raises(TipAmountError):
        begin_tip(giver, taking(ines), amount=euros(minor))
    assert not Tip.objects.exists()


def test_tip_in_another_currency_than_the_recipients(giver: User, ines: User) -> None:
    with pytest.raises(TipAmountError):
        begin_tip(giver, taking(ines), amount=Money(500, "usd"))


def test_currency_is_the_one_that_the_recipient_is_paid_in(settings: Settings, ines: User) -> None:
    of = {"least": 100, "most": 5_000, "day": 10_000, "suggested": [200]}
    settings.TIP_CURRENCIES = {"eur": of, "usd": of | {"least": 150}}
    assert limits_of(ines).currency == "eur"
    Payee.objects.create(person=ines, person_key=ines.public_id, country="US", currency="usd")
    assert limits_of(ines).least == Money(150, "usd")
    Payee.objects.update(currency="sek")
    assert limits_of(ines).currency == "eur"


@pytest.mark.parametrize(("before", "fits"), [(1, True), (2, True), (3, False)])
def test_number_of_tips_in_a_day(settings: Settings, giver: User, ines: User, before: int, fits: bool) -> None:
    settings.TIP_DAY_COUNT = 3
    for _ in range(before):
        begin_tip(giver, taking(ines), amount=euros(100))
    if fits:
        begin_tip(giver, ines, amount=euros(100))
    else:
        with pytest.raises(TooManyTipsError):
            begin_tip(giver, ines, amount=euros(100))


@pytest.mark.parametrize(("minor", "fits"), [(299, True), (300, True), (301, False)])
def test_sum_of_tips_in_a_day(settings: Settings, giver: User, ines: User, minor: int, fits: bool) -> None:
    settings.TIP_CURRENCIES = {"eur": {"least": 100, "most": 50_000, "day": 1_000, "suggested": []}}
    begin_tip(giver, taking(ines), amount=euros(700))
    if fits:
        begin_tip(giver, ines, amount=euros(minor))
    else:
        with pytest.raises(TooManyTipsError):
            begin_tip(giver, ines, amount=euros(minor))


def test_another_day_and_what_was_not_paid_do_not_count(settings: Settings, giver: User, ines: User) -> None:
    settings.TIP_DAY_COUNT = 1
    begin_tip(giver, taking(ines), amount=euros(100))
    Tip.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    begin_tip(giver, ines, amount=euros(100))
    Tip.objects.update(state=TipState.LAPSED)
    begin_tip(giver, ines, amount=euros(100))
    with pytest.raises(TooManyTipsError):
        begin_tip(giver, ines, amount=euros(100))
    begin_tip(UserFactory.create(), ines, amount=euros(100))


@pytest.mark.parametrize(("length", "fits"), [(199, True), (200, True), (201, False)])
def test_length_of_a_message(giver: User, ines: User, length: int, fits: bool) -> None:
    if fits:
        assert begin_tip(giver, taking(ines), amount=euros(100), message="é" * length).message == "é" * length
    else:
        with pytest.raises(TipMessageError):
            begin_tip(giver, taking(ines), amount=euros(100), message="é" * length)


def test_message_with_a_word_that_the_recipient_refuses(giver: User, ines: User) -> None:
    refuse_words(ines, ["navet"])
    with pytest.raises(WordsRefusedError):
        begin_tip(giver, taking(ines), amount=euros(100), message="Quel Navet !")
    begin_tip(giver, ines, amount=euros(100), message="Quelle soirée !")


def test_nobody_gives_to_themselves(ines: User) -> None:
    with pytest.raises(OwnTipError):
        begin_tip(ines, taking(ines), amount=euros(100))


@pytest.mark.parametrize("who", ["giver", "recipient"])
def test_block_between_the_two(giver: User, ines: User, who: str) -> None:
    taking(ines)
    block(*((giver, ines) if who == "giver" else (ines, giver)))
    with pytest.raises(TipsOffError):
        begin_tip(giver, ines, amount=euros(100))


def test_tips_are_off_until_somebody_is_paid_or_says_so(giver: User, ines: User) -> None:
    with pytest.raises(TipsOffError):
        begin_tip(giver, ines, amount=euros(100))
    payee = Payee.objects.create(person=ines, person_key=ines.public_id, country="FR")
    assert not wants_tips(ines)
    payee.account = "acct_1"
    payee.save()
    assert wants_tips(ines)
    choose_tips(ines, wanted=False)
    assert not may_take_tips(ines)
    choose_tips(ines, wanted=True)
    begin_tip(giver, ines, amount=euros(100))


def test_recipient_must_be_eligible_to_sell(giver: User, ines: User) -> None:
    change_policy(Terms(Purpose.SELL), by=None)
    assert not may_take_tips(taking(ines))
    with pytest.raises(TipsOffError):
        begin_tip(giver, ines, amount=euros(100))


def test_without_payments_there_are_no_tips(settings: Settings, ines: User) -> None:
    settings.DEVSTRIPE = False
    assert not may_take_tips(taking(ines))


@pytest.mark.parametrize(("hours", "fits"), [(71, False), (72, True), (73, True)])
def test_age_of_the_givers_account(settings: Settings, giver: User, ines: User, hours: int, fits: bool) -> None:
    settings.TIP_ACCOUNT_DAYS = 3
    giver.date_joined = timezone.now() - timedelta(hours=hours)
    if fits:
        begin_tip(giver, taking(ines), amount=euros(100))
    else:
        with pytest.raises(TipAccountTooNewError):
            begin_tip(giver, taking(ines), amount=euros(100))


# --- paying -----------------------------------------------------------------------------------------------------------


def test_payment_is_recorded_and_earned(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    assert (tip.state, tip.charged, tip.cost) == (TipState.EARNED, 500, COST)
    assert sums(ines) == {"owed": 500 - COST}
    [earning] = Earning.objects.all()
    assert (earning.source, earning.source_key, earning.creator, earning.charge) == (
        EarningSource.TIP,
        tip.public_id,
        ines,
        tip.charge,
    )
    assert (earning.gross, earning.tax, earning.cost, earning.fee, earning.net) == (500, 0, COST, 0, 500 - COST)
    assert tip.paid_at is not None
    assert (earning.earned_at, earning.available_at) == (tip.paid_at, tip.paid_at + timedelta(days=7))
    assert balance(accounts.stripe_fees("eur")) == euros(0)
    assert balance(accounts.stripe("eur")) == euros(500 - COST)
    all_is_well()


def test_fee_of_the_platform_where_there_is_one(settings: Settings, giver: User, ines: User) -> None:
    settings.TIP_FEE_BASIS_POINTS = 1_000
    given_tip(giver, ines)
    assert sums(ines) == {"owed": 500 - COST - 50, "ours": 50}
    all_is_well()


def test_payment_told_by_return_event_and_clock_is_recorded_once(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    session_changed("checkout.session.completed", tip.session)
    charge_changed("charge.updated", tip.charge)
    look(tip.pk)
    keep_tips()
    assert Earning.objects.count() == 1
    assert Entry.objects.count() == 4
    all_is_well()


def test_event_alone_is_enough(giver: User, ines: User) -> None:
    tip = begun_tip(giver, ines)
    pay_tip(tip)
    session_changed("checkout.session.completed", tip.session)
    tip.refresh_from_db()
    assert tip.state == TipState.EARNED
    assert not Order.objects.exists()


def test_clock_alone_is_enough(giver: User, ines: User) -> None:
    tip = begun_tip(giver, ines)
    pay_tip(tip)
    Tip.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    keep_tips()
    tip.refresh_from_db()
    assert tip.state == TipState.EARNED


def test_page_is_asked_for_once(giver: User, ines: User) -> None:
    tip = begin_tip(giver, taking(ines), amount=euros(500))
    first = open_page(tip, language="en")
    assert open_page(Tip.objects.get(), language="en") == first
    found = gateway.retrieve_checkout(Tip.objects.get().session)
    assert (found.reference, found.metadata, found.amount) == (f"tip_{tip.public_id}", {"tip": tip.public_id}, 500)


def test_page_of_a_tip_that_is_paid_or_over(giver: User, ines: User) -> None:
    tip = begun_tip(giver, ines)
    pay_tip(tip)
    with pytest.raises(TipPaidError):
        open_page(tip, language="en")
    other = begun_tip(giver, ines)
    Tip.objects.filter(pk=other.pk).update(open_until=timezone.now())
    other.refresh_from_db()
    with pytest.raises(TipOverError):
        open_page(other, language="en")


@pytest.mark.parametrize("opened", [True, False])
def test_page_that_nobody_pays_on_ends(giver: User, ines: User, opened: bool) -> None:
    tip = begun_tip(giver, ines) if opened else begin_tip(giver, taking(ines), amount=euros(500))
    assert end_pages() == 0
    Tip.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    assert end_pages() == 1
    tip.refresh_from_db()
    assert tip.state == TipState.LAPSED
    if opened:
        assert gateway.retrieve_checkout(tip.session).status == "expired"


def test_stripe_away_keeps_a_page_open(giver: User, ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tip = begun_tip(giver, ines)
    Tip.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    monkeypatch.setattr(gateway, "expire_checkout", lambda *_, **__: 1 / 0)
    assert end_pages() == 0
    tip.refresh_from_db()
    assert tip.state == TipState.OPEN


def without_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Stripe not have booked charges yet."""
    from dataclasses import replace

    real, charge = gateway.retrieve_checkout, gateway.retrieve_charge

    def unbooked(session: str) -> Any:
        found = real(session)
        return replace(found, charge=replace(found.charge, balance=None)) if found.charge else found

    monkeypatch.setattr(gateway, "retrieve_checkout", unbooked)
    monkeypatch.setattr(gateway, "retrieve_charge", lambda name: replace(charge(name), balance=None))


def test_tip_whose_cost_is_not_known_is_held(giver: User, ines: User) -> None:
    with pytest.MonkeyPatch.context() as patched:
        without_balance(patched)
        tip = given_tip(giver, ines)
        assert (tip.state, tip.cost) == (TipState.PAID, None)
        assert sums(ines) == {"held": 500}
        assert settle_due() == 0
        all_is_well()
    assert settle_due() == 1
    tip.refresh_from_db()
    assert tip.state == TipState.EARNED
    assert sums(ines) == {"owed": 500 - COST}
    all_is_well()


def test_cost_is_told_by_an_event(giver: User, ines: User) -> None:
    with pytest.MonkeyPatch.context() as patched:
        without_balance(patched)
        tip = given_tip(giver, ines)
    charge_changed("charge.updated", tip.charge)
    tip.refresh_from_db()
    assert (tip.state, tip.cost) == (TipState.EARNED, COST)


def test_payment_in_another_currency_stays_with_the_event(giver: User, ines: User) -> None:
    tip = begun_tip(giver, ines)
    pay_tip(tip)
    Tip.objects.update(currency="usd")
    with pytest.raises(PaymentMismatchError):
        look(tip.pk)
    assert not Entry.objects.exists()


def test_steps_only_go_on(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    with pytest.raises(ValueError, match="does not go"):
        step(tip, TipState.PAID)
    assert set(TIP_STEPS) == set(TipState)


def test_money_that_comes_after_the_page_closed_is_given(giver: User, ines: User) -> None:
    tip = begun_tip(giver, ines)
    pay_tip(tip)
    Tip.objects.update(state=TipState.LAPSED)
    assert look(tip.pk).state == TipState.EARNED


# --- what cannot be given, and what goes back -------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["blocked", "closed", "erased"])
def test_tip_that_cannot_be_given_any_more_goes_back(giver: User, ines: User, what: str) -> None:
    tip = begun_tip(giver, ines)
    pay_tip(tip)
    if what == "blocked":
        block(ines, giver)
    elif what == "closed":
        ines.is_active = False
        ines.save()
    else:
        Tip.objects.update(recipient=None)
    look(tip.pk)
    assert sums(ines) == {"promised": 500}
    assert [refund.reason for refund in TipRefund.objects.all()] == [TipReturnReason.REFUSED]
    send_due_tip_refunds()
    tip.refresh_from_db()
    assert tip.state == TipState.RETURNED
    assert sums(ines) == {}
    assert not Earning.objects.exists()
    all_is_well()


def test_another_sum_than_was_asked_for_goes_back(giver: User, ines: User) -> None:
    tip = begun_tip(giver, ines)
    pay_tip(tip)
    Tip.objects.update(amount=400)
    look(tip.pk)
    assert sums(ines) == {"promised": 500}


def test_refund_after_it_was_earned_takes_back_what_the_recipient_got(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    refund_tip(tip.pk, by=None)
    assert sums(ines) == {"promised": 500}
    assert balance(accounts.stripe_fees("eur")) == euros(COST)
    send_due_tip_refunds()
    tip.refresh_from_db()
    assert tip.state == TipState.RETURNED
    assert [refund.amount for refund in gateway.list_refunds(tip.payment_intent)] == [500]
    all_is_well()


def test_refund_before_it_was_earned_comes_out_of_what_is_held(giver: User, ines: User) -> None:
    with pytest.MonkeyPatch.context() as patched:
        without_balance(patched)
        tip = given_tip(giver, ines)
    refund_tip(tip.pk, by=None)
    send_due_tip_refunds()
    look(tip.pk)
    tip.refresh_from_db()
    assert (tip.state, tip.cost) == (TipState.RETURNED, COST)
    assert sums(ines) == {}
    assert not Earning.objects.exists()
    all_is_well()


def test_nothing_left_to_give_back(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    refund_tip(tip.pk, by=None)
    with pytest.raises(TipNotRefundableError):
        refund_tip(tip.pk, by=None)
    with pytest.raises(TipNotRefundableError):
        refund_tip(begun_tip(giver, ines).pk, by=None)


def test_refund_that_stripe_refuses_is_asked_for_again(
    giver: User, ines: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = given_tip(giver, ines)
    refund = refund_tip(tip.pk, by=None)
    monkeypatch.setattr(gateway, "create_refund", lambda *_, **__: 1 / 0)
    assert send_due_tip_refunds() == 1
    assert send_due_tip_refunds() == 0
    refund.refresh_from_db()
    assert (refund.state, refund.attempts) == (RefundState.WANTED, 1)
    monkeypatch.undo()
    TipRefund.objects.update(due_at=timezone.now())
    send_due_tip_refunds()
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED


@pytest.mark.parametrize(("back", "owed"), [(1, 466), (466, 1), (467, 0), (499, 0)])
def test_part_given_back_in_stripes_dashboard(giver: User, ines: User, back: int, owed: int) -> None:
    tip = given_tip(giver, ines)
    made = gateway.create_refund(tip.payment_intent, amount=back, key="dashboard")
    refund_changed("refund.created", made.id)
    refund_changed("refund.updated", made.id)
    tip.refresh_from_db()
    assert (tip.state, tip.refunded) == (TipState.EARNED, back)
    assert sums(ines).get("owed", 0) == owed
    refund_tip(tip.pk, by=None)
    send_due_tip_refunds()
    tip.refresh_from_db()
    assert tip.state == TipState.RETURNED
    assert sums(ines) == {}
    all_is_well()


def disputed(tip: Tip) -> str:
    dispute = controls.open_dispute(tip.payment_intent)
    dispute_changed("charge.dispute.created", dispute)
    tip.refresh_from_db()
    return dispute


def closed(tip: Tip, dispute: str, outcome: str) -> None:
    controls.close_dispute(dispute, outcome)
    dispute_changed("charge.dispute.closed", dispute)
    tip.refresh_from_db()


def test_dispute_of_what_was_earned(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    dispute = disputed(tip)
    assert (tip.state, tip.dispute_state) == (TipState.EARNED, DisputeState.OPEN)
    assert sums(ines) == {"owed": 500 - COST}
    assert balance(accounts.disputes("eur")) == euros(500)
    with pytest.raises(TipNotRefundableError):
        refund_tip(tip.pk, by=None)
    closed(tip, dispute, "lost")
    assert (tip.state, tip.dispute_state, tip.disputed) == (TipState.RETURNED, DisputeState.LOST, 500)
    assert sums(ines) == {}
    assert balance(accounts.disputes("eur")) == euros(0)
    all_is_well()


def test_dispute_won_leaves_all_as_it_was(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    closed(tip, disputed(tip), "won")
    assert (tip.state, tip.disputed) == (TipState.EARNED, 0)
    assert sums(ines) == {"owed": 500 - COST}
    all_is_well()


@pytest.mark.parametrize(("outcome", "state"), [("won", TipState.EARNED), ("lost", TipState.RETURNED)])
def test_dispute_before_it_was_earned_waits_for_its_end(giver: User, ines: User, outcome: str, state: TipState) -> None:
    with pytest.MonkeyPatch.context() as patched:
        without_balance(patched)
        tip = given_tip(giver, ines)
    dispute = disputed(tip)
    look(tip.pk)
    assert sums(ines) == {"held": 500}
    closed(tip, dispute, outcome)
    assert tip.state == state
    assert sums(ines) == ({"owed": 500 - COST} if outcome == "won" else {})
    all_is_well()


def test_lost_dispute_of_what_was_given_back_in_part_is_the_platforms(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    made = gateway.create_refund(tip.payment_intent, amount=200, key="dashboard")
    refund_changed("refund.created", made.id)
    closed(tip, disputed(tip), "lost")
    assert tip.state == TipState.RETURNED
    assert sums(ines).get("owed", 0) == 0
    all_is_well()


def test_failed_refund_leaves_the_money_with_whose_it_was(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    refund = refund_tip(tip.pk, by=None)
    send_due_tip_refunds()
    refund.refresh_from_db()
    from dataclasses import replace

    from creators.services.tip_refunds import apply_refund

    apply_refund(refund.pk, replace(gateway.retrieve_refund(refund.stripe_id), status="failed"))
    tip.refresh_from_db()
    assert (tip.refunded, sums(ines)) == (0, {"owed": 500 - COST})


# --- books ------------------------------------------------------------------------------------------------------------


def reconciled() -> list[str]:
    return [each["text"] for each in reconciling.reconcile(timezone.now() + timedelta(hours=1)).findings]


def test_reconciliation_knows_tips_refunds_and_disputes(giver: User, ines: User) -> None:
    given_tip(giver, ines)
    back = given_tip(giver, ines)
    refund_tip(back.pk, by=None)
    send_due_tip_refunds()
    lost = given_tip(giver, ines)
    closed(lost, disputed(lost), "lost")
    assert reconciled() == []


def test_reconciliation_makes_up_for_lost_events(giver: User, ines: User) -> None:
    tip = begun_tip(giver, ines)
    pay_tip(tip)
    other = given_tip(giver, ines)
    dispute = controls.open_dispute(other.payment_intent)
    made = gateway.create_refund(given_tip(giver, ines).payment_intent, amount=500, key="dashboard")
    assert reconciled() == []
    states = Tip.objects.order_by("pk").values_list("state", "dispute")
    assert list(states) == [(TipState.EARNED, ""), (TipState.EARNED, dispute), (TipState.RETURNED, "")]
    assert TipRefund.objects.get().stripe_id == made.id
    all_is_well()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cost": 32}, ":fee must be 0.32 eur"),
        ({"charged": 501, "amount": 501}, ":paid must be 5.01 eur"),
        ({"refunded": 10}, "but its refunds come to 0.00 eur"),
        ({"state": TipState.PAID}, "was earned and does not say so"),
        ({"disputed": 7}, "has lost 0.07 eur to a bank"),
    ],
)
def test_check_finds_what_does_not_fit(giver: User, ines: User, changed: dict[str, Any], said: str) -> None:
    given_tip(giver, ines)
    Tip.objects.update(**changed)
    assert any(said in finding for finding in findings(timezone.now()))


def test_check_finds_what_is_held_for_nobody(giver: User, ines: User) -> None:
    with pytest.MonkeyPatch.context() as patched:
        without_balance(patched)
        given_tip(giver, ines)
    assert findings(timezone.now()) == []
    Tip.objects.update(state=TipState.RETURNED)
    held = accounts.tips_held_for(ines.public_id, "eur")
    assert f"{held} is settled and must be zero, but holds 5.00 eur." in findings(timezone.now())


# --- telling ----------------------------------------------------------------------------------------------------------


def told(person: User, kind: str) -> list[dict[str, Any]]:
    return list(Notification.objects.filter(user=person, kind=kind).order_by("pk").values_list("data", flat=True))


def test_giver_has_a_receipt_and_the_recipient_hears_of_several_together(ines: User, malo: User) -> None:
    giver = UserFactory.create()
    given_tip(giver, ines)
    given_tip(malo, ines, 700, anonymous=True)
    assert [data["what"] for data in told(giver, "tip_receipt")] == ["paid"]
    assert tell_recipients() == 0
    Tip.objects.update(paid_at=timezone.now() - timedelta(minutes=10))
    assert tell_recipients() == 1
    assert tell_recipients() == 0
    assert told(ines, "tips") == [{"count": 2, "amount": 1_200, "currency": "eur", "givers": [giver.public_id]}]


def test_giver_hears_once_that_it_goes_back(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines)
    refund_tip(tip.pk, by=None)
    send_due_tip_refunds()
    keep_tips()
    assert [data["what"] for data in told(giver, "tip_receipt")] == ["paid", "returned"]


def test_thanks_are_told_once(giver: User, ines: User) -> None:
    tip = given_tip(giver, ines, anonymous=True)
    thank_for(tip)
    thank_for(tip)
    assert len(told(giver, "tip_thanks")) == 1


def test_errors_have_codes_of_their_own() -> None:
    from creators import tip_errors

    kinds = [each for each in vars(tip_errors).values() if isinstance(each, type) and issubclass(each, DomainError)]
    codes = [each.code for each in kinds if each.__module__ == "creators.tip_errors"]
    assert len(codes) == len(set(codes)) == 9
