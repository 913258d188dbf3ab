"""Making money somebody's own. Tickets, tips and the fund all end here; from here on it is paid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.lib.inserting import insert_new
from ticketing import account_names as accounts
from ticketing.services.ledger import Posting, post

if TYPE_CHECKING:
    from creators.models import Earning


def earn(earning: Earning, *, out_of: str, order: str = "") -> bool:
    """Write an earning down, with what it brings its creator taken out of an account; False if that was done before.

    Inside the caller's transaction, who takes fee, tax and cost out of the same account. `order` is the order's public
    id, if there is one. An earning of nothing is written as well: it says that its payment is settled.
    """
    if not insert_new([earning]):
        return False
    if earning.net:
        owed = accounts.creator(earning.creator_key, earning.currency)
        key = f"earning:{earning.source}:{earning.source_key}"
        post(Posting(out_of, owed, earning.money, key, order=order))
    return True
