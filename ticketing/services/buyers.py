"""Who may buy: everybody with an account, and with an address for the receipt where the site asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from accounts.selectors.people import has_confirmed_address
from ticketing.selling_errors import AddressUnconfirmedError

if TYPE_CHECKING:
    from accounts.models import User


def require_confirmed_address(person: User) -> None:
    """Raise AddressUnconfirmedError unless the person's address is known to be theirs, where the site asks."""
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not has_confirmed_address(person):
        raise AddressUnconfirmedError
