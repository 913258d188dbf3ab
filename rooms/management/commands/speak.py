"""`manage.py speak ROOM FILE…`: play audio files into a room as an account that is on its stage."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import User
from config.lib.errors import NotFoundError
from rooms.bot.clips import check_clip
from rooms.bot.errors import BotError
from rooms.bot.playlist import Playlist, perform, play, told_to_stop
from rooms.bot.publisher import use_loopback_too
from rooms.bot.site import own_url, site_at
from rooms.bot.speaker import Speaker
from rooms.enums import Action
from rooms.permissions import may
from rooms.selectors import role_in, room_for

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from rooms.models import Room


MOST_PAUSE_SECONDS = 3600


class Command(BaseCommand):
    help = "Play audio files into a room as an account that is on its stage. Ctrl-C stops it."
    # Importing every page for them would double what it takes to start.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("room", metavar="ROOM", help="the room's id, or its address")
        parser.add_argument(
            "files", metavar="FILE", nargs="+", type=Path, help="audio, in any format that FFmpeg reads"
        )
        parser.add_argument("--as", dest="handle", default="", metavar="HANDLE", help="who speaks (default: the host)")
        how_often = parser.add_mutually_exclusive_group()
        how_often.add_argument("--once", action="store_true", help="play all files once, then leave (the default)")
        how_often.add_argument("--loop", action="store_true", help="begin again after the last file")
        parser.add_argument("--pause", type=float, default=1.0, metavar="SECONDS", help="between files (default: 1)")
        parser.add_argument("--consent", action="store_true", help="the files may be recorded if the room is")
        parser.add_argument("--url", default="", help="where the site answers (default: as HOST and PORT say)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            site = site_at(options["url"] or own_url())
            playlist = _playlist(options["files"], pause=options["pause"], again=options["loop"])
            room = _room(options["room"])
            person = _person(room, options["handle"])
            speaker = Speaker(site, room.public_id, person, consents=options["consent"])
            asyncio.run(_speak(speaker, playlist))
        except BotError as error:
            raise CommandError(str(error)) from error


async def _speak(speaker: Speaker, playlist: Playlist) -> None:
    use_loopback_too()
    await perform([speaker], play(speaker.voice, playlist), told_to_stop())


def _playlist(files: list[Path], *, pause: float, again: bool) -> Playlist:
    if not 0 <= pause <= MOST_PAUSE_SECONDS:
        raise BotError(_("--pause is a number of seconds from 0 to %(most)d.") % {"most": MOST_PAUSE_SECONDS})
    for file in files:
        check_clip(file)
    return Playlist(files, pause, again=again)


def _room(given: str) -> Room:
    """Return the live room with this id, or at this address. Raises BotError."""
    public_id = urlsplit(given).path.rstrip("/").rpartition("/")[2]
    try:
        room = room_for(None, public_id)
    except NotFoundError as error:
        msg = _("There is no room “%(room)s”: give the last part of its address, or all of it.")
        raise BotError(msg % {"room": given}) from error
    if room.is_coming:
        raise BotError(_("“%(title)s” has not begun yet.") % {"title": room.title})
    if not room.is_live:
        raise BotError(_("“%(title)s” has ended.") % {"title": room.title})
    return room


def _person(room: Room, handle: str) -> User:
    """Return who is to speak. Raises BotError if they may not."""
    user = User.objects.filter(handle__iexact=handle).first() if handle else room.host
    if user is None:
        raise BotError(_("Nobody here has the handle %(handle)s.") % {"handle": handle})
    names = {"handle": user.handle, "title": room.title}
    if not user.is_active:
        raise BotError(_("%(handle)s cannot log in: the account is closed.") % names)
    if not may(role_in(room, user), Action.SPEAK):
        msg = _(
            "%(handle)s is not on the stage of “%(title)s” and may not speak. Log in as %(handle)s, raise a hand there "
            "and let the host accept it; or name with --as somebody who is on the stage."
        )
        raise BotError(msg % names)
    return user
