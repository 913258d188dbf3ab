"""`check_ledger` finds what somebody did to the books behind the triggers' back, and says it in a sentence."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.ticketing.books import HELD, STRIPE, posting, sale, write
from ticketing import ledger_triggers
from ticketing.ledger_checks import findings
from ticketing.models import Account, Entry, LedgerDigest
from ticketing.services.sealing import seal_days

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def tampered(sql: str) -> None:
    """Do something that the triggers would not let one do, and put them back."""
    ledger_triggers.drop(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What waits for the end of the transaction would keep the triggers from coming back.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)
    ledger_triggers.make(connection)


def without_constraint(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """Return the entries of a sale of yesterday, which is sealed."""
    yesterday = timezone.now() - DAY
    monkeypatch.setattr(Entry._meta.get_field("at"), "_get_default", lambda: yesterday)
    entries = write(*sale())
    seal_days(timezone.now())
    return entries


def found() -> list[str]:
    return findings(timezone.now())


def test_books_that_are_right_have_no_findings(sealed: list[Entry]) -> None:
    write(posting(7, "today"))
    out = io.StringIO()
    call_command("check_ledger", stdout=out)
    assert out.getvalue() == f"(Not settled yet: {HELD} holds 10.07 eur.)\nThe ledger is right.\n"


def test_empty_books_are_right() -> None:
    assert found() == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ticketing_entry SET amount = 1001 WHERE amount = 1000",
        "UPDATE ticketing_entry SET memo = 'x' WHERE amount = 1000",
        "UPDATE ticketing_entry SET order_key = '' WHERE amount = 1000",
        "DELETE FROM ticketing_entry WHERE amount = 48",
        "UPDATE ticketing_entry SET debit_id = credit_id, credit_id = debit_id WHERE amount = 48",
        "UPDATE ticketing_account SET name = 'platform:fees:eur' WHERE name = 'vat:fr:eur'",
        "UPDATE ticketing_ledgerdigest SET entries = 4",
        "UPDATE ticketing_ledgerdigest SET salt = '00000000000000000000000000000000'",
    ],
)
def test_sealed_row_that_was_changed_is_found(sealed: list[Entry], sql: str) -> None:
    tampered(sql)
    day = LedgerDigest.objects.get().day
    assert found() == [f"The entries of {day} are not those that were sealed: one was changed, added or taken away."]


def test_entry_that_was_put_into_a_sealed_day_is_found(sealed: list[Entry]) -> None:
    columns = "debit_id, credit_id, amount, currency, memo, order_key, at"
    tampered(
        f"INSERT INTO ticketing_entry (id, key, {columns}) SELECT -1, 'late', {columns} FROM ticketing_entry LIMIT 1"  # noqa: S608
    )
    assert found() == ["Entry -1 (late) stands before the first, where no day is sealed."]


def test_day_that_was_taken_out_of_the_chain_is_found(sealed: list[Entry]) -> None:
    seal_days(timezone.now() + 2 * DAY)
    first, second, third = LedgerDigest.objects.order_by("day")
    tampered(f"DELETE FROM ticketing_ledgerdigest WHERE id = {second.pk}")  # noqa: S608 - our own number
    assert found() == [f"The seal of {third.day} does not follow that of {first.day}: a seal is missing or changed."]


def test_chain_that_was_made_anew_is_found_by_whoever_kept_a_digest(sealed: list[Entry]) -> None:
    kept = LedgerDigest.objects.get().digest
    call_command("check_ledger", published=kept, stdout=io.StringIO())
    tampered("DELETE FROM ticketing_ledgerdigest")
    seal_days(timezone.now())
    out = io.StringIO()
    with pytest.raises(CommandError, match="Findings: 1;"):
        call_command("check_ledger", published=kept, stdout=out)
    assert out.getvalue().splitlines()[0] == (
        f"No sealed day has the digest {kept}: the chain was replaced, or the digest is mistyped."
    )


def test_unsealed_row_in_another_currency_is_found() -> None:
    write(posting(10, "k"))
    Account.objects.create(name="stripe:usd", currency="usd")
    tampered("UPDATE ticketing_entry SET debit_id = (SELECT id FROM ticketing_account WHERE name = 'stripe:usd')")
    (entry,) = Entry.objects.all()
    assert found() == [
        f"Entry {entry.pk} (k) is not in the currency of both its accounts.",
        "All accounts in eur together must be zero, but are -0.10 eur.",
        "All accounts in usd together must be zero, but are 0.10 usd.",
    ]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("constraint", "sql", "said"),
    [
        (
            "ticketing_entry_amount_above_zero",
            "UPDATE ticketing_entry SET amount = -10",
            "has an amount that is not above zero.",
        ),
        (
            "ticketing_entry_two_accounts",
            "UPDATE ticketing_entry SET debit_id = credit_id",
            "goes from an account to itself.",
        ),
    ],
)
def test_row_that_no_constraint_would_let_in_is_found(constraint: str, sql: str, said: str) -> None:
    (entry,) = write(posting(10, "k"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    without_constraint("ticketing_entry", constraint)
    tampered(sql)
    assert found() == [f"Entry {entry.pk} (k) {said}"]


@pytest.mark.postgres
def test_account_whose_name_says_another_currency_is_found() -> None:
    without_constraint("ticketing_account", "ticketing_account_name_has_currency")
    Account.objects.create(name="stripe:eur", currency="usd")
    Account.objects.create(name="nothing", currency="eur")
    assert found() == [
        "'nothing' is no account: a name is words and ids with colons between, and ends with a currency.",
        "stripe:eur is kept in usd.",
    ]


@pytest.mark.postgres
def test_entries_of_an_account_that_is_not_there_are_found() -> None:
    write(posting(10, "k"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'ticketing_entry'::regclass AND contype = 'f'"
        )
        for (name,) in cursor.fetchall():
            without_constraint("ticketing_entry", name)
    tampered(f"DELETE FROM ticketing_account WHERE name = '{HELD}'")  # noqa: S608 - our own name
    assert found() == [
        "Entries of an account that is not there: 1.",
        f"The balance of {STRIPE} is 0.10 eur by the database's sum, but its entries add up to 0.00 eur.",
    ]


def test_database_without_a_trigger_is_found() -> None:
    where = " ON ticketing_entry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER ticketing_entry_check{where}")
    assert found() == [
        "The trigger ticketing_entry_check is missing or switched off: the database lets the ledger be changed."
    ]


@pytest.mark.parametrize(("hours", "late"), [(47, False), (49, True)])
def test_day_that_nobody_seals_is_found(hours: int, late: bool) -> None:
    (entry,) = write(posting(10, "k"))
    said = f"Entry {entry.pk} of {entry.at:%Y-%m-%d} is in no sealed day: does the job seal_ledger run?"
    assert findings(entry.at + timedelta(hours=hours)) == ([said] if late else [])


def settled_everything(names: list[str]) -> list[str]:
    return names


def two_orders_want_their_tax() -> Iterator[str]:
    yield "Order a has no entry for its tax."
    yield "Order b has no entry for its tax."


def test_what_is_settled_holds_nothing(settings: Any) -> None:
    settings.LEDGER_SETTLED_HANDLERS = [f"{__name__}.settled_everything"]
    write(posting(10, "k"))
    assert found() == [f"{HELD} is settled and must be zero, but holds 0.10 eur."]
    write(posting(10, "l", debit=HELD, credit=STRIPE))
    assert found() == []


def test_others_may_look_too_and_each_finding_counts(settings: Any) -> None:
    settings.LEDGER_CHECKS = [f"{__name__}.two_orders_want_their_tax"]
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"^Findings: 2; see above\. Nothing was changed\.$"):
        call_command("check_ledger", stdout=out)
    assert out.getvalue().splitlines() == [
        "Order a has no entry for its tax.", "Order b has no entry for its tax."
    ]  # fmt: skip
