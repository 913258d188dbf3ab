"""Paying for a tip on Stripe's page: opened, looked at, closed when its time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from creators.enums import TipState
from creators.models import Tip
from creators.selectors.tips import over_tips, unsettled
from creators.services.giving import PAGE
from creators.services.tip_payments import record_tip
from creators.services.tips_shown import try_to_show
from creators.tip_errors import TipOverError, TipPaidError
from ticketing import stripe_gateway as gateway
from ticketing.errors import PaymentsUnavailableError
from ticketing.stripe_objects import CheckoutItem, CheckoutRequest

if TYPE_CHECKING:
    from ticketing.stripe_objects import CheckoutSession

log = structlog.get_logger(__name__)


def open_page(tip: Tip, *, language: str, origin: str = "") -> str:
    """Return the address of Stripe's page for a tip; of the one that is open already, if there is one.

    `origin` is where the giver is logged in. Raises TipPaidError, TipOverError, PaymentsOffError,
    PaymentsUnavailableError.
    """
    if tip.is_paid:
        raise TipPaidError
    if tip.state != TipState.OPEN or tip.open_until <= timezone.now():
        raise TipOverError
    if tip.session:
        found = gateway.retrieve_checkout(tip.session)
        if found.url is not None:
            return found.url
        raise TipPaidError if follow(tip, found).is_paid else TipOverError
    if _take_turn(tip):
        made = gateway.create_checkout(
            _request(tip, language, origin or settings.SITE_URL), key=f"tip:{tip.public_id}:{tip.checkout_tries}"
        )
        if Tip.objects.filter(pk=tip.pk, session="", state=TipState.OPEN).update(session=made.id):
            assert made.url is not None
            return made.url
        # Another press of the button was faster: nobody has seen this page.
        gateway.expire_checkout(made.id, key=f"expire:{made.id}")
    fresh = Tip.objects.select_related("recipient", "giver").get(pk=tip.pk)
    return open_page(fresh, language=language, origin=origin)


def look(tip_id: int) -> Tip:
    """Ask Stripe how a tip stands, do what follows of it, and return it as it is then.

    Raises PaymentsUnavailableError.
    """
    tip = Tip.objects.get(pk=tip_id)
    if tip.session and (not tip.is_paid or tip.cost is None):
        return follow(tip, gateway.retrieve_checkout(tip.session))
    return tip


def end_pages(limit: int = 100) -> int:
    """Close what nobody paid for in time; return how many. Any number of these may run at once."""
    return sum(_end(pk) for pk in over_tips(limit))


def settle_due(limit: int = 100) -> int:
    """Ask what tips cost of which Stripe had not said it; return how many know it now."""
    done = 0
    for pk in unsettled().order_by("pk").values_list("pk", flat=True)[:limit]:
        try:
            done += look(pk).cost is not None
        except PaymentsUnavailableError:
            break
        except Exception:
            # One that is odd must not keep the others.
            log.exception("tip_not_settled", tip=pk)
    return done


def follow(tip: Tip, found: CheckoutSession) -> Tip:
    """Do what follows of how a session stands."""
    if found.is_paid:
        if not tip.is_paid or tip.cost is None:
            tip = record_tip(tip.pk, found)
            try_to_show(tip.pk)
    elif found.status == "expired":
        Tip.objects.filter(pk=tip.pk, state=TipState.OPEN).update(state=TipState.LAPSED)
    tip.refresh_from_db()
    return tip


def _take_turn(tip: Tip) -> bool:
    """Give a tip another key; False if it is not as it was read."""
    as_read = Tip.objects.filter(pk=tip.pk, state=TipState.OPEN, session="", checkout_tries=tip.checkout_tries)
    tip.checkout_tries += 1
    return bool(as_read.update(checkout_tries=tip.checkout_tries, open_until=timezone.now() + PAGE))


def _request(tip: Tip, language: str, origin: str) -> CheckoutRequest:
    back = f"{origin}/tips/{tip.public_id}/"
    name = tip.recipient.shown_name if tip.recipient else ""
    return CheckoutRequest(
        CheckoutItem(name=_("A tip for %(name)s") % {"name": name}, amount=tip.amount, currency=tip.currency),
        # An order's is its bare id.
        reference=f"tip_{tip.public_id}",
        success_url=f"{back}?paid=1",
        cancel_url=back,
        expires_at=timezone.now() + PAGE,
        email=tip.giver.email if tip.giver else "",
        locale=language,
        transfer_group=f"tip_{tip.public_id}",
        metadata={"tip": tip.public_id},
    )


def _end(tip_id: int) -> bool:
    """Close a page and see how it ended; whoever has just paid has paid."""
    tip = Tip.objects.get(pk=tip_id)
    try:
        if not tip.session:
            # A page that is being opened this moment finds no open tip, and is closed unseen.
            over = Tip.objects.filter(pk=tip.pk, state=TipState.OPEN, session="")
            return bool(over.update(state=TipState.LAPSED))
        return follow(tip, gateway.expire_checkout(tip.session, key=f"expire:{tip.session}")).state != TipState.OPEN
    except Exception:
        # One that cannot be asked about must not keep the others.
        log.exception("tip_not_ended", tip=tip.public_id)
        return False
