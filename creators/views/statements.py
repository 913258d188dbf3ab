"""Statements of a creator's account by month, and the tax in their tickets by year: as pages to print and as files."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.lib.csv_files import csv_response
from config.lib.errors import NotFoundError
from creators.income_files import statement_table, tax_table
from creators.selectors.statements import booked_of, statement_of
from creators.selectors.taxes import taxes_of
from creators.spans import month_span, year_span
from creators.statement_words import kind_words, statement_lines
from creators.views.own import own_page, person_at

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User
    from creators.spans import Span
    from creators.statements import Statement


@require_safe
@login_required
def statements(request: HttpRequest) -> HttpResponse:
    """Show every month and year of which there is something to say."""
    booked = booked_of(person_at(request))
    years = [{"year": year, "months": list(months)} for year, months in groupby(booked.months, key=attrgetter("year"))]
    context = {"years": years, "currencies": booked.currencies}
    return own_page(render(request, "creators/statements.html", context))


@require_safe
@login_required
def statement(request: HttpRequest, currency: str, year: int, month: int) -> HttpResponse:
    """Show a month of one's account, as it can be printed."""
    span = _month(year, month)
    found = _statement(person_at(request), currency, span)
    context = {
        "currency": currency,
        "span": span,
        "statement": found,
        "earned": _earned(found),
        "lines": statement_lines(found),
    }
    return own_page(render(request, "creators/statement.html", context))


@require_safe
@login_required
def statement_file(request: HttpRequest, currency: str, year: int, month: int) -> HttpResponse:
    """Return a month for a spreadsheet, entry by entry."""
    header, rows = statement_table(_statement(person_at(request), currency, _month(year, month)))
    return csv_response(f"causerie-statement-{currency}-{year}-{month:02}", header, rows)


@require_safe
@login_required
def tax(request: HttpRequest, year: int) -> HttpResponse:
    """Show what became one's own in a year, and the tax in the tickets that were paid for."""
    person, span = person_at(request), _year(year)
    booked = booked_of(person)
    whole = [statement_of(person, currency, span) for currency in booked.currencies]
    context = {
        "year": year,
        "tables": taxes_of(person, span),
        "statements": [{"statement": found, "earned": _earned(found)} for found in whole if found.bookings],
    }
    return own_page(render(request, "creators/tax.html", context))


@require_safe
@login_required
def tax_file(request: HttpRequest, year: int) -> HttpResponse:
    """Return the tax in the tickets of a year for a spreadsheet."""
    header, rows = tax_table(taxes_of(person_at(request), _year(year)))
    return csv_response(f"causerie-tax-{year}", header, rows)


def _statement(person: User, currency: str, span: Span) -> Statement:
    """Return a statement of an account there is. Raises NotFoundError for months before it, and for those to come."""
    booked = booked_of(person)
    if currency not in booked.currencies or span.day not in booked.months:
        raise NotFoundError
    return statement_of(person, currency, span)


def _earned(statement: Statement) -> list[dict[str, object]]:
    return [{"what": kind_words(total.kind), "total": total} for total in statement.earned]


def _month(year: int, month: int) -> Span:
    try:
        return month_span(year, month)
    except ValueError as error:
        raise NotFoundError from error


def _year(year: int) -> Span:
    """Return a year that has begun. Raises NotFoundError."""
    try:
        span = year_span(year)
    except ValueError as error:
        raise NotFoundError from error
    if span.begins > timezone.now():
        raise NotFoundError
    return span
