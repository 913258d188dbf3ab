"""Letting somebody be paid: a row, an account, a link; what may be changed, and when."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as site

from creators.enums import PayeeState, PayoutReason, PayoutState, TransferState
from creators.errors import CountryNotPaidError, PayeeBusyError, PayeeMissingError, PayeeStuckError
from creators.models import Earning, Payee, Payout, PayoutRun, Transfer
from creators.payee_places import countries, country_name, currency_of
from creators.services import payees
from creators.services.payee_looks import account_changed, look_again
from creators.services.payees import begin, onboarding_link
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import accounts, controls
from ticketing.errors import PaymentConflictError, PaymentsOffError, PaymentsUnavailableError

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db

URLS = {"return_url": "https://causerie.example.org/back/", "refresh_url": "https://causerie.example.org/again/"}


@pytest.fixture
def payee(ines: User) -> Payee:
    """Return Inès, who has an account in France and has told Stripe nothing."""
    return begin(ines, country="FR")


def stand(payee: Payee, standing: str) -> Payee:
    """Let Stripe think otherwise of an account, and look."""
    controls.stand(payee.account, standing)
    return look_again(payee.pk)


def accounts_at_stripe() -> int:
    with closing(sqlite3.connect(site.DEVSTRIPE_FILE)) as rows:
        (found,) = rows.execute("SELECT count(*) FROM objects WHERE kind = ?", (accounts.ACCOUNT,)).fetchone()
    return int(found)


def away(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Let Stripe not answer to a call."""

    def raises(*_args: Any, **_options: Any) -> None:
        raise PaymentsUnavailableError

    monkeypatch.setattr(gateway, call, raises)


# --- beginning ---


def test_whoever_begins_has_an_account_and_a_link(ines: User, payee: Payee) -> None:
    found = gateway.retrieve_account(payee.account)
    assert (found.country, found.currency, dict(found.metadata)) == ("FR", "eur", {"creator": ines.public_id})
    assert (payee.person, payee.person_key, payee.state) == (ines, ines.public_id, PayeeState.UNFINISHED)
    assert payee.missing == [*accounts.NAMES, accounts.DOCUMENT]
    first, second = (onboarding_link(ines, **URLS) for _ in range(2))
    assert urlsplit(first).path.startswith("/devstripe/accounts/link/")
    assert first != second


def test_beginning_again_keeps_account_and_country(ines: User, payee: Payee) -> None:
    again = begin(ines, country="DE")
    assert (again.account, again.country, accounts_at_stripe()) == (payee.account, "FR", 1)


@pytest.mark.parametrize("country", ["", "fr", "ZZ", "JP"])
def test_countries_that_are_not_paid_are_refused(ines: User, country: str) -> None:
    with pytest.raises(CountryNotPaidError):
        begin(ines, country=country)
    assert not Payee.objects.exists()


def test_row_is_there_before_stripe_is_asked(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    away(monkeypatch, "create_account")
    with pytest.raises(PaymentsUnavailableError):
        begin(ines, country="FR")
    payee = Payee.objects.get()
    assert (payee.account, payee.country, payee.currency, payee.state) == ("", "FR", "eur", PayeeState.NONE)


def test_answer_that_was_lost_makes_no_second_account(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gateway.create_account

    def loses(*args: Any, **options: Any) -> None:
        real(*args, **options)
        raise PaymentsUnavailableError

    monkeypatch.setattr(gateway, "create_account", loses)
    with pytest.raises(PaymentsUnavailableError):
        begin(ines, country="FR")
    monkeypatch.undo()
    assert begin(ines, country="FR").account
    assert accounts_at_stripe() == 1


def test_country_may_be_chosen_anew_until_stripe_has_it(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    away(monkeypatch, "create_account")
    with pytest.raises(PaymentsUnavailableError):
        begin(ines, country="FR")
    monkeypatch.undo()
    payee = begin(ines, country="SE")
    assert (payee.country, payee.currency, gateway.retrieve_account(payee.account).country) == ("SE", "sek", "SE")


def test_last_choice_holds_when_the_answer_to_the_first_comes_late(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gateway.create_account

    def slow(*args: Any, **options: Any) -> Any:
        made = real(*args, **options)
        Payee.objects.update(country="DE")
        return made

    monkeypatch.setattr(gateway, "create_account", slow)
    with pytest.raises(PaymentConflictError):
        begin(ines, country="FR")
    assert (Payee.objects.get().account, Payee.objects.get().country) == ("", "DE")
    monkeypatch.undo()
    assert begin(ines, country="DE").country == "DE"


def test_without_payments_nobody_begins(ines: User, settings: Settings) -> None:
    settings.DEVSTRIPE = False
    with pytest.raises(PaymentsOffError):
        begin(ines, country="FR")


def test_no_link_without_an_open_account(ines: User, malo: User, payee: Payee) -> None:
    with pytest.raises(PayeeMissingError):
        onboarding_link(malo, **URLS)
    controls.close_account(payee.account)
    # Nobody has told us yet: Stripe refuses, and then we know.
    with pytest.raises(PayeeStuckError):
        onboarding_link(ines, **URLS)
    payee.refresh_from_db()
    assert payee.state == PayeeState.CLOSED
    with pytest.raises(PayeeMissingError):
        onboarding_link(ines, **URLS)


def test_no_link_for_an_account_that_stripe_does_not_know(ines: User, payee: Payee) -> None:
    Payee.objects.update(account="acct_gone")
    with pytest.raises(PayeeStuckError):
        onboarding_link(ines, **URLS)
    assert Payee.objects.get().closed is False


# --- beginning anew ---


def closed(payee: Payee) -> Payee:
    controls.close_account(payee.account)
    return look_again(payee.pk)


def payment_to(payee: Payee, state: TransferState) -> None:
    earning = Earning.objects.create(
        creator_key=payee.person_key, source="tip", source_key="1", currency="eur", gross=100, net=100
    )
    run = PayoutRun.objects.create(reason=PayoutReason.ASKED, payee=payee)
    payout = Payout.objects.create(run=run, payee=payee, currency="eur", amount=100, state=PayoutState.OPEN)
    Transfer.objects.create(payout=payout, earning=earning, amount=100, state=state)


def test_after_a_closed_account_another_one_in_any_country(ines: User, payee: Payee) -> None:
    stand(payee, "active")
    old = closed(payee)
    anew = begin(ines, country="CH")
    assert (anew.pk, anew.former_accounts, anew.country, anew.currency) == (old.pk, [old.account], "CH", "chf")
    assert (anew.account != old.account, anew.state, anew.active_at) == (True, PayeeState.UNFINISHED, None)
    # The same country again is another account as well: the key is not that of the first.
    third = begin(ines, country="CH")
    assert (third.account, accounts_at_stripe()) == (anew.account, 2)
    closed(anew)
    last = begin(ines, country="CH")
    assert last.former_accounts == [old.account, anew.account]
    assert accounts_at_stripe() == 3


@pytest.mark.parametrize(("state", "may"), [(TransferState.WANTED, False), ("done", True), ("refused", True)])
def test_nobody_begins_anew_while_a_payment_is_open(ines: User, payee: Payee, state: Any, *, may: bool) -> None:
    payment_to(payee, state)
    closed(payee)
    if may:
        assert begin(ines, country="FR").former_accounts == [payee.account]
        return
    with pytest.raises(PayeeBusyError):
        begin(ines, country="FR")
    payee.refresh_from_db()
    assert (payee.state, payee.former_accounts, accounts_at_stripe()) == (PayeeState.CLOSED, [], 1)


def test_whoever_is_refused_keeps_that_account(ines: User, payee: Payee) -> None:
    stand(payee, "refused")
    assert begin(ines, country="BE").account == payee.account


def test_events_of_a_former_account_change_nothing(ines: User, payee: Payee) -> None:
    closed(payee)
    anew = begin(ines, country="FR")
    account_changed("v2.core.account.closed", payee.account)
    payee.refresh_from_db()
    assert (payee.account, payee.revision) == (anew.account, anew.revision)


# --- countries ---


@pytest.mark.parametrize(
    ("country", "currency"),
    [("FR", "eur"), ("BG", "eur"), ("SE", "sek"), ("CH", "chf"), ("LI", "chf"), ("GB", "gbp"), ("US", "usd"), ("", "")],
)
def test_currency_follows_the_country(country: str, currency: str) -> None:
    assert currency_of(country) == currency


def test_every_country_offered_has_a_name_and_a_currency() -> None:
    assert [country for country, name in countries() if name == country or len(currency_of(country)) != 3] == []
    assert len(countries()) == len(set(site.PAYEE_COUNTRIES)) == 34


def test_countries_are_in_the_order_of_their_names() -> None:
    from django.utils import translation

    with translation.override("fr"):
        names = [name for _country, name in countries()]
        assert country_name("SE") == "Suède"
    assert names.index("Espagne") + 1 == names.index("Estonie")
    assert names.index("Estonie") + 1 == names.index("États-Unis")


def test_key_is_another_for_another_choice(ines: User, malo: User) -> None:
    from ticketing.stripe_objects import AccountRequest

    one = Payee(pk=1, former_accounts=[])
    request = AccountRequest("FR", "eur", "ines@example.org")
    keys = {
        payees._key(one, request),
        payees._key(Payee(pk=2, former_accounts=[]), request),
        payees._key(Payee(pk=1, former_accounts=["acct_1"]), request),
        payees._key(one, AccountRequest("DE", "eur", "ines@example.org")),
        payees._key(one, AccountRequest("FR", "eur", "other@example.org")),
    }
    assert (len(keys), payees._key(one, request) in keys) == (5, True)
