"""The snapshot: everything that an allocation depends on, frozen in one file that has a digest.

    {"format": "causerie-fund-snapshot-1", "programme": id, "period": number, "currency": "eur",
     "terms": {"formula": "pro_rata", "budget": 100000, "unit": 1, "min_listeners": 0, and where they apply
               "stipend", "creator_cap", "listener_cap"},
     "creators": [{"id": id, "refused": [{"code": name, facts}]}],
     "receipts": [[creator, listener, amount]]}

Who has a reason in `refused` is not eligible, and gets nothing. Creators stand in the order of their ids, receipts by
creator and listener; in a file that is read the order does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from creators.errors import FundFileError
from creators.fund import canonical
from creators.fund.checking import ID, NAME, PSEUDONYM, check_format, currency, fields, listed, once, text, whole
from creators.fund.formulas import Receipt
from creators.fund.reasons import Fact, Reason
from creators.fund.terms import Formula, Terms

if TYPE_CHECKING:
    from creators.fund.canonical import Json

FORMAT: Final = "causerie-fund-snapshot-1"
MAX_CREATORS: Final = 10_000
MAX_RECEIPTS: Final = 500_000
# Twelve digits before a fraction of three, as `config.lib.money` has them.
MAX_MONEY: Final = 10**15
MAX_PERIOD: Final = 100_000
MAX_UNIT: Final = 1_000
# A year and a day.
MAX_SECONDS: Final = 366 * 24 * 3600
MAX_REASONS: Final = 20
MAX_FACTS: Final = 8
_FACT_MAX: Final = 10**15
_SUMS: Final = ("stipend", "creator_cap", "listener_cap")


@dataclass(frozen=True, slots=True)
class Creator:
    id: str
    # Why they are not eligible; empty for who is.
    refused: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """It is only trusted to be in order if it came from `read`."""

    programme: str
    period: int
    currency: str
    terms: Terms
    creators: tuple[Creator, ...]
    receipts: tuple[Receipt, ...]


def freeze(snapshot: Snapshot) -> bytes:
    """Return the file of a snapshot. Raises FundFileError for one that nobody could read again."""
    written = _write(snapshot)
    read(written)
    return written


def digest_of(snapshot: Snapshot) -> str:
    return canonical.digest(_write(snapshot))


def read(raw: bytes) -> Snapshot:
    """Return the snapshot in a file. Raises FundFileError, which says what is wrong and where."""
    found = canonical.read(raw)
    check_format(found, FORMAT)
    fields(found, "snapshot", ("format", "programme", "period", "currency", "terms", "creators", "receipts"))
    terms = _terms(found["terms"])
    creators = tuple(
        _creator(each, f"creators[{place}]")
        for place, each in enumerate(listed(found["creators"], "creators", most=MAX_CREATORS))
    )
    once([creator.id for creator in creators], "creators")
    return Snapshot(
        programme=text(found["programme"], "programme", ID),
        period=whole(found["period"], "period", 1, MAX_PERIOD),
        currency=currency(found["currency"]),
        terms=terms,
        creators=tuple(sorted(creators, key=lambda creator: creator.id)),
        receipts=_receipts(found["receipts"], terms, {creator.id for creator in creators}),
    )


def _write(snapshot: Snapshot) -> bytes:
    creators = sorted(snapshot.creators, key=lambda creator: creator.id)
    return canonical.write(
        {
            "format": FORMAT,
            "programme": snapshot.programme,
            "period": snapshot.period,
            "currency": snapshot.currency,
            "terms": _terms_as_json(snapshot.terms),
            "creators": [_creator_as_json(creator) for creator in creators],
            "receipts": [list(receipt) for receipt in sorted(snapshot.receipts)],
        }
    )


def _terms_as_json(terms: Terms) -> Json:
    sums = {name: getattr(terms, name) for name in _SUMS if getattr(terms, name) is not None}
    return {
        "formula": str(terms.formula),
        "budget": terms.budget,
        "unit": terms.unit,
        "min_listeners": terms.min_listeners,
        **sums,
    }


def _creator_as_json(creator: Creator) -> Json:
    reasons = sorted(creator.refused, key=lambda reason: (reason.code, repr(reason.facts)))
    return {"id": creator.id, "refused": [dict(reason.as_json()) for reason in reasons]}


def _terms(value: object) -> Terms:
    found = fields(value, "terms", ("formula", "budget", "unit", "min_listeners"), _SUMS)
    try:
        formula = Formula(found["formula"])
    except ValueError as error:
        raise FundFileError(_("terms.formula must be one of %(known)s.") % {"known": ", ".join(Formula)}) from error
    unit = whole(found["unit"], "terms.unit", 1, MAX_UNIT)
    _check_which(found, formula)
    return Terms(
        formula=formula,
        unit=unit,
        budget=_sum(found, "budget", unit),
        min_listeners=whole(found["min_listeners"], "terms.min_listeners", 0, MAX_RECEIPTS),
        stipend=_sum(found, "stipend", unit) if "stipend" in found else None,
        creator_cap=_sum(found, "creator_cap", unit) if "creator_cap" in found else None,
        listener_cap=_listener_cap(found, formula, unit),
    )


def _check_which(found: dict[str, Any], formula: Formula) -> None:
    """Refuse a flat stipend without its sum, and what the formula would not look at."""
    is_flat = formula is Formula.FLAT
    if is_flat and "stipend" not in found:
        raise FundFileError(_("%(where)s lacks “%(name)s”.") % {"where": "terms", "name": "stipend"})
    idle = "listener_cap" if is_flat else "stipend"
    if idle in found:
        raise FundFileError(
            _("terms.%(name)s means nothing to the formula %(formula)s.") % {"name": idle, "formula": str(formula)}
        )


def _listener_cap(found: dict[str, Any], formula: Formula, unit: int) -> int | None:
    if "listener_cap" not in found:
        return None
    if formula is Formula.USER_CENTRIC:
        return _sum(found, "listener_cap", unit)
    return whole(found["listener_cap"], "terms.listener_cap", 1, _highest_amount(formula))


def _sum(found: dict[str, Any], name: str, unit: int) -> int:
    value = whole(found[name], f"terms.{name}", 1, MAX_MONEY)
    if value % unit:
        raise FundFileError(_("%(where)s must be a multiple of %(unit)d.") % {"where": f"terms.{name}", "unit": unit})
    return value


def _highest_amount(formula: Formula) -> int:
    return MAX_MONEY if formula is Formula.QUADRATIC else MAX_SECONDS


def _creator(value: object, where: str) -> Creator:
    found = fields(value, where, ("id", "refused"))
    reasons = listed(found["refused"], f"{where}.refused", most=MAX_REASONS)
    read_reasons = [_reason(each, f"{where}.refused[{place}]") for place, each in enumerate(reasons)]
    once(read_reasons, f"{where}.refused")
    return Creator(text(found["id"], f"{where}.id", ID), tuple(read_reasons))


def _reason(value: object, where: str) -> Reason:
    if not isinstance(value, dict) or len(value) > MAX_FACTS + 1 or "because" in value:
        raise FundFileError(
            _("%(where)s must be an object with a code and at most %(most)d facts.")
            % {"where": where, "most": MAX_FACTS}
        )
    facts = {text(name, f"{where}.{canonical.shown(name)}", NAME): each for name, each in value.items()}
    code = text(facts.pop("code", None), f"{where}.code", NAME)
    return Reason.of(code, **{name: _fact(each, f"{where}.{name}") for name, each in facts.items()})


def _fact(value: object, where: str) -> Fact:
    return text(value, where, ID) if isinstance(value, str) else whole(value, where, 0, _FACT_MAX)


def _receipts(value: object, terms: Terms, creators: set[str]) -> tuple[Receipt, ...]:
    high = _highest_amount(terms.formula)
    rows = listed(value, "receipts", most=MAX_RECEIPTS)
    receipts = sorted(_receipt(row, f"receipts[{place}]", creators, high) for place, row in enumerate(rows))
    once([receipt[:2] for receipt in receipts], "receipts")
    return tuple(receipts)


def _receipt(value: object, where: str, creators: set[str], high: int) -> Receipt:
    row = listed(value, where, most=3)
    if len(row) != 3:
        raise FundFileError(_("%(where)s must be creator, listener and amount.") % {"where": where})
    if not isinstance(row[0], str) or row[0] not in creators:
        raise FundFileError(_("%(where)s names nobody of the list of creators.") % {"where": where})
    return Receipt(row[0], text(row[1], f"{where}[1]", PSEUDONYM), whole(row[2], f"{where}[2]", 1, high))
