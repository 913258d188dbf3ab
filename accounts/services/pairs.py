"""Two people's rows, locked together."""

from __future__ import annotations

from accounts.models import User
from config.lib.errors import NotFoundError


def lock_pair(one: User, other: User) -> tuple[User, User]:
    """Keep two people's rows as they are until the transaction ends, and return them; raises NotFoundError.

    In the order of their keys, so that two who do the same to each other at once cannot wait crosswise. Rooms lock a
    person before a room (rooms.events), so nothing of a room may be locked before.
    """
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=[one.pk, other.pk]).order_by("pk")
    found = {person.pk: person for person in rows}
    try:
        return found[one.pk], found[other.pk]
    except KeyError:
        raise NotFoundError from None
