"""Letting somebody be paid: their row first, then an account at Stripe, then a link on which they go on there.

What may change, and when: until Stripe has made the account, the country may be chosen anew, and the last choice holds.
From then on account and country stay, until the account is closed at Stripe; then the person may begin again with
another one, in any country, once no payment to the old one is open. The old one's id is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.lib.public_id import new_public_id
from creators.enums import TransferState
from creators.errors import CountryNotPaidError, PayeeBusyError, PayeeMissingError, PayeeStuckError
from creators.models import Payee, Transfer
from creators.payee_places import currency_of
from creators.services.payee_looks import describe, look_again
from ticketing import stripe_gateway as gateway
from ticketing.errors import PaymentConflictError, PaymentMissingError, PaymentRefusedError
from ticketing.stripe_objects import AccountRequest

if TYPE_CHECKING:
    from accounts.models import User
    from ticketing.stripe_objects import ConnectedAccount

log = structlog.get_logger(__name__)


def begin(person: User, *, country: str) -> Payee:
    """Return the person's payee with an open account at Stripe; whoever has one keeps it, whatever they choose.

    Outside of any transaction. Raises CountryNotPaidError, PayeeBusyError, and what the gateway raises: then the same
    may be asked again, and makes no second account.
    """
    if country not in settings.PAYEE_COUNTRIES:
        raise CountryNotPaidError
    payee = _choose(person, country)
    if payee.account:
        return payee
    request = AccountRequest(
        country=payee.country,
        currency=payee.currency,
        email=person.email,
        metadata={"creator": payee.person_key},
    )
    return _keep(payee, gateway.create_account(request, key=_key(payee, request)))


def onboarding_link(person: User, *, return_url: str, refresh_url: str) -> str:
    """Return where the person goes on at Stripe, for them alone: good once, and for some minutes.

    Raises PayeeMissingError, PayeeStuckError, and what the gateway raises while Stripe is away.
    """
    payee = Payee.objects.filter(person=person, closed=False).exclude(account="").first()
    if payee is None:
        raise PayeeMissingError
    # Links are made anew at each visit, so nothing is lost with one: it needs no row.
    key = f"payee_link:{new_public_id()}"
    try:
        link = gateway.create_account_link(
            payee.account, "account_onboarding", return_url=return_url, refresh_url=refresh_url, key=key
        )
    except PaymentRefusedError as error:
        # It may be closed, and nobody told us.
        with contextlib.suppress(PaymentMissingError):
            look_again(payee.pk)
        raise PayeeStuckError from error
    return link.url


@transaction.atomic
def _choose(person: User, country: str) -> Payee:
    """Write down where the person is to be paid, unless they have an open account, and return their row."""
    currency = currency_of(country)
    Payee.objects.get_or_create(
        person_key=person.public_id, defaults={"person": person, "country": country, "currency": currency}
    )
    payee = _locked(person.public_id)
    if payee.account and not payee.closed:
        return payee
    if payee.account:
        _part_from_account(payee)
    if (payee.country, payee.currency) != (country, currency):
        payee.country, payee.currency = country, currency
        payee.revision += 1
    payee.save()
    return payee


def _part_from_account(payee: Payee) -> None:
    """Let a closed account be a former one. Raises PayeeBusyError while a payment to it may be under way."""
    # Sent again to another account, its key would be refused, or a day later it would be paid twice.
    if Transfer.objects.filter(payout__payee=payee, state=TransferState.WANTED).exists():
        raise PayeeBusyError
    payee.former_accounts = [*payee.former_accounts, payee.account]
    payee.account = payee.transfers = ""
    payee.reasons, payee.missing, payee.later, payee.in_review = [], [], [], []
    payee.closed = False
    payee.deadline = payee.looked_at = payee.active_at = None
    payee.revision += 1


@transaction.atomic
def _keep(asked: Payee, made: ConnectedAccount) -> Payee:
    """Write down what Stripe has made. Raises PaymentConflictError if the person chose otherwise meanwhile."""
    payee = _locked(asked.person_key)
    if payee.account == "" and payee.country == asked.country:
        payee.account = made.id
        describe(payee, made, timezone.now())
        payee.save()
        log.info("payee_account", payee=payee.pk, account=made.id)
    elif payee.account != made.id:
        # It stays at Stripe, empty: nobody is ever sent there.
        log.warning("payee_account_left", payee=payee.pk, account=made.id)
    if payee.account == "":
        raise PaymentConflictError
    return payee


def _locked(person_key: str) -> Payee:
    return Payee.objects.select_for_update(no_key=True).get(person_key=person_key)


def _key(payee: Payee, request: AccountRequest) -> str:
    """Return the key of asking for just this: another choice, or the account after a closed one, is another call."""
    asked = f"{request.country} {request.currency} {request.email}"
    return f"payee:{payee.pk}:{len(payee.former_accounts)}:{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
