"""What somebody wants to be told, on which ways, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.errors import QuietHoursError
from accounts.models import Channel, Digest, NotificationChoice, NotificationRhythm
from accounts.notices.kinds import kinds
from accounts.notices.unsubscribing import EVERYTHING
from accounts.selectors.notifications import choices_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import time

    from accounts.models import User


@transaction.atomic
def choose_channels(user: User, wanted: Mapping[str, Collection[Channel]]) -> None:
    """Keep on which channels somebody wants which kinds; kinds that are not named stay as they are.

    Only what differs from a kind's default is kept: who has chosen nothing follows it when it changes.
    """
    for name, channels in wanted.items():
        kind = kinds()[name]
        changeable = set(Channel) - kind.forced
        differing = {channel for channel in changeable if (channel in channels) != (channel in kind.channels)}
        mine = NotificationChoice.objects.filter(user=user, kind=name)
        mine.exclude(channel__in=differing).delete()
        NotificationChoice.objects.bulk_create(
            [
                NotificationChoice(user=user, kind=name, channel=channel, wanted=channel in channels)
                for channel in sorted(differing)
            ],
            update_conflicts=True,
            unique_fields=["user", "kind", "channel"],
            update_fields=["wanted"],
        )


def choose_rhythm(user: User, *, quiet: tuple[time, time] | None, digest: Digest, page_zone: str) -> None:
    """Keep somebody's hours of quiet and how letters come. Raises QuietHoursError for hours of no length."""
    if quiet is not None and quiet[0] == quiet[1]:
        raise QuietHoursError
    quiet_from, quiet_until = quiet or (None, None)
    values = {"quiet_from": quiet_from, "quiet_until": quiet_until, "digest": digest, "page_zone": page_zone}
    NotificationRhythm.objects.update_or_create(user=user, defaults=values)


@transaction.atomic
def unsubscribe(user: User, kind: str) -> list[str]:
    """End the letters of a kind, or all that somebody can do without; return the kinds that came until now."""
    ended = [
        one
        for one in choices_of(user)
        if kind in {EVERYTHING, one["kind"].name}
        and Channel.MAIL in one["wanted"]
        and Channel.MAIL not in one["kind"].forced
    ]
    choose_channels(user, {one["kind"].name: one["wanted"] - {Channel.MAIL} for one in ended})
    return [one["kind"].name for one in ended]


@transaction.atomic
def subscribe_again(user: User, names: Iterable[str]) -> None:
    """Let the letters of these kinds come again."""
    again = [one for one in choices_of(user) if one["kind"].name in set(names)]
    choose_channels(user, {one["kind"].name: one["wanted"] | {Channel.MAIL} for one in again})
