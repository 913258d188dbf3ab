"""The form of the fund's files: JSON of objects, lists, whole numbers and texts, and one way only to write each.

Names are sorted, no spaces, ASCII. What is read may be laid out in any way; its digest is that of the one form.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any, Final, NoReturn, TypeAlias

from django.utils.translation import gettext as _

from creators.errors import FundFileError

Json: TypeAlias = "dict[str, Json] | list[Json] | int | str"

# Half a million receipts.
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 6
# No sum, no number of seconds has as many.
_MAX_DIGITS: Final = 18
_SHOWN: Final = 60


def write(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def digest(written: bytes) -> str:
    """Return SHA-256 in hexadecimal."""
    return hashlib.sha256(written).hexdigest()


def read(raw: bytes) -> dict[str, Any]:
    """Return the object in the file; what it may hold is for others to check. Raises FundFileError."""
    if len(raw) > MAX_BYTES:
        raise FundFileError(_("The file is longer than %(most)d bytes; none of the fund’s is.") % {"most": MAX_BYTES})
    try:
        found = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (ValueError, RecursionError) as error:
        raise FundFileError(_("The file is no JSON in UTF-8. Was it cut off, or changed?")) from error
    if type(found) is not dict:
        raise FundFileError(_("The file does not begin with a JSON object."))
    _check_depth(found)
    return found


def shown(value: object) -> str:
    """Return the beginning of what somebody wrote, fit for a terminal."""
    text = value if isinstance(value, str) else repr(value)
    return ascii(text[:_SHOWN])[1:-1] + ("…" if len(text) > _SHOWN else "")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _times),) = Counter(name for name, _value in pairs).most_common(1)
        raise FundFileError(_("The name “%(name)s” stands twice in one object.") % {"name": shown(twice)})
    return found


def _check_depth(found: Any) -> None:
    """Refuse what lies deeper than anything that the fund writes, so that nobody below runs out of stack."""
    level = [found]
    for _depth in range(MAX_DEPTH):
        inside = (child for each in level for child in (each.values() if isinstance(each, dict) else each))
        level = [child for child in inside if isinstance(child, dict | list)]
        if not level:
            return
    raise FundFileError(_("Lists and objects lie in one another more than %(most)d deep.") % {"most": MAX_DEPTH})


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_DIGITS:
        _refuse_number(digits)
    return int(digits)


def _refuse_number(written: str) -> NoReturn:
    raise FundFileError(
        _("%(number)s has no place in the file: numbers are whole, with at most %(digits)d digits.")
        % {"number": shown(written), "digits": _MAX_DIGITS}
    )
