"""Tables as CSV files for people who open them in a spreadsheet.

UTF-8 with a byte order mark, without which Excel reads Latin-1. Where the decimal mark is a comma, semicolons part the
columns, as spreadsheets there expect. Column names are in the reader's language: programs have the API.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from django.http import HttpResponse

from config.lib.formats import page_locale

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A Decimal is written with all its places, as somebody there would type it.
Cell: TypeAlias = "str | int | Decimal | None"
CONTENT_TYPE = "text/csv; charset=utf-8"
MARK = "\ufeff"
# A cell that begins so is a formula to spreadsheets (OWASP, "CSV injection"); also behind spaces.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Return the table as a file of this name (ASCII, without its ending)."""
    response = HttpResponse(csv_text(header, rows), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return the file's text; None is an empty cell (RFC 4180)."""
    decimal = str(page_locale().number_symbols["latn"]["decimal"])
    text = io.StringIO()
    text.write(MARK)
    writer = csv.writer(text, delimiter=";" if decimal == "," else ",")
    writer.writerow([_cell(name, decimal) for name in header])
    writer.writerows([_cell(value, decimal) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell, decimal: str) -> str | int:
    """Return it so that a spreadsheet takes words for words, and numbers for numbers."""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(FORMULA) else value
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", decimal)
    return "" if value is None else value
