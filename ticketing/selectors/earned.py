"""What each order has earned for whoever sold it, as the ledger says.

That is what came for the room, less what went back to the buyer or was taken back by a bank, without the tax and before
costs. What was paid on from the room's account, to creator or platform, stays earned.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from ticketing import account_names as accounts
from ticketing.models import Entry

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

    from ticketing.models import Order

_HELD: Final = f"{accounts.HELD}room:"
# Where money of buyers comes from and goes back to.
_BUYERS_SIDE: Final = ("stripe:", "refunds:", "disputes:")
# What payments cost is none of it, though it is called after Stripe too.
_COSTS: Final = "stripe:fees:"


def with_earned(orders: QuerySet[Order]) -> QuerySet[Any]:
    """Add the column `earned`, in the smallest unit of each order's currency."""
    return orders.annotate(earned=_moved(to="credit", by="debit") - _moved(to="debit", by="credit"))


def _moved(*, to: str, by: str) -> Combinable:
    """Sum up an order's entries with its room's account on one side and the buyer's on the other."""
    from_buyers = reduce(or_, (Q(**{f"{by}__name__startswith": name}) for name in _BUYERS_SIDE))
    from_buyers &= ~Q(**{f"{by}__name__startswith": _COSTS})
    rows = Entry.objects.filter(from_buyers, order_key=OuterRef("public_id"), **{f"{to}__name__startswith": _HELD})
    # The index is of those that have one.
    sums = rows.exclude(order_key="").order_by().values("order_key").annotate(whole=Sum("amount"))
    return Coalesce(Subquery(sums.values("whole")), 0)
