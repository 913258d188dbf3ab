"""The double-entry ledger: accounts, entries, and the digests of closed days. Rows are added, never changed or deleted.

What constraints cannot say, triggers do (ticketing.ledger_triggers), on PostgreSQL and SQLite.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Length, Lower, Right
from django.db.models.lookups import Exact
from django.utils import timezone

from config.lib.money import Money

ACCOUNT_NAME_MAX_LENGTH = 100
ENTRY_KEY_MAX_LENGTH = 120
MEMO_MAX_LENGTH = 200
ORDER_KEY_MAX_LENGTH = 32
CURRENCY_LENGTH = 3
DIGEST_LENGTH = 64
SALT_LENGTH = 32
# What the first day has in the place of a digest before it.
NO_DIGEST = "0" * DIGEST_LENGTH


class Account(models.Model):
    """Where money may stand, in one currency, by the name it has in ticketing.account_names."""

    name = models.CharField(max_length=ACCOUNT_NAME_MAX_LENGTH, unique=True)
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Exact(Right("name", CURRENCY_LENGTH + 1), Concat(Value(":"), F("currency"))),
                name="ticketing_account_name_has_currency",
            ),
            models.CheckConstraint(
                condition=Exact(Length("currency"), CURRENCY_LENGTH) & Exact(F("currency"), Lower("currency")),
                name="ticketing_account_currency_as_stripe",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """An amount that went from one account to another: taken from the credited one, added to the debited one."""

    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debits", db_index=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credits", db_index=False)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    # What it stands for, once: `order:<order>:sale`. Whoever posts it again finds it done.
    key = models.CharField(max_length=ENTRY_KEY_MAX_LENGTH, unique=True)
    # For whoever reads the books; never a person's name or words, because it stays for ever.
    memo = models.CharField(max_length=MEMO_MAX_LENGTH, blank=True)
    # The order's public id. No foreign key: books outlive what they tell of.
    order_key = models.CharField(max_length=ORDER_KEY_MAX_LENGTH, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ticketing_entry_amount_above_zero"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="ticketing_entry_two_accounts"),
            models.CheckConstraint(condition=~Q(key=""), name="ticketing_entry_has_key"),
        ]
        indexes = [
            # The two below serve the foreign keys as well.
            models.Index(fields=["order_key"], condition=~Q(order_key=""), name="ticketing_entry_order"),
            models.Index(fields=["debit", "at", "id"], name="ticketing_entry_debit_at"),
            models.Index(fields=["credit", "at", "id"], name="ticketing_entry_credit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.money}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class LedgerDigest(models.Model):
    """The seal on a day: SHA-256 over the entries with `after_id < id <= last_id` and the digest before it."""

    day = models.DateField(unique=True)
    after_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    entries = models.PositiveIntegerField()
    # Goes into the digest and is not published with it: otherwise anybody could find out by trying whether a day was
    # quiet, and how many entries there are in all.
    salt = models.CharField(max_length=SALT_LENGTH)
    previous = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    sealed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(after_id__gte=0, last_id__gte=F("after_id")), name="ticketing_digest_range"
            ),
            models.CheckConstraint(
                condition=Q(Exact(Length("digest"), DIGEST_LENGTH))
                & Q(Exact(Length("previous"), DIGEST_LENGTH))
                & Q(Exact(Length("salt"), SALT_LENGTH)),
                name="ticketing_digest_whole",
            ),
            models.CheckConstraint(condition=~Q(digest=F("previous")), name="ticketing_digest_chained"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.digest}"
