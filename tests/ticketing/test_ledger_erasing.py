"""The ledger outlives the people it tells of, and does not know their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.lib.money import Money
from tests.rooms.test_erasing import erase_now, traces_of
from tests.ticketing.books import HELD, posting, sale, write
from ticketing import account_names as names
from ticketing.models import Entry
from ticketing.selectors.ledger import balance

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import User


@pytest.mark.postgres
@pytest.mark.django_db
def test_erased_person_leaves_sums_and_no_name(yara: User, settings: Any, tmp_path: Path) -> None:
    settings.RECORDINGS_DIR = settings.EXPORTS_DIR = settings.MEDIA_ROOT = tmp_path
    account = names.creator(yara.public_id, "eur")
    write(*sale(), posting(900, "payout", debit=HELD, credit=account))
    erase_now(yara)
    assert (balance(account), Entry.objects.count()) == (Money(-900, "eur"), 4)
    assert [trace for trace in traces_of("yara", "Nasser") if " in ticketing_" in trace] == []
