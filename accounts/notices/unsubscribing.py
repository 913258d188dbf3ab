"""The links at the foot of letters: who they are for and what they end is signed, so they need no log-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing

from accounts.models import User
from accounts.notices.kinds import kinds
from config.lib.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

# In the place of a kind: all letters that somebody can do without.
EVERYTHING = "all"
_SALT = "accounts.notices.unsubscribing"
_UNDO_SALT = "accounts.notices.unsubscribing.undo"


def unsubscribe_token(person: User, kind: str) -> str:
    """Return what stands in the link. It does not run out: letters are read years later."""
    return signing.Signer(salt=_SALT).sign(f"{person.public_id}.{kind}").replace(":", "~")


def read_token(token: str) -> tuple[User, str]:
    """Return who does not want what any more; raises NotFoundError for a link that is not ours, or of nobody's."""
    try:
        person_id, _, kind = signing.Signer(salt=_SALT).unsign(token.replace("~", ":")).partition(".")
    except signing.BadSignature as error:
        raise NotFoundError from error
    person = User.objects.filter(public_id=person_id, is_active=True).first()
    if person is None or (kind != EVERYTHING and kind not in kinds()):
        raise NotFoundError
    return person, kind


def undo_token(token: str, kind_names: Iterable[str]) -> str:
    """Return what lets the page take it back: which kinds had come until then."""
    return signing.dumps([token, sorted(kind_names)], salt=_UNDO_SALT)


def read_undo(token: str, undo: str) -> list[str]:
    """Return the kinds that came before; raises NotFoundError for what was not made for this link."""
    try:
        of_token, names = signing.loads(undo, salt=_UNDO_SALT)
    except signing.BadSignature as error:
        raise NotFoundError from error
    if of_token != token:
        raise NotFoundError
    return [name for name in names if name in kinds()]
