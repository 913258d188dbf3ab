"""Sums of money: no float, one currency at a time, splits that add up, prices as people write them."""

from __future__ import annotations

import contextlib
import operator
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from config.lib import formats
from config.lib.currencies import decimals, step
from config.lib.money import BadPriceError, CurrencyMismatchError, Money, read_price, total

if TYPE_CHECKING:
    from collections.abc import Callable

MINORS = st.integers(-(10**15), 10**15)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


def eur(minor: int) -> Money:
    return Money(minor, "eur")


@pytest.mark.parametrize("minor", [12.5, 12.0, True, "12", Decimal(12), None])
def test_money_is_whole_numbers_only(minor: Any) -> None:
    with pytest.raises(TypeError):
        Money(minor, "eur")


@pytest.mark.parametrize("currency", ["EUR", "eu", "euros", "zzz", "", None, 978])
def test_currency_is_written_as_stripe_does(currency: Any) -> None:
    with pytest.raises(ValueError, match="no currency"):
        Money(1, currency)


def test_sums_of_one_currency_are_numbers() -> None:
    assert [eur(5) + eur(3), eur(5) - eur(8), -eur(5), abs(eur(-5)), eur(5) * 3, 3 * eur(5)] == [
        eur(8), eur(-3), eur(-5), eur(5), eur(15), eur(15)
    ]  # fmt: skip
    assert (bool(eur(0)), bool(eur(-1))) == (False, True)
    assert (total([], "eur"), total([eur(1), eur(2)], "eur")) == (eur(0), eur(3))


def test_sum_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        eur(1).minor = 2  # type: ignore[misc]


@pytest.mark.parametrize("do", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge])
def test_two_currencies_never_meet(do: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(CurrencyMismatchError, match="eur and usd"):
        do(eur(1), Money(1, "usd"))
    with pytest.raises(TypeError):
        do(eur(1), 1)
    assert eur(1) != Money(1, "usd")


@pytest.mark.parametrize("times", [1.5, True, Decimal(2)])
def test_sum_is_multiplied_by_whole_numbers(times: Any) -> None:
    with pytest.raises(TypeError):
        eur(1) * times


@pytest.mark.parametrize(
    ("currency", "places", "multiple", "plain"),
    [
        ("eur", 2, 1, "-12.05 eur"),
        ("jpy", 0, 1, "-1205 jpy"),
        ("kwd", 3, 10, "-1.205 kwd"),
        ("isk", 2, 100, "-12.05 isk"),
        ("rsd", 2, 1, "-12.05 rsd"),
    ],
)
def test_smallest_unit_is_stripes(currency: str, places: int, multiple: int, plain: str) -> None:
    assert (decimals(currency), step(currency), str(Money(-1205, currency))) == (places, multiple, plain)


@given(MINORS, MINORS)
def test_order_is_that_of_the_numbers(one: int, other: int) -> None:
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq):
        assert compare(eur(one), eur(other)) is compare(one, other)


@given(MINORS, WEIGHTS)
def test_parts_add_up_and_none_is_a_unit_off(minor: int, weights: list[int]) -> None:
    parts = eur(minor).split(weights)
    assert total(parts, "eur") == eur(minor)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1
        assert weight or not part


@given(MINORS, WEIGHTS)
def test_whoever_weighs_more_gets_no_less_and_of_equals_the_earlier_no_less(minor: int, weights: list[int]) -> None:
    parts = [abs(part.minor) for part in eur(minor).split(weights)]
    standing = sorted(range(len(weights)), key=lambda place: (-weights[place], place))
    assert [parts[place] for place in standing] == sorted(parts, reverse=True)


@given(MINORS, WEIGHTS)
def test_debt_is_split_like_a_credit(minor: int, weights: list[int]) -> None:
    assert eur(-minor).split(weights) == [-part for part in eur(minor).split(weights)]


def test_units_that_are_left_go_to_whoever_lost_most_and_of_equals_to_the_earlier() -> None:
    assert eur(100).split([1, 1, 1]) == [eur(34), eur(33), eur(33)]
    # 10 * 5/19 = 2.63, 10 * 4/19 = 2.11, 10 * 10/19 = 5.26
    assert eur(10).split([5, 4, 10]) == [eur(3), eur(2), eur(5)]


@pytest.mark.parametrize(
    ("weights", "error"), [([], ValueError), ([0, 0], ValueError), ([2, -1], ValueError), ([0.5, 0.5], TypeError)]
)
def test_split_needs_whole_weights(weights: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        eur(100).split(weights)


@given(MINORS, st.integers(-(10**5), 10**5), st.integers(1, 10**5))
def test_fraction_is_the_nearest_and_of_two_the_farther_from_zero(minor: int, numerator: int, denominator: int) -> None:
    exact = Fraction(minor * numerator, denominator)
    away = Fraction(1, 2) if exact >= 0 else Fraction(-1, 2)
    assert eur(minor).fraction(numerator, denominator).minor == int(exact + away)


def test_share_is_in_hundredths_of_a_percent() -> None:
    assert [eur(minor).share(300) for minor in (1000, 49, 50, 16, 17, -50)] == [
        eur(30), eur(1), eur(2), eur(0), eur(1), eur(-2)
    ]  # fmt: skip
    assert eur(1200).fraction(2000, 12000) == eur(200)
    with pytest.raises(ValueError, match="denominator"):
        eur(1).fraction(1, 0)


@pytest.mark.parametrize(
    ("language", "money", "written"),
    [
        ("en", Money(1250, "eur"), "€12.50"),
        ("fr", Money(1250, "eur"), "12,50\u00a0€"),
        ("fr", Money(-120450, "eur"), "-1\u00a0204,50\u00a0€"),
        ("en", Money(1250, "jpy"), "¥1,250"),
        ("en", Money(1250, "kwd"), "KWD\u00a01.250"),
        ("en", Money(1250, "rsd"), "RSD\u00a012.50"),
        ("fr", Money(120000, "isk"), "1\u00a0200\u00a0ISK"),
    ],
)
def test_person_reads_a_sum_in_their_language(language: str, money: Money, written: str) -> None:
    with translation.override(language):
        assert money.written() == written


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.5", "eur", 1250),
        ("12,50", "eur", 1250),
        ("12", "eur", 1200),
        ("0,05", "eur", 5),
        (" 12,50 € ", "eur", 1250),
        ("€12.50", "eur", 1250),
        ("12.50 EUR", "eur", 1250),
        ("1 204,50", "eur", 120450),
        ("1\u202f204,50\u00a0€", "eur", 120450),
        ("1\u00a0234\u00a0567", "eur", 123456700),
        ("\uff11\uff12.5", "eur", 1250),
        ("007", "eur", 700),
        ("1500", "jpy", 1500),
        ("¥1500", "jpy", 1500),
        ("1,5", "kwd", 1500),
        ("1.205", "kwd", 1205),
        ("12,50 $US", "usd", 1250),
        ("999999999999", "eur", 99999999999900),
    ],
)
def test_price_is_read_as_people_write_it(text: str, currency: str, minor: int) -> None:
    assert read_price(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "said"),
    [
        ("", "eur", "Write the price as a number, for example 12.50."),
        ("free", "eur", "Write the price as a number, for example 12.50."),
        ("-5", "eur", "Write the price as a number, for example 12.50."),
        ("12.", "eur", "Write the price as a number, for example 12.50."),
        (".5", "eur", "Write the price as a number, for example 12.50."),
        ("1,204.50", "eur", "Write the price as a number, for example 12.50."),
        ("12 04", "eur", "Write the price as a number, for example 12.50."),
        ("1e3", "eur", "Write the price as a number, for example 12.50."),
        ("12.50 $", "eur", "Write the price as a number, for example 12.50."),
        ("nan", "jpy", "Write the price as a number, for example 12."),
        (
            "1,204",
            "eur",
            "After the point or comma come at most 2 digits. Leave out what parts the thousands: write 1204.50.",
        ),
        ("12.5", "jpy", "This currency has no fractions. Write a whole number, without points or commas."),
        ("1000000000000", "eur", "That is too much. Look at the number of digits."),
    ],
)
def test_what_is_no_price_is_refused_with_what_to_write_instead(text: str, currency: str, said: str) -> None:
    with pytest.raises(BadPriceError) as refused:
        read_price(text, currency)
    assert (refused.value.code, str(refused.value)) == ("bad_price", said)


@given(st.integers(0, 10**11), st.sampled_from(["eur", "usd", "jpy", "kwd", "rsd"]), st.sampled_from(["en", "fr"]))
def test_price_that_was_typed_as_we_write_it_is_the_same(minor: int, currency: str, language: str) -> None:
    places = decimals(currency)
    with translation.override(language):
        typed = formats.fixed(Decimal(minor).scaleb(-places), places, group=False)
        assert read_price(typed, currency) == Money(minor, currency)


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_price_or_refused(text: str) -> None:
    with contextlib.suppress(BadPriceError):
        assert read_price(text, "eur").minor >= 0
