"""Tips as reconciliation holds them against Stripe's balance (settings.RECONCILED)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from creators.models import Tip, TipRefund
from creators.selectors.tips import open_tips
from creators.services.payment_events import is_of_a_tip
from creators.services.tip_checkout import look
from creators.services.tip_disputes import look_at_tip_dispute
from creators.services.tip_refunds import look_at_tip_refund
from ticketing import stripe_gateway as gateway
from ticketing.enums import DisputeState, RefundState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ticketing.selectors.reconciliation import Sum


class TipBooks:
    """A ticketing.reconciled.Reconciled: tips by their charge, refunds and disputes by their own id."""

    parts: Mapping[str, tuple[str, ...]] = {"tip": ("paid", "fee"), "tiprefund": ("paid", "returned")}
    # Payments, refunds and disputes may as well be an order's.
    prefixes = ()

    def subjects_of(self, sources: Sequence[str]) -> dict[str, str]:
        """Return the subject of each source that is a tip's; a dispute is its own."""
        tips = Tip.objects.filter(charge__in=sources).values_list("charge", "public_id")
        refunds = TipRefund.objects.filter(stripe_id__in=sources).values_list("stripe_id", "public_id")
        disputes = Tip.objects.filter(dispute__in=sources).values_list("dispute", flat=True)
        found = {charge: f"tip:{tip}" for charge, tip in tips}
        found |= {source: f"tiprefund:{refund}" for source, refund in refunds}
        return found | {dispute: f"dispute:{dispute}" for dispute in disputes}

    def sources_of(self, subjects: Sequence[str]) -> dict[str, str]:
        """Return Stripe's id of each subject that is a tip's; "" for one whose row does not know it."""
        names = [subject.partition(":")[2] for subject in subjects]
        tips = Tip.objects.filter(public_id__in=names).values_list("public_id", "charge")
        refunds = TipRefund.objects.filter(public_id__in=names).values_list("public_id", "stripe_id")
        found = {f"tip:{tip}": charge for tip, charge in tips}
        return found | {f"tiprefund:{refund}": source for refund, source in refunds}

    def open(self, since: datetime) -> Iterator[tuple[str, Callable[[], object]]]:
        """Yield what may have gone on unseen, and what asks Stripe about it."""
        for pk, name in open_tips(since).values_list("pk", "public_id"):
            yield f"tip {name}", partial(look, pk)
        refunds = TipRefund.objects.filter(state__in=(RefundState.WANTED, RefundState.PENDING)).order_by("pk")
        for pk, name in refunds.values_list("pk", "public_id"):
            yield f"refund {name}", partial(look_at_tip_refund, pk)
        disputed = Tip.objects.filter(dispute_state=DisputeState.OPEN).order_by("pk")
        for pk, name in disputed.values_list("pk", "public_id"):
            yield f"the dispute of tip {name}", partial(look_at_tip_dispute, pk)

    def follow(self, source: str) -> bool:
        """Do what a webhook about this source would; False if it is of no tip."""
        if source.startswith(("re_", "dp_", "du_")):
            return is_of_a_tip(source)
        tip = _tip_of(source)
        if tip is not None:
            look(tip)
        return tip is not None

    def stands(self, source: str) -> Sum | None:
        """Return nothing: what Stripe has booked of payments is asked of all alike."""
        del source
        return None


TIPS: Final = TipBooks()


def _tip_of(charge: str) -> int | None:
    """Return the tip of a charge, also of one that only Stripe knows to be the tip's."""
    known = Tip.objects.filter(charge=charge).values_list("pk", flat=True).first()
    if known is not None or not charge.startswith(("ch_", "py_")):
        return known
    payment = gateway.retrieve_charge(charge).payment_intent
    name = gateway.retrieve_payment(payment).metadata.get("tip", "") if payment else ""
    return Tip.objects.filter(public_id=name or "-").values_list("pk", flat=True).first()
