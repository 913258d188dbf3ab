"""The words that hosts refuse: kept, and looked for in what others write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from config.lib.errors import InvalidError
from config.lib.plain_text import tidy_line
from rooms.errors import WordsRefusedError
from rooms.models import RefusedWord, Room
from rooms.words import fold, holds_any

if TYPE_CHECKING:
    from collections.abc import Iterable

WORD_MAX_LENGTH = 50


def check_words(room: Room, text: str) -> None:
    """Stop if the text holds a word that the room's host refuses. Raises WordsRefusedError, which names none."""
    if holds_any(text, RefusedWord.objects.filter(host=room.host_id).values_list("folded", flat=True)):
        raise WordsRefusedError


@transaction.atomic
def refuse_words(host: User, words: Iterable[str]) -> None:
    """Let this be the host's whole list, for all of their rooms. Raises InvalidError; nothing is changed then."""
    listed = _listed(words)
    User.objects.select_for_update(no_key=True).get(pk=host.pk)
    RefusedWord.objects.filter(host=host).delete()
    RefusedWord.objects.bulk_create(RefusedWord(host=host, word=word, folded=key) for key, word in listed.items())


def _listed(words: Iterable[str]) -> dict[str, str]:
    """Return the words by their folded form, each once; what has no letter is left out."""
    tidied = [tidied for word in words if (tidied := tidy_line(word))]
    if any(len(word) > WORD_MAX_LENGTH for word in tidied):
        raise InvalidError(_("A word has at most %(limit)d characters.") % {"limit": WORD_MAX_LENGTH})
    listed = {key: word for word in reversed(tidied) if (key := fold(word))}
    if len(listed) > settings.ROOM_WORDS_LIMIT:
        raise InvalidError(_("There are at most %(limit)d words.") % {"limit": settings.ROOM_WORDS_LIMIT})
    return dict(reversed(listed.items()))
