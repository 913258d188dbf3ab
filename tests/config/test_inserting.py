"""Rows that are inserted unless something like them is there."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from config.lib.inserting import insert_new
from ticketing.models import Account, Entry

pytestmark = pytest.mark.django_db


def account(name: str) -> Account:
    return Account(name=f"{name}:eur", currency="eur")


def test_only_what_is_new_is_inserted_and_counted() -> None:
    assert insert_new([]) == 0
    assert insert_new([account("a"), account("b")]) == 2
    assert insert_new([account("b"), account("c"), account("c")]) == 1
    assert insert_new([account("a")]) == 0
    assert sorted(Account.objects.values_list("name", flat=True)) == ["a:eur", "b:eur", "c:eur"]


def test_what_is_wrong_otherwise_is_an_error() -> None:
    a, b = account("a"), account("b")
    a.save()
    b.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_new([Entry(debit=a, credit=b, amount=0, currency="eur", key="k")])
    assert not Entry.objects.exists()
