"""Telling the app above that money of an order goes back to its buyer: by then it may be somebody's earning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from config.lib.money import Money
    from ticketing.models import Order


def tell_going_back(order: Order, money: Money, key: str, *, undone: bool = False) -> None:
    """Have so much put back on the room's account before it leaves that, or taken from it again if it did not leave.

    Inside the caller's transaction, which has locked the order. `money` is without tax; `key` names the refund or
    dispute, each once.
    """
    if money:
        for path in settings.MONEY_BACK_HANDLERS:
            import_string(path)(order, money, key, undone=undone)
