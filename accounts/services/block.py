"""Blocking and muting people, and undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from accounts.errors import NotOneselfError, TooManyHiddenError
from accounts.models import Block, Mute
from accounts.services.follow import end_follow
from accounts.services.pairs import lock_pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User


def block(blocker: User, blocked: User) -> None:
    """Hide two people from each other and end what they follow of each other. One that is blocked already is fine.

    Raises NotOneselfError, TooManyHiddenError.
    """
    if blocker.pk == blocked.pk:
        raise NotOneselfError
    with transaction.atomic():
        # Whoever begins to follow holds the same locks, so no follow survives.
        lock_pair(blocker, blocked)
        if Block.objects.filter(blocker=blocker, blocked=blocked).exists():
            return
        if Block.objects.filter(blocker=blocker).count() >= settings.HIDDEN_LIMIT:
            raise TooManyHiddenError
        Block.objects.create(blocker=blocker, blocked=blocked)
        end_follow(blocker, blocked)
        end_follow(blocked, blocker)
        _announce_after_commit(blocker, blocked, now=True)


def unblock(blocker: User, blocked: User) -> None:
    """Take a block back; what they followed of each other does not come back. None is fine."""
    with transaction.atomic():
        gone, _ = Block.objects.filter(blocker=blocker, blocked=blocked).delete()
        if gone:
            _announce_after_commit(blocker, blocked, now=False)


def mute(muter: User, muted: User) -> None:
    """Hear less of somebody. One that is muted already is fine. Raises NotOneselfError, TooManyHiddenError."""
    if muter.pk == muted.pk:
        raise NotOneselfError
    with transaction.atomic():
        lock_pair(muter, muted)
        if Mute.objects.filter(muter=muter, muted=muted).exists():
            return
        if Mute.objects.filter(muter=muter).count() >= settings.HIDDEN_LIMIT:
            raise TooManyHiddenError
        Mute.objects.create(muter=muter, muted=muted)


def unmute(muter: User, muted: User) -> None:
    """Hear of somebody again; whoever is not muted is fine."""
    Mute.objects.filter(muter=muter, muted=muted).delete()


def _announce_after_commit(blocker: User, blocked: User, *, now: bool) -> None:
    for path in settings.BLOCK_HANDLERS:
        # Robust: what one of them cannot do keeps nobody from hearing of it.
        transaction.on_commit(_telling(path, blocker, blocked, now=now), robust=True)


def _telling(path: str, blocker: User, blocked: User, *, now: bool) -> Callable[[], None]:
    # Not functools.partial: Django logs a robust handler's failure by its __qualname__.
    def tell() -> None:
        import_string(path)(blocker, blocked, now)

    return tell
