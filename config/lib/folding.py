"""Words as they are searched: small letters without accents, "Café" as "cafe". The same in Python and in the database.

PostgreSQL has `unaccent` for that, but who may install extensions is not ours to say: a table of letters needs nobody.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Func, TextField

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

FUNCTION: Final = "causerie_fold"
_LATIN: Final = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
# Letters that are no other letter with a sign.
_OWN: Final = {"ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t", "ĸ": "k", "ŋ": "n"}
_TWO: Final = {"œ": "oe", "æ": "ae", "ß": "ss", "þ": "th"}
# What stands between words, also inside of what PostgreSQL would take for an address, a path or a number.
_BETWEEN: Final = "_-./:@'’+"
_SIGNS: Final = "".join(chr(code) for code in range(0x300, 0x370))
_WORD = re.compile(r"\w+")


def _letters() -> dict[str, str]:
    found = {}
    for code in _LATIN:
        letter = chr(code)
        base = unicodedata.normalize("NFKD", letter)[0].lower()
        if base != letter and base.isascii() and base.isalpha():
            found[letter] = base
    for letter, base in _OWN.items():
        found[letter] = base
        if letter.upper() not in found and len(letter.upper()) == 1 and not letter.upper().isascii():
            found[letter.upper()] = base
    return found | dict.fromkeys(_BETWEEN, " ")


_TABLE: Final = _letters()
_PAIRS: Final = {
    letter: two for one, two in _TWO.items() for letter in {one, one.upper() if len(one.upper()) == 1 else one}
}
_TRANSLATION: Final = str.maketrans({**_TABLE, **_PAIRS, **dict.fromkeys(_SIGNS, None)})


def fold(text: str | None) -> str | None:
    """Return the text as it is compared: `fold("L’Été à Łódź") == "l ete a lodz"`."""
    return None if text is None else text.translate(_TRANSLATION).lower()


def search_terms(text: str, *, most: int) -> list[str]:
    """Return the words of what somebody looks for, folded, each once, at most so many."""
    return list(dict.fromkeys(_WORD.findall(fold(text) or "")))[:most]


class Folded(Func):
    """The same in a query; see CREATE_FUNCTION and `teach_sqlite`."""

    function = FUNCTION
    arity = 1
    output_field = TextField()


def _create() -> str:
    """Return the function as PostgreSQL knows it: pure, so that an index may be built on it."""
    given = "given"
    for letter, two in sorted(_PAIRS.items()):
        given = f"replace({given}, '{letter}', '{two}')"
    # What has nothing in its place is left out.
    letters = "".join(_TABLE).replace("'", "''") + _SIGNS
    bases = "".join(_TABLE.values())
    return (
        f"CREATE OR REPLACE FUNCTION {FUNCTION}(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE "
        f"AS $$ SELECT lower(translate({given}, '{letters}', '{bases}')) $$"
    )


CREATE_FUNCTION: Final = _create()


def teach_sqlite(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    """Let a new connection to SQLite know the function, too; a receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 1, fold, deterministic=True)
