"""Every code that money's errors have stands in the protocol's document, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from config.lib.errors import DomainError
from config.lib.money import BadPriceError
from creators import tip_errors
from ticketing import errors, offer_errors, selling_errors

if TYPE_CHECKING:
    from types import ModuleType

DOCUMENT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def codes_in(module: ModuleType) -> set[str]:
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, DomainError)]
    # Those that it imports are everybody's.
    return {kind.code for kind in kinds if kind.__module__ == module.__name__}


def test_codes_of_money_are_in_the_document() -> None:
    section = DOCUMENT.split("\n## Errors of pages and the API\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    listed = {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)}
    ours = (
        codes_in(errors)
        | codes_in(offer_errors)
        | codes_in(selling_errors)
        | codes_in(tip_errors)
        | {BadPriceError.code}
    )
    assert listed == ours
