"""Sums of money in the smallest unit of a currency: whole numbers only, one currency at a time.

Currencies are written as Stripe writes them, ISO 4217 in small letters, and their smallest unit is the one that Stripe
counts in (https://docs.stripe.com/currencies), which is not always the CLDR's.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from babel import Locale
from django.utils.translation import gettext_lazy as _

from config.lib import formats
from config.lib.currencies import decimals, is_currency
from config.lib.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BASIS_POINTS: Final = 10_000
# So many digits before the fraction; more is a slip of the finger, and would not fit into the database.
PRICE_DIGITS: Final = 12
_PRICE = re.compile(r"(?P<units>[0-9]{1,3}(?: [0-9]{3})+|[0-9]+)(?:[.,](?P<fraction>[0-9]+))?")


class CurrencyMismatchError(ValueError):
    """Two currencies met where there can be only one."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} cannot be put together or compared.")


class BadPriceError(InvalidError):
    """What somebody typed is no price."""

    code = "bad_price"
    message = _("Write the price as a number, for example 12.50.")


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """So many of a currency's smallest unit. Sums of two currencies are never equal; anything else with them raises.

    Raises TypeError for what is no whole number (also for a bool), ValueError for a currency that does not exist.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        _check_whole(self.minor)
        if not is_currency(self.currency):
            msg = f"{self.currency!r} is no currency as Stripe writes it; euros are 'eur'."
            raise ValueError(msg)

    def __str__(self) -> str:
        """Return it for logs and statements of machines, without a locale: `12.50 eur`."""
        places = decimals(self.currency)
        units, fraction = divmod(abs(self.minor), 10**places)
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{units}{f'.{fraction:0{places}}' if places else ''} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, times: int) -> Money:
        _check_whole(times)
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def written(self) -> str:
        """Return it for a person, in the language of the page: `€12.50`, in French `12,50 €`."""
        return formats.money(self.minor, self.currency)

    @property
    def units(self) -> Decimal:
        """Return it in whole units with all its places, for a spreadsheet: `12.50`."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def fraction(self, numerator: int, denominator: int) -> Money:
        """Return that part of it, rounded to the nearest unit; a half goes away from zero, as merchants round.

        The tax in a price with 20 % included is `price.fraction(2000, 12000)`. What is left is `price - part`: two
        fractions that were rounded apart need not add up, `split` always does.
        """
        _check_whole(numerator)
        _check_whole(denominator)
        if denominator <= 0:
            msg = "A denominator is above zero."
            raise ValueError(msg)
        product = self.minor * numerator
        rounded = (2 * abs(product) + denominator) // (2 * denominator)
        return Money(rounded if product >= 0 else -rounded, self.currency)

    def share(self, basis_points: int) -> Money:
        """Return so many hundredths of a percent of it, rounded as `fraction` does."""
        return self.fraction(basis_points, BASIS_POINTS)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Part it by weights so that the parts add up to it exactly (largest remainder, Hamilton's method).

        Everybody gets their share rounded down. The units that are left go one each to whoever lost most by that, of
        equals to the one who stands earlier; so a weight of zero gets nothing, and no part is a whole unit off. A debt
        is split like the same credit. Raises ValueError without a weight above zero, or with one below.
        """
        for weight in weights:
            _check_whole(weight)
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            msg = "Weights are not below zero, and one of them is above."
            raise ValueError(msg)
        floors, lost = zip(*(divmod(abs(self.minor) * weight, whole) for weight in weights), strict=True)
        parts = list(floors)
        # Sorting keeps the order of equals.
        for place in sorted(range(len(parts)), key=lambda place: -lost[place])[: abs(self.minor) - sum(floors)]:
            parts[place] += 1
        return [Money(part if self.minor >= 0 else -part, self.currency) for part in parts]

    def _same(self, other: object) -> Money:
        if not isinstance(other, Money):
            msg = f"{other!r} is no money."
            raise TypeError(msg)
        if other.currency != self.currency:
            raise CurrencyMismatchError(self.currency, other.currency)
        return other


def total(sums: Iterable[Money], currency: str) -> Money:
    """Return all of them together; of none, nothing of that currency."""
    return sum(sums, start=Money(0, currency))


def read_price(text: str, currency: str) -> Money:
    """Read what a person typed for a price: `12`, `12.5`, `12,50`, `1 204,50 €`.

    Point and comma both begin the fraction, in any language: who means thousands by one is asked to leave it out, since
    a guess may be wrong by a thousand. Raises BadPriceError, whose text says what to write instead.
    """
    places = decimals(currency)
    plain = " ".join(_without_sign(unicodedata.normalize("NFKC", text), currency).split())
    if (found := _PRICE.fullmatch(plain)) is None:
        raise BadPriceError(_("Write the price as a number, for example %(example)s.") % {"example": _example(places)})
    units, fraction = found["units"].replace(" ", ""), found["fraction"] or ""
    if len(fraction) > places:
        raise BadPriceError(_too_fine(places))
    if len(units.lstrip("0")) > PRICE_DIGITS:
        raise BadPriceError(_("That is too much. Look at the number of digits."))
    return Money(int(units) * 10**places + int(fraction.ljust(places, "0") or "0"), currency)


def _without_sign(text: str, currency: str) -> str:
    """Leave out the currency, before or after, as any language writes it."""
    text = text.strip()
    for sign in _signs(currency):
        if text.lower().startswith(sign):
            return text[len(sign) :]
        if text.lower().endswith(sign):
            return text[: -len(sign)]
    return text


@functools.cache
def _signs(currency: str) -> tuple[str, ...]:
    """Return code and symbol in small letters, the longest first: `$us` ends with what `$` does not."""
    symbols = {Locale(language).currency_symbols.get(currency.upper(), currency) for language in ("en", "fr")}
    return tuple(sorted({currency, *(symbol.lower() for symbol in symbols)}, key=len, reverse=True))


def _example(places: int, value: str = "12.5") -> str:
    """Return a price as one types it here; without places, 12."""
    return formats.fixed(Decimal(value if places else 12), places, group=False)


def _too_fine(places: int) -> str:
    if places == 0:
        return str(_("This currency has no fractions. Write a whole number, without points or commas."))
    text = _(
        "After the point or comma come at most %(places)d digits. Leave out what parts the thousands: "
        "write %(example)s."
    )
    return str(text) % {"places": places, "example": _example(places, "1204.5")}


def _check_whole(number: object) -> None:
    if type(number) is not int:
        msg = f"{number!r} is no whole number; money knows no others."
        raise TypeError(msg)
